//! Logs of terminal programs: what they put before a line, how they write what they cannot show.

use super::prefix::Prefixes;
use super::tape::Tape;

/// Longest line that is taken as a whole; of a longer one only the beginning is looked at.
const LINE: usize = 64 * 1024;

/// Takes a terminal's log apart.
#[derive(Debug)]
pub(crate) struct Log {
    style: Style,
    line: Vec<u8>,
    number: u64,
    /// Whether a part of the line has already been taken.
    begun: bool,
}

/// How a log was written.
#[derive(Debug)]
struct Style {
    prefixes: Prefixes,
    /// `\r`, `\n`, `\x1a` and `<CR>` stand for bytes.
    escaped: bool,
    /// The log kept the CRs of the line.
    crs: bool,
}

impl Log {
    /// For a log that begins with `sample`.
    pub(crate) fn new(sample: &[u8]) -> Self {
        Self {
            style: Style::of(sample),
            line: Vec::new(),
            number: 1,
            begun: false,
        }
    }

    /// Whether `sample` is rather a log than a capture.
    pub(crate) fn is_one(sample: &[u8]) -> bool {
        let style = Style::of(sample);
        let lost_crs = !style.crs && sample.contains(&b'\n');
        style.prefixes.any() || style.escaped || lost_crs
    }

    pub(crate) fn push(&mut self, bytes: &[u8], tape: &mut Tape) {
        for &byte in bytes {
            if byte == b'\n' {
                self.take_line(true, tape);
                self.number += 1;
            } else {
                self.line.push(byte);
                if self.line.len() >= LINE {
                    self.take_line(false, tape);
                    self.begun = true;
                }
            }
        }
    }

    pub(crate) fn end(&mut self, tape: &mut Tape) {
        if !self.line.is_empty() {
            self.take_line(false, tape);
        }
    }

    fn take_line(&mut self, ends: bool, tape: &mut Tape) {
        let line = core::mem::take(&mut self.line);
        let begun = core::mem::replace(&mut self.begun, false);
        let content = without_colours(&line);
        let (direction, mut content) = match begun {
            true => (None, content.as_slice()),
            false => self.style.prefixes.strip(&content),
        };
        if !begun {
            tape.mark(self.number, direction);
        }
        let before = content.len();
        while let Some(rest) = content.strip_suffix(b"\r") {
            content = rest;
        }
        let had_cr = content.len() < before;
        let ended = if self.style.escaped {
            self.push_escaped(content, tape)
        } else if let Some(data) = without_ctrl_z(content) {
            tape.push(data);
            tape.push(b"\x1a");
            true
        } else {
            tape.push(content);
            false
        };
        if ends && !ended {
            if had_cr {
                tape.push(b"\r");
            } else if !self.style.crs {
                tape.insert(b'\r');
            }
            tape.push(b"\n");
        }
        self.line = line;
        self.line.clear();
    }

    /// Puts what `content` stands for on the tape. True: the end of the log's line stands for
    /// nothing.
    fn push_escaped(&self, content: &[u8], tape: &mut Tape) -> bool {
        let content = unquoted(content.trim_ascii_end());
        let mut rest = content;
        let mut last = b' ';
        while let Some(&first) = rest.first() {
            let (byte, len) = escape(rest).unwrap_or((first, 1));
            tape.push(&[byte]);
            last = byte;
            rest = rest.get(len..).unwrap_or_default();
        }
        content.is_empty() || content.trim_ascii() == b">" || b"\r\n\x1a\x1b".contains(&last)
    }
}

impl Style {
    fn of(sample: &[u8]) -> Self {
        let lines = || sample.split(|&b| b == b'\n').map(<[u8]>::trim_ascii_end);
        let prefixes = Prefixes::of(lines());
        // A payload may hold such letters anywhere; a log has them where lines end.
        let escaped = lines().any(|line| {
            let (_, content) = prefixes.strip(line);
            let content = unquoted(content);
            content.ends_with(b"\\r")
                || content.ends_with(b"\\n")
                || content.ends_with(b"<CR>")
                || content.ends_with(b"<LF>")
        });
        let pairs = sample.windows(2).filter(|pair| pair == b"\r\n").count();
        let ends = sample.iter().filter(|&&b| b == b'\n').count();
        Self {
            prefixes,
            escaped: escaped && pairs < ends.max(1),
            crs: sample.contains(&b'\r'),
        }
    }
}

/// The byte that an escape at the start of `text` stands for, and the escape's length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    const NAMED: [(&[u8], u8); 13] = [
        (b"\\r", b'\r'),
        (b"\\n", b'\n'),
        (b"\\t", b'\t'),
        (b"\\0", 0),
        (b"\\\\", b'\\'),
        (b"\\\"", b'"'),
        (b"\\'", b'\''),
        (b"<CR>", b'\r'),
        (b"<LF>", b'\n'),
        (b"<SUB>", 0x1A),
        (b"<CTRL+Z>", 0x1A),
        (b"<CTRL-Z>", 0x1A),
        (b"<ESC>", 0x1B),
    ];
    if !matches!(text, [b'\\' | b'<', ..]) {
        return None;
    }
    let starts_with = |name: &[u8]| {
        let start = text.get(..name.len());
        start.is_some_and(|start| match name {
            [b'<', ..] => start.eq_ignore_ascii_case(name),
            _ => start == name,
        })
    };
    if let Some((name, byte)) = NAMED.iter().find(|(name, _)| starts_with(name)) {
        return Some((*byte, name.len()));
    }
    let digits = text.strip_prefix(b"\\x")?.get(..2)?;
    let byte = qmt_proto::hex::Hex::of_digits(digits)
        .ok()?
        .bytes()
        .next()?;
    Some((byte, 4))
}

/// Without the quotes that a program's `repr` puts around its bytes.
fn unquoted(content: &[u8]) -> &[u8] {
    let inner = content.strip_prefix(b"b").unwrap_or(content);
    match inner {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => content,
    }
}

/// What stands before a Ctrl+Z that is written in letters at the end of the line.
fn without_ctrl_z(content: &[u8]) -> Option<&[u8]> {
    let content = content.trim_ascii_end();
    let forms: [&[u8]; 6] = [
        b"^Z",
        b"<SUB>",
        b"<1A>",
        b"<Ctrl+Z>",
        b"<CTRL+Z>",
        b"<CTRL-Z>",
    ];
    forms
        .into_iter()
        .find_map(|form| content.strip_suffix(form))
}

/// Without the sequences that colour a terminal, ESC `[` .. letter.
pub(super) fn without_colours(line: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(sequence) = rest.strip_prefix(b"\x1b[") {
            let end = sequence.iter().position(|b| !b"0123456789;?".contains(b));
            if let Some(end) = end.filter(|&end| sequence[end].is_ascii_alphabetic()) {
                rest = &sequence[end + 1..];
                continue;
            }
        }
        plain.push(byte);
        rest = after;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peeled(log: &str) -> String {
        assert!(Log::is_one(log.as_bytes()), "{log:?}");
        let mut tape = Tape::default();
        let mut reader = Log::new(log.as_bytes());
        reader.push(log.as_bytes(), &mut tape);
        reader.end(&mut tape);
        String::from_utf8(tape.rest().to_vec()).unwrap()
    }

    #[test]
    fn what_terminals_print_before_a_line_goes() {
        for log in [
            "[12:34:56.789] OK\n[12:34:56.790] RDY\n",
            "[2024-05-06T12:34:56.789+0200] OK\n[2024-05-06T12:34:56.790+0200] RDY\n",
            "[2024-05-06_12:34:56:789]OK\n[2024-05-06_12:34:56:790]RDY\n",
            "[12:34:56.789]收←◆OK\n[12:34:56.790]收←◆RDY\n",
            "[2024-05-06 12:34:56] OK\n[2024-05-06 12:34:56] RDY\n",
            "12:34:56.789 -> OK\n12:34:56.790 -> RDY\n",
            "2024-05-06 12:34:56,789 OK\n2024-05-06 12:34:56,789 RDY\n",
            "[12:34:56.789] RX: OK\n[12:34:56.790] RX: RDY\n",
            "\x1b[33m[12:34:56.789]\x1b[0m OK\n[12:34:56.790] RDY\n",
            "OK\nRDY\n",
            "OK\\r\\n\nRDY\\r\\n\n",
            "b'OK\\r\\n'\nb'RDY\\r\\n'\n",
            "<- OK\\x0d<LF>\n<- RDY<CR><LF>\n-> \n",
        ] {
            assert_eq!(peeled(log), "OK\r\nRDY\r\n", "{log:?}");
        }
    }

    #[test]
    fn line_ends_that_were_kept_stay_as_they_are() {
        let log = "[12:34:56.789] l1\n[12:34:56.790] OK\r\n";
        assert_eq!(peeled(log), "l1\nOK\r\n");
    }

    #[test]
    fn ctrl_z_may_be_written_in_letters() {
        assert_eq!(peeled("> hi^Z\nOK\n"), "> hi\x1aOK\r\n");
        assert_eq!(
            peeled("AT\\r\n> hi\\x1a\n\\r\\nOK\\r\\n"),
            "AT\r> hi\x1a\r\nOK\r\n"
        );
    }

    #[test]
    fn escapes_inside_a_payload_are_its_own() {
        let line = "+QMTRECV: 0,0,\"t\",\"{\\\"a\\\":\\\"\\r\\n\\\"}\"";
        assert_eq!(peeled(&format!("{line}\n")), format!("{line}\r\n"));
    }

    #[test]
    fn a_capture_is_no_log() {
        for capture in ["", "\r\nOK\r\n", ">", "OK"] {
            assert!(!Log::is_one(capture.as_bytes()), "{capture:?}");
        }
    }
}
