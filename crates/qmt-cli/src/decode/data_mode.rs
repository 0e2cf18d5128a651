//! What follows a prompt: data, if the capture shows what the host sent, and its echo.

/// Longest data that is looked for: the note's 1460 bytes in hex, and some excess.
const DATA: usize = 4096;

/// What the module waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// Number of bytes; none for data that Ctrl+Z ends.
    pub(crate) count: Option<usize>,
    /// Whether they are sent as hex digits.
    pub(crate) hex: bool,
}

/// What the bytes look like.
pub(crate) enum Look {
    Wait,
    Blank(usize),
    /// Data of `len` bytes, then `end` bytes that end it.
    Data {
        len: usize,
        end: usize,
    },
    Echo(usize),
    /// Lines of the module.
    Nothing,
    /// The same: no key ends data in so many bytes.
    NoKey(usize),
}

/// Looks at what follows a prompt.
pub(crate) fn look(rest: &[u8], ended: bool, wanted: Wanted) -> Look {
    match wanted.count {
        None => ended_by_key(rest, ended),
        Some(count) => {
            let lens = if wanted.hex {
                [2 * count, count]
            } else {
                [count; 2]
            };
            for len in lens {
                match counted(rest, ended, len) {
                    Look::Nothing => {}
                    found => return found,
                }
            }
            // The line end may be the prompt's.
            let Some(rest) = rest.strip_prefix(b"\r\n") else {
                return Look::Nothing;
            };
            match counted(rest, ended, count) {
                Look::Data { .. } => Look::Blank(2),
                other => other,
            }
        }
    }
}

/// Data up to Ctrl+Z or Esc. It may hold whole lines; so these keys end it only where a line of
/// the module, or the echo, comes next.
fn ended_by_key(rest: &[u8], ended: bool) -> Look {
    let window = rest.get(..DATA).unwrap_or(rest);
    let mut answered = false;
    let mut line_start = true;
    for (at, &byte) in window.iter().enumerate() {
        if line_start {
            let line = &window[at..];
            // The host goes on with commands: what it had sent is not in the capture.
            if answered
                && line
                    .get(..2)
                    .is_some_and(|at| at.eq_ignore_ascii_case(b"AT"))
            {
                return Look::NoKey(at);
            }
            answered |= is_final(line) == Some(true);
        }
        line_start = b"\r\n".contains(&byte);
        if byte == 0x1A || byte == 0x1B {
            let (data, after) = (&window[..at], &rest[at + 1..]);
            match followed(data, after, ended, b"\r\nOEA+>") {
                Some(true) => return Look::Data { len: at, end: 1 },
                Some(false) => {}
                None => return Look::Wait,
            }
        }
    }
    match ended || rest.len() >= DATA {
        true => Look::NoKey(window.len()),
        false => Look::Wait,
    }
}

/// Exactly `len` bytes, if a line end or their echo follows.
fn counted(rest: &[u8], ended: bool, len: usize) -> Look {
    if len == 0 {
        return Look::Nothing;
    }
    let (Some(data), Some(after)) = (rest.get(..len), rest.get(len..)) else {
        return if ended { Look::Nothing } else { Look::Wait };
    };
    let found = match followed(data, after, ended, b"\r\n") {
        Some(true) if is_final(trim_start(data)) != Some(false) && starts_final(data) => {
            // A module that echoes nothing has perhaps already answered.
            if after.len() < 16 && !ended {
                None
            } else {
                Some(starts_final(after) || after.starts_with(data))
            }
        }
        other => other,
    };
    match found {
        Some(true) => Look::Data { len, end: 0 },
        Some(false) => Look::Nothing,
        None => Look::Wait,
    }
}

/// Whether `after` starts with one of `firsts` or with `data` again. None: too short to tell.
fn followed(data: &[u8], after: &[u8], ended: bool, firsts: &[u8]) -> Option<bool> {
    let Some(first) = after.first() else {
        return ended.then_some(true);
    };
    if firsts.contains(first) || (!data.is_empty() && after.starts_with(data)) {
        return Some(true);
    }
    match !ended && data.starts_with(after) {
        true => None,
        false => Some(false),
    }
}

/// Looks for the echo of `data`.
pub(crate) fn echo(rest: &[u8], ended: bool, data: &[u8]) -> Look {
    let blank = rest.len() - trim_start(rest).len();
    for skip in [0, blank] {
        let text = &rest[skip..];
        if text.len() <= data.len() && data.starts_with(text) && !ended {
            return Look::Wait;
        }
        let Some(after) = text.strip_prefix(data) else {
            continue;
        };
        if !after.is_empty() && !b"\r\n\x1a".contains(&after[0]) {
            continue;
        }
        // Data that reads like a result code: only if a result code follows it.
        if starts_final(data) {
            if after.len() < 16 && !ended {
                return Look::Wait;
            }
            if !starts_final(after) {
                continue;
            }
        }
        return match skip {
            0 => Look::Echo(data.len()),
            skip => Look::Blank(skip),
        };
    }
    Look::Nothing
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let blank = bytes.iter().take_while(|b| b"\r\n".contains(b)).count();
    &bytes[blank..]
}

/// Whether a result code is the first line of `bytes`.
fn starts_final(bytes: &[u8]) -> bool {
    is_final(trim_start(bytes)) == Some(true)
}

/// Whether the line at the start of `bytes` is a final result code. None: it is cut short.
fn is_final(bytes: &[u8]) -> Option<bool> {
    let end = bytes.iter().take(64).position(|b| b"\r\n".contains(b));
    let line = bytes.get(..end.unwrap_or(bytes.len()).min(64))?;
    if line == b"OK" || line == b"ERROR" || line.starts_with(b"+CME ERROR:") {
        return Some(true);
    }
    match end {
        None if bytes.len() < 16 => None,
        _ => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(rest: &[u8], count: Option<usize>) -> Option<usize> {
        match look(rest, true, Wanted { count, hex: false }) {
            Look::Data { len, .. } => Some(len),
            _ => None,
        }
    }

    #[test]
    fn ctrl_z_ends_data_that_holds_result_codes() {
        assert_eq!(data(b"hi\x1a\r\nOK\r\n", None), Some(2));
        assert_eq!(
            data(b"l1\r\nOK\r\n+QMTPUB: 0,0,0\r\n\x1a\r\nOK\r\n", None),
            Some(24)
        );
        assert_eq!(data(b"a\x1ab\x1a\r\nOK\r\n", None), Some(3));
        assert_eq!(data(b"hi\x1ahi\r\nOK\r\n", None), Some(2));
        assert_eq!(data(b"\x1b\r\nOK\r\n", None), Some(0));
    }

    #[test]
    fn without_the_host_there_is_only_an_echo_or_nothing() {
        assert_eq!(data(b"hi\r\nOK\r\n", None), None);
        assert_eq!(data(b"\r\nOK\r\n\r\nAT+X\r\x1a\r\n", None), None);
        assert_eq!(data(b"\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n", Some(6)), None);
        assert_eq!(data(b"\r\nOK\r\n", Some(9)), None);
    }

    #[test]
    fn counted_data_may_hold_anything() {
        assert_eq!(data(b"\r\nOK\r\n\r\nOK\r\n", Some(6)), Some(6));
        assert_eq!(data(b"a\x1ab\r\nOK\r\n", Some(3)), Some(3));
        assert_eq!(data(b"abcabc\r\nOK\r\n", Some(3)), Some(3));
        assert_eq!(data(b"abcd\r\nOK\r\n", Some(3)), None);
    }

    #[test]
    fn an_echo_is_the_data_again() {
        assert!(matches!(echo(b"hi\r\nOK\r\n", true, b"hi"), Look::Echo(2)));
        assert!(matches!(echo(b"\r\nhi\r\n", true, b"hi"), Look::Blank(2)));
        assert!(matches!(echo(b"\r\nOK\r\n", true, b"OK"), Look::Nothing));
        assert!(matches!(echo(b"OK\r\nOK\r\n", true, b"OK"), Look::Echo(2)));
        assert!(matches!(echo(b"O", false, b"OK"), Look::Wait));
    }
}
