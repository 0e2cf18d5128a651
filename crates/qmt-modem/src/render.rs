//! Reports as the bytes of a line, in the habits of the quirks.

use alloc::vec;
use alloc::vec::Vec;

use at_syntax::Writer;
use qmt_proto::{Answer, CmeCode, Payload, Received, Report, hex};

use crate::Quirks;
use crate::output::{CANCELLED, INCORRECT, NOT_ALLOWED};
use crate::quirks::{ConfigAnswer, HexLen};

/// The bytes of a line, without the CR LF that ends it.
pub(crate) fn render(report: &Report<'_>, quirks: &Quirks) -> Vec<u8> {
    let mut line = match report {
        Report::Received(received) => write(512, |out| write_received(received, quirks, out)),
        Report::Answer(answer) => write(128, |out| write_answer(answer, quirks, out)),
        other => write(128, |out| other.emit(out)),
    };
    quirk_colon(&mut line, quirks);
    line
}

/// Takes the blank behind the first colon away if the module prints none.
pub(crate) fn quirk_colon(line: &mut Vec<u8>, quirks: &Quirks) {
    if !quirks.blank_after_colon
        && let Some(colon) = line.windows(2).position(|pair| pair == b": ")
    {
        line.remove(colon + 1);
    }
}

/// Runs `emit` with as much room as it needs; `guess` bytes are tried first.
pub(crate) fn write(guess: usize, emit: impl Fn(&mut Writer<'_>)) -> Vec<u8> {
    let mut buf = vec![0; guess];
    loop {
        let mut out = Writer::new(&mut buf);
        emit(&mut out);
        match out.finish() {
            Ok(line) => {
                let len = line.len();
                buf.truncate(len);
                return buf;
            }
            Err(full) => buf.resize(full.needed, 0),
        }
    }
}

/// An information response, with what the quirks add and leave out.
fn write_answer(answer: &Answer<'_>, quirks: &Quirks, out: &mut Writer<'_>) {
    match *answer {
        Answer::Setting(setting) if quirks.config_answer == ConfigAnswer::Named => {
            let mut values = [0; 1024];
            let mut bare = Writer::new(&mut values);
            Report::Answer(Answer::Setting(setting)).emit(&mut bare);
            let values = bare.finish().unwrap_or_default();
            let values = values.strip_prefix(b"\r\n+QMTCFG: ").unwrap_or_default();
            out.info("QMTCFG")
                .quoted(setting.option().as_str().as_bytes())
                .bare(values);
        }
        Answer::Address {
            cid,
            address: Some(address),
        } if !quirks.address_quoted => {
            out.info("CGPADDR").int(cid).bare(address.as_bytes());
        }
        other => Report::Answer(other).emit(out),
    }
}

/// `+QMTRECV` (QMT §5.2), with the length counted and the payload quoted as the quirks say.
fn write_received(received: &Received<'_>, quirks: &Quirks, out: &mut Writer<'_>) {
    let Received {
        link,
        msg_id,
        topic,
        counted,
        payload,
    } = *received;
    out.info("QMTRECV").int(link.get()).int(msg_id);
    if quirks.recv_blank {
        out.bare(b" \"").raw(topic).raw(b"\"");
    } else {
        out.quoted(topic);
    }
    let hex = matches!(payload, Payload::Hex(_));
    if counted {
        let digits = hex && quirks.hex_len == HexLen::Digits;
        // At most 2920.
        let len = payload.len() * if digits { 2 } else { 1 };
        out.int(i64::try_from(len).unwrap_or(i64::MAX));
    }
    let quote: &[u8] = if quirks.payload_quoted { b"\"" } else { b"" };
    out.bare(quote);
    match payload {
        Payload::Text(bytes) => {
            out.raw(bytes);
        }
        Payload::Hex(bytes) => {
            for byte in bytes.bytes() {
                out.raw(&hex::digits_of(byte));
            }
        }
    }
    out.raw(quote);
}

/// The words of `AT+CMEE=2`, as QMT §4 table 2 spells them.
pub(crate) fn words(code: CmeCode) -> &'static str {
    match code {
        NOT_ALLOWED => "operation not allowed",
        CANCELLED => "Cancel send",
        INCORRECT => "Incorrect parameters",
        CmeCode::ILLEGAL_UTF8 => "MQTT illegal UTF8",
        CmeCode::DATA_TOO_LONG => {
            "The length of transmitted data exceeds that of remaining transmitted buffer"
        }
        code => code.description().unwrap_or("unknown"),
    }
}
