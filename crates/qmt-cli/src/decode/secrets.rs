//! Masking of secrets: the password of QMTCONN, the device secret of "aliauth".

use core::ops::Range;

use at_syntax::Args;

/// Secrets that were seen, so that they are not shown later by a line that is damaged.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    seen: Vec<Vec<u8>>,
    show: bool,
}

/// How many secrets are remembered, and from which length: shorter ones are words of any line.
const SEEN: usize = 16;
const WORD: usize = 4;

impl Secrets {
    pub(crate) fn new(show: bool) -> Self {
        Self {
            seen: Vec::new(),
            show,
        }
    }

    /// Whether secrets are shown as they are.
    pub(crate) const fn show(&self) -> bool {
        self.show
    }

    /// `line` with `"***"` for its secret. Also whether the secret ends the line.
    pub(crate) fn masked(&mut self, line: &[u8]) -> (Vec<u8>, bool) {
        if self.show {
            return (line.to_vec(), false);
        }
        let Some(range) = find(line) else {
            return (line.to_vec(), false);
        };
        let secret = unquoted(line.get(range.clone()).unwrap_or_default());
        if secret.len() >= WORD && !self.seen.contains(&secret) {
            if self.seen.len() == SEEN {
                self.seen.remove(0);
            }
            self.seen.push(secret);
        }
        let mut masked = line.get(..range.start).unwrap_or_default().to_vec();
        masked.extend(b"\"***\"");
        masked.extend(line.get(range.end..).unwrap_or_default());
        (masked, range.end == line.len())
    }

    /// `text` without the secrets that were seen.
    pub(crate) fn without_seen(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            match self.seen.iter().find(|secret| rest.starts_with(secret)) {
                Some(secret) => {
                    out.extend(b"***");
                    rest = &rest[secret.len()..];
                }
                None => {
                    out.push(byte);
                    rest = after;
                }
            }
        }
        out
    }
}

/// The secret that stands on a line, in either direction, without its quotes.
pub(crate) fn secret_of(line: &[u8]) -> Option<Vec<u8>> {
    find(line).map(|range| unquoted(line.get(range).unwrap_or_default()))
}

fn unquoted(secret: &[u8]) -> Vec<u8> {
    let secret = secret.trim_ascii();
    let secret = secret.strip_prefix(b"\"").unwrap_or(secret);
    secret.strip_suffix(b"\"").unwrap_or(secret).to_vec()
}

/// Where the secret of a line stands, with its quotes.
fn find(line: &[u8]) -> Option<Range<usize>> {
    if let Some((b'=', list)) = list_of(line, b"QMTCONN") {
        return argument(line, list, 3);
    }
    let (sign, list) = list_of(line, b"QMTCFG")?;
    let values = line.get(list..)?;
    let named = Args::new(values)
        .string()
        .is_ok_and(|name| name.eq_ignore_ascii_case(b"aliauth"));
    match sign {
        b'=' if named || damaged(values, b"aliauth") => argument(line, list, 4),
        b':' if named => argument(line, list, 3).or_else(|| argument(line, list, 2)),
        b':' => {
            // No other option is answered by strings alone.
            let mut args = Args::new(values);
            let strings = (0..2).all(|_| args.quoted().is_ok());
            strings.then(|| argument(line, list, 2))?
        }
        _ => None,
    }
}

/// Whether a list that cannot be read seems to begin with `name`.
fn damaged(list: &[u8], name: &[u8]) -> bool {
    let start = list.get(..name.len() + 2).unwrap_or(list);
    start
        .windows(name.len())
        .any(|part| part.eq_ignore_ascii_case(name))
}

/// The sign after `name`, wherever it stands in `line`, and where its arguments begin.
fn list_of(line: &[u8], name: &[u8]) -> Option<(u8, usize)> {
    let at = line
        .windows(name.len())
        .position(|part| part.eq_ignore_ascii_case(name))?;
    let after = line.get(at + name.len()..)?;
    let blanks = after.iter().take_while(|&&b| b == b' ').count();
    let sign = *after.get(blanks)?;
    Some((sign, at + name.len() + blanks + 1))
}

/// From argument `n` to the end of the line; where quotes are damaged, from the comma number `n`.
fn argument(line: &[u8], list: usize, n: usize) -> Option<Range<usize>> {
    let values = line.get(list..)?;
    let mut args = Args::new(values);
    let legible = (0..n).all(|_| args.field().is_ok());
    let start = if legible {
        if args.is_empty() {
            return None;
        }
        line.len() - args.rest().len()
    } else {
        let commas = values.iter().enumerate().filter(|(_, b)| **b == b',');
        list + commas.map(|(at, _)| at).nth(n - 1)? + 1
    };
    (start < line.len()).then_some(start..line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(line: &str) -> String {
        let (masked, _) = Secrets::new(false).masked(line.as_bytes());
        String::from_utf8(masked).unwrap()
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        for (line, shown) in [
            (
                "AT+QMTCONN=0,\"c\",\"u\",\"pw\"",
                "AT+QMTCONN=0,\"c\",\"u\",\"***\"",
            ),
            (
                "at+qmtconn = 0,c,\"a,b\",pw",
                "at+qmtconn = 0,c,\"a,b\",\"***\"",
            ),
            (
                "AT+QMTCONN=0,\"c\"x,\"u\",\"p,w",
                "AT+QMTCONN=0,\"c\"x,\"u\",\"***\"",
            ),
            (
                "\u{1}AT+QMTCONN=0,\"c\",\"u\",\"pw",
                "\u{1}AT+QMTCONN=0,\"c\",\"u\",\"***\"",
            ),
            (
                "AT+QMTCFG=\"ALIAUTH\",0,\"pk\",\"dn\",\"ds\"",
                "AT+QMTCFG=\"ALIAUTH\",0,\"pk\",\"dn\",\"***\"",
            ),
            (
                "+QMTCFG: \"pk\",\"dn\",\"ds\"",
                "+QMTCFG: \"pk\",\"dn\",\"***\"",
            ),
            (
                "+QMTCFG: \"aliauth\",\"pk\",\"dn\",\"ds\"",
                "+QMTCFG: \"aliauth\",\"pk\",\"dn\",\"***\"",
            ),
        ] {
            assert_eq!(masked(line), shown);
        }
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        for line in [
            "AT+QMTCONN=0,\"c\",\"u\"",
            "AT+QMTCONN=0,\"c\"",
            "+QMTCONN: 0,0,0",
            "+QMTCFG: \"timeout\",10,3,0",
            "AT+QMTCFG=\"aliauth\",0",
            "+QMTCFG: 1,1,0,\"t\",\"m\"",
        ] {
            assert_eq!(masked(line), line);
        }
    }

    #[test]
    fn a_secret_that_was_seen_is_not_shown_later() {
        let mut secrets = Secrets::new(false);
        secrets.masked(b"AT+QMTCONN=0,\"c\",\"u\",\"hunter2\"");
        assert_eq!(secrets.without_seen(b"x hunter2 y"), b"x *** y");
    }
}
