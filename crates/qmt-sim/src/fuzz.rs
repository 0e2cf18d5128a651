//! Fuzz targets: inputs of bytes for the properties of [`props`](crate::props).
//!
//! Every input means something: what is missing reads as zeros, what is too large is reduced. The
//! layouts are written in `fuzz/README.md`. A target panics where a property is broken, under
//! libFuzzer as in the replay of the corpus by `cargo test`.

use crate::props::dialect;

mod input;
mod machines;
mod receive;
mod values;

use input::Input;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Target {
    /// Its name: of its program, its corpus and its section in the README.
    pub name: &'static str,
    /// Checks one input; panics where a property is broken.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 10] = [
    Target {
        name: "tok_bytes",
        run: receive::tok_bytes,
    },
    Target {
        name: "recv_opaque",
        run: receive::recv_opaque,
    },
    Target {
        name: "diff_ref",
        run: receive::diff_ref,
    },
    Target {
        name: "proto_roundtrip",
        run: values::proto_roundtrip,
    },
    Target {
        name: "cmd_inject",
        run: values::cmd_inject,
    },
    Target {
        name: "redact",
        run: values::redact,
    },
    Target {
        name: "session_ops",
        run: machines::session_ops,
    },
    Target {
        name: "modem_ops",
        run: machines::modem_ops,
    },
    Target {
        name: "host_module",
        run: machines::host_module,
    },
    Target {
        name: "crash_outbox",
        run: machines::crash_outbox,
    },
];

/// Checks one input of the target `name`.
///
/// # Panics
/// When a property is broken, or there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a name in TARGETS").run)(input);
}
