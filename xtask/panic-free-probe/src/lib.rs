//! Proof that no input panics: whatever may panic needs a symbol that nobody has.
//!
//! The exported functions reach every parser and writer of both crates with values that the
//! optimizer cannot know. If a panic is left anywhere in them, the handler is too, and with it
//! the name of the function it calls.

#![no_std]

use core::{hint::black_box, panic::PanicInfo, slice};

use at_syntax::{
    Args, Dialect, Direction, Frame, Framer, Line, NoDialect, Request, Requests, Writer,
};
use qmt_proto::{
    Command, ConfigOption, Expect, Filter, Granted, Name, PacketTimeout, Payload, Received, Report,
    RequestDialect, Response, ResponseDialect, TimeoutUpdate, hex,
};

/// A framer of either direction on any bytes, in any order of calls.
///
/// # Safety
/// `bytes` are `len` readable bytes.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn probe_frames(
    from_module: &mut Framer,
    from_host: &mut Framer<Requests>,
    bytes: *const u8,
    len: usize,
    responses: &ResponseDialect,
    requests: &RequestDialect,
) {
    // SAFETY: the caller's promise.
    let bytes = unsafe { slice::from_raw_parts(bytes, len) };
    probe_framer(from_module, bytes, responses);
    probe_framer(from_host, bytes, requests);
    *from_module = Framer::responses();
    *from_host = Framer::requests();
}

fn probe_framer<D: Direction>(framer: &mut Framer<D>, bytes: &[u8], dialect: &impl Dialect) {
    black_box(framer.next_frame(bytes, dialect));
    black_box(framer.next_frame(bytes, &NoDialect));
    black_box(framer.flush(bytes));
    black_box(framer.is_mid_frame());
    framer.toss();
}

/// What a frame means, and how that is written.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "Rust" fn probe_responses(frame: Frame<'_>, expect: Expect, out: &mut Writer<'_>) {
    let response = Response::parse(frame, expect);
    if let Response::Report(report) = black_box(response) {
        report.emit(out);
        black_box(report.link());
        if let Report::Subscribed { values, .. } = report {
            black_box(values.granted(black_box(3)).and_then(Granted::qos));
        }
    }
}

/// What a command line means, and how that is written.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "Rust" fn probe_commands(
    frame: Frame<'_>,
    out: &mut Writer<'_>,
    timeout: &PacketTimeout,
    update: TimeoutUpdate,
) {
    if let Ok(command) = black_box(Command::parse(frame)) {
        command.emit(out);
        black_box((command.name(), command.link()));
        black_box(command.deferred_within(&update.apply(*timeout)));
    }
}

/// Lines and arguments, one reader at a time.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "Rust" fn probe_lines(line: &[u8], text: &str) {
    black_box(Line::parse(line));
    let _ = black_box(Request::parse(line));
    let mut args = Args::new(line);
    let _ = black_box(args.field());
    let _ = black_box(args.int::<u8>());
    let _ = black_box(args.optional_int::<i64>());
    let _ = black_box(args.string());
    let _ = black_box(args.quoted());
    let _ = black_box(args.rest());
    let _ = black_box(args.finish());
    black_box((Name::new(text), ConfigOption::new(line)));
    if let Ok(filter) = Filter::new(text) {
        black_box((filter.matches(line), filter.has_wildcard()));
    }
}

/// Writing into a buffer of any size, and reading hex.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "Rust" fn probe_writers(buf: &mut [u8], received: &Received<'_>, number: i64) {
    let _ = black_box(hex::decode_in_place(buf));
    if let Payload::Hex(digits) = received.payload {
        digits.bytes().for_each(|byte| {
            black_box(byte);
        });
        black_box(digits.decode(buf));
    }
    let mut out = Writer::new(buf);
    Report::Received(*received).emit(&mut out);
    out.info("X")
        .int(number)
        .quoted(received.topic)
        .bare(received.topic);
    if number < 0 {
        let _ = black_box(out.finish_info());
    } else {
        let _ = black_box(out.finish_request());
    }
}

/// The planted mistake.
#[cfg(feature = "leak-panic")]
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "Rust" fn probe_leak(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

// SAFETY: nobody defines it; whoever links it fails, which is what it is for.
unsafe extern "C" {
    fn qmt_panic_must_not_be_linked() -> !;
}

#[panic_handler]
fn refuse(_: &PanicInfo<'_>) -> ! {
    // SAFETY: never reached in a library that links.
    unsafe { qmt_panic_must_not_be_linked() }
}
