//! Recognising the echo of what was sent.

/// What the start of the received bytes is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Echo {
    /// Not an echo of what was sent.
    No,
    /// Perhaps: everything there is matches, but more must come.
    Perhaps,
    /// The echo, this many bytes with blanks before it.
    Yes(usize),
}

/// Whether `received`, which starts a line, is the echo of the command line `sent`.
///
/// Lines of the module never start like a command line, so waiting for the rest of a beginning
/// holds nothing else back.
pub(crate) fn of_command(received: &[u8], sent: &[u8]) -> Echo {
    if sent.is_empty() {
        return Echo::No;
    }
    let blanks = received
        .iter()
        .take_while(|b| matches!(b, b'\r' | b'\n'))
        .count();
    // Some commands start with a CR of their own; it is among the blanks if it was echoed.
    let sent_line = sent.strip_prefix(b"\r").unwrap_or(sent);
    let line = received.get(blanks..).unwrap_or_default();
    if sent_line.is_empty() || line.is_empty() {
        Echo::No
    } else if line.starts_with(sent_line) {
        Echo::Yes(blanks + sent_line.len())
    } else if sent_line.starts_with(line) {
        Echo::Perhaps
    } else {
        Echo::No
    }
}

/// How many bytes of `received` are the blanks that follow a prompt.
pub(crate) fn prompt_tail(received: &[u8]) -> usize {
    let tail = received.iter();
    tail.take_while(|b| matches!(b, b' ' | b'\r' | b'\n'))
        .count()
}

/// How many bytes of `received` are the echo of `payload`, of which `done` have come before.
pub(crate) fn of_data(received: &[u8], payload: &[u8], done: usize) -> usize {
    let rest = payload.get(done..).unwrap_or_default();
    received
        .iter()
        .zip(rest)
        .take_while(|(a, b)| a == b)
        .count()
}

/// Shortest piece of a command line that is known as its echo.
const PIECE: usize = 4;

/// What may be shown of a line that belongs to nothing: it may be the echo of a command, damaged or
/// cut in two, and commands hold passwords. `None`: it is a piece of what was `sent`.
pub(crate) fn without_secrets<'l>(line: &'l [u8], sent: &[u8]) -> Option<&'l [u8]> {
    if line.len() >= PIECE && sent.windows(line.len()).any(|piece| piece == line) {
        return None;
    }
    let prefix = line.get(..2).unwrap_or_default();
    if !prefix.eq_ignore_ascii_case(b"AT") {
        return Some(line);
    }
    let name = line.iter().position(|&b| b == b'=');
    name.and_then(|end| line.get(..end)).or(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_may_come_in_pieces() {
        let sent = b"AT+QSCLK=0\r";
        assert_eq!(of_command(b"AT+QS", sent), Echo::Perhaps);
        assert_eq!(of_command(b"\r\nAT+QSCLK=0\r\r\nOK", sent), Echo::Yes(13));
        assert_eq!(of_command(b"\r\nOK", sent), Echo::No);
        assert_eq!(of_command(b"AT+QSX", sent), Echo::No);
        assert_eq!(of_command(b"\r\n", sent), Echo::No);
        assert_eq!(of_command(b"\rAT\r", b"\rAT\r"), Echo::Yes(4));
        // A line end is the echo of nothing.
        assert_eq!(of_command(b"\r\nOK", b"\r"), Echo::No);
    }

    #[test]
    fn the_echo_of_data_is_counted() {
        assert_eq!(of_data(b"abc", b"abcdef", 0), 3);
        assert_eq!(of_data(b"def\r\nOK", b"abcdef", 3), 3);
        assert_eq!(of_data(b"\r\nOK", b"abcdef", 3), 0);
        assert_eq!(prompt_tail(b" \r\nabc"), 3);
    }

    #[test]
    fn an_echo_that_was_cut_shows_no_secret() {
        let sent = b"AT+QMTCONN=0,\"me\",\"user\",\"hunter2\"\r";
        assert_eq!(without_secrets(b"ser\",\"hunter2\"", sent), None);
        assert_eq!(
            without_secrets(b"AT+QMTCONN=0,\"me\",\"uXer\",\"hunter2\"", sent),
            Some(&b"AT+QMTCONN"[..])
        );
        assert_eq!(without_secrets(b"RDY", sent), Some(&b"RDY"[..]));
        assert_eq!(without_secrets(b"ATI", b"ATI\r"), Some(&b"ATI"[..]));
    }
}
