//! P10: what was read is not copied.

use core::ops::Range;

use at_syntax::Framer;
use qmt_proto::{
    Answer, Expect, FinalResult, Notice, Payload, Report, Response, ResponseDialect, Setting,
};

/// The largest that a value may be that is passed around: no room for a copy of a line.
const LARGEST: usize = 128;
const _: () = assert!(size_of::<Response<'_>>() <= LARGEST);

/// P10: every string of every response lies in the stream it was read from.
///
/// # Panics
/// When one does not.
pub fn what_was_read_lies_in_the_stream(stream: &[u8], dialect: ResponseDialect, expect: Expect) {
    let mut framer = Framer::responses();
    let mut rest = stream;
    loop {
        let cut = framer.next_frame(rest, &dialect);
        let Some(frame) = cut.frame else {
            return;
        };
        for part in parts(&Response::parse(frame, expect)) {
            let Range { start, end } = part.as_ptr_range();
            let whole = stream.as_ptr_range();
            assert!(part.is_empty() || whole.start <= start && end <= whole.end);
        }
        rest = &rest[cut.used..];
    }
}

/// The strings of a response. Hex is read where it lies: its type has no room for anything else.
fn parts<'a>(response: &Response<'a>) -> Vec<&'a [u8]> {
    match *response {
        Response::Unknown(line) | Response::Malformed { line, .. } => vec![line],
        Response::Final(FinalResult::CmeText(text)) => vec![text],
        Response::Report(Report::Received(message)) => match message.payload {
            Payload::Text(payload) => vec![message.topic, payload],
            Payload::Hex(_) => vec![message.topic],
        },
        Response::Report(Report::Notice(notice)) => match notice {
            Notice::Sim(text) | Notice::Address(text) => vec![text],
            Notice::Power(text) | Notice::Indication(text) => vec![text],
            _ => vec![],
        },
        Response::Report(Report::Answer(answer)) => match answer {
            Answer::Client { host, .. } => vec![host.as_str().as_bytes()],
            Answer::Test { values, .. } => vec![values],
            Answer::Address { address, .. } => address.iter().map(|text| text.as_bytes()).collect(),
            Answer::Setting(Setting::Will(Some(will))) => {
                vec![
                    will.topic.as_str().as_bytes(),
                    will.message.expose().as_bytes(),
                ]
            }
            Answer::Setting(Setting::AliAuth(auth)) => vec![
                auth.product_key.expose().as_bytes(),
                auth.device_name.as_str().as_bytes(),
                auth.device_secret.expose().as_bytes(),
            ],
            _ => vec![],
        },
        _ => vec![],
    }
}
