//! What goes wrong at a key: in the virtual module of this process, or in that of another.

use std::path::{Path, PathBuf};

use qmt_modem::runner::{Handle, Runner, Wired};
use qmt_modem::{FaultKind, Modem, ModemConfig, WireConfig};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex};
use tokio::net::UnixStream;

use crate::line::Stream;
use crate::modem::{Action, Desk, Seat};

/// Bytes under way between the monitor and the module in this process.
const UNDER_WAY: usize = 4096;

/// Who does what is wished.
pub(super) enum Faults {
    /// The module is a real one, or is out of reach.
    None,
    Here(
        Desk,
        #[expect(dead_code, reason = "the module runs while it lives")] Handle,
    ),
    There(PathBuf),
}

/// A virtual module in this process that has been on for a while, with a wire that can be damaged.
pub(super) fn virtual_module() -> (Box<dyn Stream>, Faults) {
    let (line, serial) = duplex(UNDER_WAY);
    let serial = Wired::new(serial, &WireConfig::default());
    let wire = serial.handle();
    let module = Runner::new(Modem::booted(ModemConfig::new())).spawn(serial);
    let seat = Seat {
        remote: module.remote(),
        wire: Some(wire),
    };
    let desk = Desk {
        modules: vec![seat],
        broker: None,
    };
    (Box::new(line), Faults::Here(desk, module))
}

impl Faults {
    pub(super) const fn are_there(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Does what `action` says, in the words of the control socket.
    pub(super) async fn act(&self, action: Value) -> Result<(), String> {
        match self {
            Self::None => Err("the module is a real one".to_owned()),
            Self::Here(desk, _) => {
                let action: Action =
                    serde_json::from_value(action).map_err(|error| error.to_string())?;
                desk.act(0, action).await.map(drop)
            }
            Self::There(path) => tell(path, &action)
                .await
                .unwrap_or_else(|error| Err(format!("{}: {error}", path.display()))),
        }
    }
}

/// One question, one answer.
async fn tell(path: &Path, action: &Value) -> std::io::Result<Result<(), String>> {
    let mut stream = UnixStream::connect(path).await?;
    stream.write_all(format!("{action}\n").as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    let answer: Value = serde_json::from_str(&answer)?;
    Ok(match answer.get("error").and_then(Value::as_str) {
        Some(why) => Err(why.to_owned()),
        None => Ok(()),
    })
}

/// Everything that can go wrong in a module or on its line, as `--fault` has it, and what it is.
pub(super) fn catalogue() -> impl Iterator<Item = (String, &'static str)> {
    FaultKind::ALL.iter().map(|kind| {
        let name = match kind.parameter() {
            Some(parameter) => format!("{}:{}", kind.name(), parameter.default()),
            None => kind.name().to_owned(),
        };
        (name, kind.text())
    })
}
