//! The arguments of a line.

/// One argument of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Argument {
    /// Nothing between two commas.
    Omitted,
    /// Bare or in quotes, without the quotes.
    Value { text: Vec<u8>, quoted: bool },
    /// In parentheses.
    Group(Vec<u8>),
    /// Quotes that do not match; nothing after them can be told apart.
    Broken,
}

impl Argument {
    /// The number it is, if it is one between `least` and `most`.
    pub(super) fn number(&self, least: i64, most: i64) -> Option<i64> {
        let Self::Value { text, .. } = self else {
            return None;
        };
        let text = core::str::from_utf8(text).ok()?;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        if digits.len() > 30 {
            return None;
        }
        let mut value: i128 = 0;
        for digit in digits.bytes() {
            value = value * 10 + i128::from(digit - b'0');
        }
        if text.starts_with('-') {
            value = -value;
        }
        let legal = i128::from(least)..=i128::from(most);
        legal.contains(&value).then_some(value as i64)
    }
}

/// The arguments of a list.
pub(super) fn fields(list: &[u8]) -> Vec<Argument> {
    let mut fields = Vec::new();
    let mut rest = list;
    while !rest.is_empty() || !fields.is_empty() {
        let start = rest.trim_ascii_start();
        if let [b'"', body @ ..] = start {
            let parts: Vec<&[u8]> = body.splitn(2, |&b| b == b'"').collect();
            let [string, after] = parts[..] else {
                fields.push(Argument::Broken);
                return fields;
            };
            let (text, quoted) = (string.to_vec(), true);
            match after.trim_ascii_start() {
                [] => {
                    fields.push(Argument::Value { text, quoted });
                    return fields;
                }
                [b',', next @ ..] => {
                    fields.push(Argument::Value { text, quoted });
                    rest = next;
                }
                _ => {
                    fields.push(Argument::Broken);
                    return fields;
                }
            }
            continue;
        }
        // Commas inside a complete pair of parentheses separate nothing.
        let inside = match start {
            [b'(', ..] => start.iter().position(|&b| b == b')').unwrap_or(0),
            _ => 0,
        };
        let comma = (inside..start.len()).find(|&at| start[at] == b',');
        let text = start[..comma.unwrap_or(start.len())].trim_ascii_end();
        fields.push(match text {
            [] => Argument::Omitted,
            [b'(', ..] => Argument::Group(text.to_vec()),
            _ => Argument::Value {
                text: text.to_vec(),
                quoted: false,
            },
        });
        match comma {
            Some(at) => rest = &start[at + 1..],
            None => return fields,
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_judged_whatever_their_length() {
        let judge = |text: &str, least, most| fields(text.as_bytes())[0].number(least, most);
        assert_eq!(
            judge("0000000000000000000000000000000000000004", 0, 4),
            Some(4)
        );
        assert_eq!(judge("-0", 0, 4), Some(0));
        assert_eq!(
            judge("99999999999999999999999999999999999999999999", 0, i64::MAX),
            None
        );
        assert_eq!(judge("5", 0, 4), None);
        assert_eq!(judge("4x", 0, 4), None);
    }

    #[test]
    fn a_list_falls_apart_as_it_is_read() {
        assert_eq!(fields(b""), []);
        assert_eq!(fields(b","), [Argument::Omitted, Argument::Omitted]);
        assert_eq!(fields(b"\"a\"b,1"), [Argument::Broken]);
        assert_eq!(fields(b" (0,1) ,2").len(), 2);
    }
}
