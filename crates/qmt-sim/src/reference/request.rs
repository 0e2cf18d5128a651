//! A slow, obvious reader of what a host sends: lines up to CR, and QMTPUB with its message on the
//! line (QMT §3.1.2, §3.3.8 inline). What a host gets wrong is no command, and its line is over at
//! the CR, but where its count is: then nobody knows where the line ends.

use at_syntax::Coding;
use qmt_proto::{ConfigOption, DataFormat, Name, RequestDialect};

use super::answer::values;
use super::argument::{Argument, fields};
use super::line::Kind::{self, Number};
use super::line::table;
use super::{Look, Meaning, Piece, counted, without_blanks};

/// All frames of `stream`.
pub fn request_pieces(stream: &[u8], dialect: &RequestDialect) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    loop {
        while let [b'\r' | b'\n', after @ ..] = rest {
            rest = after;
        }
        let end = rest.iter().position(|&b| b == b'\r');
        let (piece, used) = match publish(rest, dialect) {
            Look::Complete(piece, used) => (piece, used),
            Look::Unfinished => return pieces,
            Look::Broken(violation, at) => {
                pieces.push(Piece::Violation(violation));
                match rest[at..].iter().position(|&b| b == b'\r') {
                    Some(end) => rest = &rest[at + end + 1..],
                    None => return pieces,
                }
                continue;
            }
            Look::Other => match end {
                Some(end) => (Piece::Line(rest[..end].to_vec()), end + 1),
                None => return pieces,
            },
        };
        pieces.push(piece);
        rest = &rest[used..];
    }
}

/// What each frame of `stream` asks for; `None`: no legal command.
pub fn commands(stream: &[u8], dialect: &RequestDialect) -> Vec<Option<Meaning>> {
    let pieces = request_pieces(stream, dialect);
    pieces.iter().map(command).collect()
}

/// `AT+QMTPUB=<link>,<msgID>,<qos>,<retain>,"<topic>",<msglen>,<msg>` CR.
fn publish(line: &[u8], dialect: &RequestDialect) -> Look {
    // With a control byte in front of its message, it is another line.
    let control = line.iter().position(u8::is_ascii_control);
    let head = &line[..control.unwrap_or(line.len())];
    let start = head.len().min(9);
    if !head[..start].eq_ignore_ascii_case(&b"AT+QMTPUB"[..start]) {
        return Look::Other;
    }
    let more = || match control {
        None => Look::Unfinished,
        Some(_) => Look::Other,
    };
    let Some(after) = head.get(9..) else {
        return more();
    };
    let after = match without_blanks(after) {
        [] => return more(),
        [b'=', after @ ..] => after,
        _ => return Look::Other,
    };
    let mut commas = after.iter().enumerate().filter(|(_, b)| **b == b',');
    let Some((comma, _)) = commas.nth(3) else {
        return more();
    };
    let plain = after[..comma].trim_ascii();
    let topic = match without_blanks(&after[comma + 1..]) {
        [] => return more(),
        [b'"', topic @ ..] => topic,
        _ => return Look::Other,
    };
    let Some(close) = topic.windows(2).position(|pair| pair == b"\",") else {
        return more();
    };
    let tail = without_blanks(&topic[close + 2..]);
    let digits = tail.iter().take_while(|b| b.is_ascii_digit()).count();
    match tail.get(digits) {
        None => return more(),
        Some(b',') if digits > 0 => {}
        Some(_) => return Look::Other,
    }
    let link = fields(plain).into_iter().next();
    let link = link.and_then(|field| field.number(0, 4));
    let coding = match link.map(|link| dialect.send_format[link as usize]) {
        Some(DataFormat::Hex) if dialect.counts_digits => Coding::HexCountsDigits,
        Some(DataFormat::Hex) => Coding::HexCountsBytes,
        _ => Coding::Text,
    };
    let frame = |count, data: &[u8]| Piece::Message {
        plain: plain.to_vec(),
        topic: topic[..close].to_vec(),
        count,
        data: data.to_vec(),
        coding,
    };
    // The message itself may hold anything.
    let value = &line[head.len() - tail.len() + digits + 1..];
    counted(line, &tail[..digits], value, coding, b"\r", frame)
}

fn command(piece: &Piece) -> Option<Meaning> {
    match piece {
        Piece::Line(line) => read_line(line),
        Piece::Message {
            plain,
            topic,
            data,
            coding,
            ..
        } => {
            let mut all = fields(plain);
            all.push(Argument::Value {
                text: topic.clone(),
                quoted: true,
            });
            let meaning = read_publish(&all)?;
            let hex = *coding != Coding::Text;
            let payload = if hex { bytes_of(data)? } else { data.clone() };
            Some(meaning.number(hex.into()).bytes(&payload))
        }
        Piece::Prompt | Piece::Violation(_) => None,
    }
}

/// The bytes that hex digits stand for.
fn bytes_of(digits: &[u8]) -> Option<Vec<u8>> {
    let digits = core::str::from_utf8(digits).ok()?;
    let pair = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

fn read_line(line: &[u8]) -> Option<Meaning> {
    let line = line.trim_ascii();
    let body = line
        .strip_prefix(b"AT")
        .or_else(|| line.strip_prefix(b"at"))?;
    let body = core::str::from_utf8(body.trim_ascii_start()).ok();
    let raw = line[2..].trim_ascii_start();
    let Some(extended) = raw.strip_prefix(b"+") else {
        return basic(body?);
    };
    let stop = extended.iter().position(|b| b"=?".contains(b));
    let (name, suffix) = extended.split_at(stop.unwrap_or(extended.len()));
    let name = core::str::from_utf8(name.trim_ascii_end()).ok()?;
    let known = Name::ALL
        .iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(name))?;
    let ask = |kind| Some(Meaning::new(kind).bytes(known.as_str().as_bytes()));
    match suffix {
        [] => ask("execute"),
        b"?" => ask("read"),
        [b'=', list @ ..] => match list.trim_ascii() {
            b"?" => ask("test"),
            list => set(*known, &fields(list)),
        },
        _ => None,
    }
}

/// `AT`, `ATE<n>`, `ATV<n>`, `ATI`.
fn basic(body: &str) -> Option<Meaning> {
    let Some(letter) = body.chars().next() else {
        return Some(Meaning::new("attention"));
    };
    let kind = match letter.to_ascii_uppercase() {
        'E' => "echo",
        'V' => "verbose",
        'I' => "identify",
        _ => return None,
    };
    let is_flag = kind != "identify";
    let most = i64::from(is_flag);
    let number = match &fields(&body.as_bytes()[1..])[..] {
        [] => 0,
        [only] => only.number(0, most)?,
        _ => return None,
    };
    let meaning = Meaning::new(kind);
    Some(if is_flag {
        meaning.number(number)
    } else {
        meaning
    })
}

/// What the arguments of a command that sets something are, by the note's tables.
fn set(name: Name, all: &[Argument]) -> Option<Meaning> {
    let link = Number(0, 4);
    let plain = |kind, kinds: &[Kind]| table(Meaning::new(kind), all, kinds);
    match name {
        Name::Cfg => {
            let [option, link, value @ ..] = all else {
                return None;
            };
            let option = option.text()?;
            let option = ConfigOption::ALL
                .into_iter()
                .find(|known| known.as_str().as_bytes().eq_ignore_ascii_case(option))?;
            let link = link.number(0, 4)?;
            if value.is_empty() {
                let meaning = Meaning::new("query").number(link);
                return Some(meaning.bytes(option.as_str().as_bytes()));
            }
            Some(values(option, value)?.number(link))
        }
        Name::Open => match all {
            [link, host, port] => Some(
                Meaning::new("open")
                    .number(link.number(0, 4)?)
                    .bytes(host.legal(1, 100)?)
                    .number(port.number(1, 65_535)?),
            ),
            _ => None,
        },
        Name::Close => plain("close", &[link]),
        Name::Disc => plain("disconnect", &[link]),
        Name::Conn => {
            let [link, client, credentials @ ..] = all else {
                return None;
            };
            if credentials.len() > 2 {
                return None;
            }
            let meaning = Meaning::new("connect").number(link.number(0, 4)?);
            credentials
                .iter()
                .try_fold(meaning.bytes(client.legal(0, 256)?), |meaning, field| {
                    Some(meaning.bytes(field.legal(1, 256)?))
                })
        }
        Name::Sub => {
            let [link, id, topics @ ..] = all else {
                return None;
            };
            if topics.is_empty() || topics.len() > 8 || topics.len() % 2 == 1 {
                return None;
            }
            let meaning = Meaning::new("subscribe").number(link.number(0, 4)?);
            topics
                .chunks(2)
                .try_fold(meaning.number(id.number(1, 65_535)?), |meaning, topic| {
                    let filter = meaning.bytes(topic[0].filter()?);
                    Some(filter.number(topic[1].number(0, 2)?))
                })
        }
        Name::Uns => {
            let [link, id, topics @ ..] = all else {
                return None;
            };
            if topics.is_empty() || topics.len() > 4 {
                return None;
            }
            let meaning = Meaning::new("unsubscribe").number(link.number(0, 4)?);
            topics
                .iter()
                .try_fold(meaning.number(id.number(1, 65_535)?), |meaning, topic| {
                    Some(meaning.bytes(topic.filter()?))
                })
        }
        Name::Pub => match all {
            [_, _, _, _, _] => read_publish(all),
            [head @ .., len] if head.len() == 5 => {
                Some(read_publish(head)?.number(len.number(0, 1460)?))
            }
            _ => None,
        },
        Name::Cmee => plain("error format", &[Number(0, 2)]),
        Name::Qsclk => plain("sleep", &[Number(0, 2)]),
        Name::Cgatt => plain("attach", &[Number(0, 1)]),
        Name::Cereg => plain("reports", &[Number(0, 5)]),
        Name::Ipr => plain("baud rate", &[Number(0, u32::MAX.into())]),
        Name::Qrst => plain("restart", &[Number(1, 1)]),
        _ => None,
    }
}

/// Link, identifier, QoS, retain, topic. The identifier is 0 at QoS 0 and only there (QMT §3.3.8
/// `<msgID>` 0).
fn read_publish(all: &[Argument]) -> Option<Meaning> {
    let [link, id, qos, retain, topic] = all else {
        return None;
    };
    let (id, qos) = (id.number(0, 65_535)?, qos.number(0, 2)?);
    let topic = topic.legal(1, 256)?;
    let wildcard = topic.iter().any(|b| b"+#".contains(b));
    if (id == 0) != (qos == 0) || wildcard {
        return None;
    }
    Some(
        Meaning::new("publish")
            .number(link.number(0, 4)?)
            .number(id)
            .number(qos)
            .number(retain.number(0, 1)?)
            .bytes(topic),
    )
}

impl Argument {
    /// Its text, in quotes or not.
    fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Value { text, .. } | Self::Group(text) => Some(text),
            Self::Omitted | Self::Broken => None,
        }
    }

    /// Its text, if it has between `least` and `most` bytes, all of which may be on a line.
    fn legal(&self, least: usize, most: usize) -> Option<&[u8]> {
        let text = self.text()?;
        let string = core::str::from_utf8(text).ok()?;
        let legal = (least..=most).contains(&text.len())
            && !string.chars().any(|c| c == '"' || c.is_control());
        legal.then_some(text)
    }

    /// Its text, if it is a legal topic filter (MQTT 3.1.1 §4.7.1).
    fn filter(&self) -> Option<&[u8]> {
        let text = self.legal(1, 256)?;
        let levels: Vec<&[u8]> = text.split(|&b| b == b'/').collect();
        let legal = levels.iter().enumerate().all(|(at, level)| {
            let plain = !level.iter().any(|b| b"+#".contains(b));
            plain || *level == b"+" || *level == b"#" && at + 1 == levels.len()
        });
        legal.then_some(text)
    }
}
