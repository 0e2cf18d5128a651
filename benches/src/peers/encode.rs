//! Those who write commands, given the same values.

use at_commands::builder::CommandBuilder;
use atat::AtatCmd as _;
use atat::atat_derive::{AtatCmd, AtatResp};
use atat::heapless;

use crate::{Encode, Encoded};

/// Writes a command of this kind to the buffer and gives its length.
pub type EncodeWith = fn(Encode, &Encoded, &mut [u8]) -> Option<usize>;

/// All of them, in the order of the table.
pub const fn encoders() -> [(&'static str, EncodeWith); 4] {
    [
        ("atat derive", derived),
        ("at-commands builder", built),
        ("core::fmt write!", written),
        ("format!", formatted),
    ]
}

#[derive(AtatResp)]
struct Nothing;

#[derive(AtatCmd)]
#[at_cmd("+QMTPUB", Nothing)]
struct Publish<'a> {
    link: u8,
    id: u16,
    qos: u8,
    retain: u8,
    topic: &'a str,
    len: u16,
    payload: &'a str,
}

#[derive(AtatCmd)]
#[at_cmd("+QMTCFG", Nothing)]
struct Keepalive<'a> {
    option: &'a str,
    link: u8,
    seconds: u16,
}

#[derive(AtatCmd)]
#[at_cmd("+QMTSUB", Nothing)]
struct Subscribe<'a> {
    link: u8,
    id: u16,
    topic_1: &'a str,
    qos_1: u8,
    topic_2: &'a str,
    qos_2: u8,
    topic_3: &'a str,
    qos_3: u8,
    topic_4: &'a str,
    qos_4: u8,
}

fn derived(kind: Encode, values: &Encoded, buf: &mut [u8]) -> Option<usize> {
    let (link, id) = (values.link, values.id);
    Some(match kind {
        Encode::Publish100 | Encode::Publish1460 => {
            let [(topic, qos)] = &values.topics[..] else {
                return None;
            };
            let publish = Publish {
                link,
                id,
                qos: *qos,
                retain: 0,
                topic,
                len: values.payload.len().try_into().ok()?,
                payload: core::str::from_utf8(&values.payload).ok()?,
            };
            publish.write(buf)
        }
        Encode::Keepalive => {
            let seconds = values.keepalive;
            let option = "keepalive";
            Keepalive {
                option,
                link,
                seconds,
            }
            .write(buf)
        }
        Encode::Subscribe4 => {
            let [
                (topic_1, qos_1),
                (topic_2, qos_2),
                (topic_3, qos_3),
                (topic_4, qos_4),
            ] = &values.topics[..]
            else {
                return None;
            };
            let subscribe = Subscribe {
                link,
                id,
                topic_1,
                qos_1: *qos_1,
                topic_2,
                qos_2: *qos_2,
                topic_3,
                qos_3: *qos_3,
                topic_4,
                qos_4: *qos_4,
            };
            subscribe.write(buf)
        }
    })
}

fn built(kind: Encode, values: &Encoded, buf: &mut [u8]) -> Option<usize> {
    let name = match kind {
        Encode::Publish100 | Encode::Publish1460 => "+QMTPUB",
        Encode::Keepalive => "+QMTCFG",
        Encode::Subscribe4 => "+QMTSUB",
    };
    let builder = CommandBuilder::create_set(buf, true).named(name);
    let builder = match kind {
        Encode::Publish100 | Encode::Publish1460 => {
            let (topic, qos) = values.topics.first()?;
            builder
                .with_int_parameter(values.link)
                .with_int_parameter(values.id)
                .with_int_parameter(*qos)
                .with_int_parameter(0)
                .with_string_parameter(topic)
                .with_int_parameter(i32::try_from(values.payload.len()).ok()?)
                .with_string_parameter(&values.payload)
        }
        Encode::Keepalive => builder
            .with_string_parameter("keepalive")
            .with_int_parameter(values.link)
            .with_int_parameter(values.keepalive),
        Encode::Subscribe4 => {
            let head = builder
                .with_int_parameter(values.link)
                .with_int_parameter(values.id);
            values.topics.iter().fold(head, |builder, (topic, qos)| {
                builder
                    .with_string_parameter(topic)
                    .with_int_parameter(*qos)
            })
        }
    };
    builder.finish_with(b"\r").ok().map(<[u8]>::len)
}

/// `core::fmt` into a buffer on the stack, then copied to where the others write.
fn written(kind: Encode, values: &Encoded, buf: &mut [u8]) -> Option<usize> {
    let mut out = heapless::String::<2048>::new();
    fill(kind, values, &mut out)?;
    buf.get_mut(..out.len())?.copy_from_slice(out.as_bytes());
    Some(out.len())
}

/// `format!` for every part, as code for hosts does.
fn formatted(kind: Encode, values: &Encoded, buf: &mut [u8]) -> Option<usize> {
    let (link, id) = (values.link, values.id);
    let line = match kind {
        Encode::Publish100 | Encode::Publish1460 => {
            let (topic, qos) = values.topics.first()?;
            let payload = core::str::from_utf8(&values.payload).ok()?;
            let head = format!("AT+QMTPUB={link},{id},{qos},0,\"{topic}\"");
            format!("{head},{},\"{payload}\"\r", payload.len())
        }
        Encode::Keepalive => format!("AT+QMTCFG=\"keepalive\",{link},{}\r", values.keepalive),
        Encode::Subscribe4 => {
            let topics = values.topics.iter();
            let topics: Vec<_> = topics.map(|(t, qos)| format!(",\"{t}\",{qos}")).collect();
            format!("AT+QMTSUB={link},{id}{}\r", topics.concat())
        }
    };
    buf.get_mut(..line.len())?.copy_from_slice(line.as_bytes());
    Some(line.len())
}

fn fill(kind: Encode, values: &Encoded, out: &mut impl core::fmt::Write) -> Option<()> {
    let (link, id) = (values.link, values.id);
    match kind {
        Encode::Publish100 | Encode::Publish1460 => {
            let (topic, qos) = values.topics.first()?;
            let payload = core::str::from_utf8(&values.payload).ok()?;
            let len = payload.len();
            write!(
                out,
                "AT+QMTPUB={link},{id},{qos},0,\"{topic}\",{len},\"{payload}\"\r"
            )
            .ok()
        }
        Encode::Keepalive => {
            write!(out, "AT+QMTCFG=\"keepalive\",{link},{}\r", values.keepalive).ok()
        }
        Encode::Subscribe4 => {
            write!(out, "AT+QMTSUB={link},{id}").ok()?;
            for (topic, qos) in &values.topics {
                write!(out, ",\"{topic}\",{qos}").ok()?;
            }
            out.write_char('\r').ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoder_writes_the_same_line() {
        for kind in Encode::ALL {
            for values in kind.commands(20) {
                for (name, encode) in encoders() {
                    let mut buf = [0; 2048];
                    let len = encode(kind, &values, &mut buf).unwrap();
                    assert_eq!(
                        buf[..len].escape_ascii().to_string(),
                        values.line.escape_ascii().to_string(),
                        "{name}"
                    );
                }
            }
        }
    }
}
