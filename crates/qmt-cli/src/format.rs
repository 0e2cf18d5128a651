//! Output formats of `qmt sub`: those of `mosquitto_sub -F` as far as the module tells.

use core::fmt::Write as _;
use core::str::FromStr;
use core::time::Duration;

#[cfg(test)]
mod tests;

/// A format, understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Format(Vec<Piece>);

/// What there is to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received<'a> {
    pub(crate) topic: &'a [u8],
    pub(crate) payload: &'a [u8],
    /// 0 at QoS 0.
    pub(crate) msg_id: u16,
}

/// What `--help` says about it.
pub(crate) const HELP: &str = "\
Format of -F, as in mosquitto_sub:
  %t topic, %p payload, %x %X payload in hex, %l its length, %m message id, %j JSON,
  %I time (ISO 8601, UTC), %U time (seconds since 1970), %% @@ \\\\ % @ \\, \\n \\r \\t \\0 \\a \\e \\v;
  - and 0, width and precision after the % as in printf.
  The module tells neither retain nor the QoS above 0: %r prints -, %q prints 0 or -, and JSON
  holds null in their place.";

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(Vec<u8>),
    Field(Field, Layout),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    Topic,
    Payload,
    HexLower,
    HexUpper,
    Length,
    MessageId,
    Qos,
    Retain,
    Json,
    IsoTime,
    UnixTime,
}

/// What stands between `%` and the letter.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Layout {
    left: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
}

/// Why a text is no format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FormatError {
    /// It ends in the middle of a sequence.
    Unfinished,
    /// Nothing is known by this letter.
    Unknown(char, char),
    /// A width nobody can want.
    Width,
}

/// Widest field, in bytes.
const WIDEST: usize = 10_000;

impl Format {
    /// The payload alone, or the topic before it.
    pub(crate) fn plain(with_topic: bool) -> Self {
        let payload = Piece::Field(Field::Payload, Layout::default());
        let topic = Piece::Field(Field::Topic, Layout::default());
        Self(if with_topic {
            vec![topic, Piece::Text(b" ".to_vec()), payload]
        } else {
            vec![payload]
        })
    }

    /// Writes `message`, which came `now` after 1970.
    pub(crate) fn write(&self, now: Duration, message: &Received<'_>, out: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Field(field, layout) => layout.write(&field.value(now, message), out),
            }
        }
    }
}

impl Field {
    const fn of(letter: char) -> Option<Self> {
        Some(match letter {
            't' => Self::Topic,
            'p' => Self::Payload,
            'x' => Self::HexLower,
            'X' => Self::HexUpper,
            'l' => Self::Length,
            'm' => Self::MessageId,
            'q' => Self::Qos,
            'r' => Self::Retain,
            'j' => Self::Json,
            'I' => Self::IsoTime,
            'U' => Self::UnixTime,
            _ => return None,
        })
    }

    fn value(self, now: Duration, message: &Received<'_>) -> Vec<u8> {
        let hex = |digits: &[u8; 16]| {
            let both = |byte: &u8| [byte >> 4, byte & 0xF].map(|nibble| digits[nibble as usize]);
            message.payload.iter().flat_map(both).collect()
        };
        let text = match self {
            Self::Topic => return message.topic.to_vec(),
            Self::Payload => return message.payload.to_vec(),
            Self::HexLower => return hex(b"0123456789abcdef"),
            Self::HexUpper => return hex(b"0123456789ABCDEF"),
            Self::Length => message.payload.len().to_string(),
            Self::MessageId => message.msg_id.to_string(),
            Self::Qos if message.msg_id == 0 => "0".to_owned(),
            Self::Qos | Self::Retain => "-".to_owned(),
            Self::Json => json(now, message),
            Self::IsoTime => format!("{}+0000", iso_time(now)),
            Self::UnixTime => format!("{}.{:09}", now.as_secs(), now.subsec_nanos()),
        };
        text.into_bytes()
    }
}

impl Layout {
    fn write(self, value: &[u8], out: &mut Vec<u8>) {
        let len = self.precision.unwrap_or(value.len());
        let value = value.get(..len).unwrap_or(value);
        let room = self.width.saturating_sub(value.len());
        let padding = if self.zeros && !self.left { b'0' } else { b' ' };
        if !self.left {
            out.extend(core::iter::repeat_n(padding, room));
        }
        out.extend_from_slice(value);
        if self.left {
            out.extend(core::iter::repeat_n(padding, room));
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let literal = match char {
                '%' => match field(&mut chars)? {
                    Piece::Text(text) => text,
                    field => {
                        pieces.push(field);
                        continue;
                    }
                },
                '@' => match chars.next().ok_or(FormatError::Unfinished)? {
                    '@' => b"@".to_vec(),
                    letter => return Err(FormatError::Unknown('@', letter)),
                },
                '\\' => vec![escape(chars.next().ok_or(FormatError::Unfinished)?)?],
                char => char.to_string().into_bytes(),
            };
            if let Some(Piece::Text(text)) = pieces.last_mut() {
                text.extend_from_slice(&literal);
            } else {
                pieces.push(Piece::Text(literal));
            }
        }
        Ok(Self(pieces))
    }
}

/// What follows a `%`.
fn field(chars: &mut core::str::Chars<'_>) -> Result<Piece, FormatError> {
    let mut layout = Layout::default();
    let mut in_width = false;
    loop {
        let char = chars.next().ok_or(FormatError::Unfinished)?;
        let number = layout.precision.as_mut().unwrap_or(&mut layout.width);
        match char {
            '-' => layout.left = true,
            '0' if !in_width => layout.zeros = true,
            '0'..='9' => {
                let digit = char.to_digit(10).unwrap_or_default();
                *number = *number * 10 + digit as usize;
                if *number > WIDEST {
                    return Err(FormatError::Width);
                }
                in_width = true;
            }
            '.' => {
                layout.precision = Some(0);
                in_width = true;
            }
            '%' => return Ok(Piece::Text(b"%".to_vec())),
            letter => {
                let field = Field::of(letter).ok_or(FormatError::Unknown('%', letter))?;
                return Ok(Piece::Field(field, layout));
            }
        }
    }
}

fn escape(letter: char) -> Result<u8, FormatError> {
    Ok(match letter {
        '\\' => b'\\',
        '0' => 0,
        'a' => 0x07,
        'e' => 0x1B,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        letter => return Err(FormatError::Unknown('\\', letter)),
    })
}

/// The message as one JSON object. JSON is text: bytes that are not UTF-8 become U+FFFD.
fn json(now: Duration, message: &Received<'_>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let (time, us) = (iso_time(now), now.subsec_micros());
    let _ = write!(text, "{{\"tst\":\"{time}.{us:06}Z+0000\",\"topic\":");
    json_string(message.topic, &mut text);
    let qos = if message.msg_id == 0 { "0" } else { "null" };
    let len = message.payload.len();
    let _ = write!(text, ",\"qos\":{qos},\"retain\":null,\"payloadlen\":{len}");
    if message.msg_id != 0 {
        let _ = write!(text, ",\"mid\":{}", message.msg_id);
    }
    text.push_str(",\"payload\":");
    json_string(message.payload, &mut text);
    text.push('}');
    text
}

fn json_string(bytes: &[u8], text: &mut String) {
    text.push('"');
    for char in String::from_utf8_lossy(bytes).chars() {
        match char {
            '"' | '\\' => {
                text.push('\\');
                text.push(char);
            }
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\x1f' => {
                let _ = write!(text, "\\u{:04x}", u32::from(char));
            }
            char => text.push(char),
        }
    }
    text.push('"');
}

/// `1970-01-01T00:00:00`, UTC.
pub(crate) fn iso_time(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Days of the proleptic Gregorian calendar in eras of 400 years that begin with March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + next;
    let (h, m, s) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}")
}

impl core::fmt::Display for FormatError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Unfinished => f.write_str("it ends in the middle of a sequence"),
            Self::Unknown(sign, letter) => write!(f, "{sign}{letter} is not supported"),
            Self::Width => write!(f, "a width above {WIDEST}"),
        }
    }
}

impl core::error::Error for FormatError {}
