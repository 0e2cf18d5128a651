//! Hex dumps: plain digits, `xxd`, `hexdump -C`, `od -t x1`.

use super::tape::Tape;

/// Longest line that is taken as a whole; plain digits may stand on longer ones.
const LINE: usize = 4096;

/// Most rows that a `*` stands for: as many as the longest payload fills.
const REPEATED: usize = 92;

/// Takes a hex dump apart.
#[derive(Debug)]
pub(crate) struct Dump {
    line: Vec<u8>,
    number: u64,
    /// Whether the line was longer than [`LINE`] and goes on.
    long: bool,
    /// The last row and its address, for a `*` after it.
    row: Vec<u8>,
    address: u64,
    repeated: bool,
}

/// What a line of a dump holds.
enum Row {
    Bytes(Option<u64>, Vec<u8>),
    /// Like the row before, up to the next address.
    Repeated,
    Stranger,
}

impl Dump {
    pub(crate) fn new() -> Self {
        Self {
            line: Vec::new(),
            number: 1,
            long: false,
            row: Vec::new(),
            address: 0,
            repeated: false,
        }
    }

    /// Whether every line of `sample` is a row of a dump, and one of them holds something.
    pub(crate) fn is_one(sample: &[u8]) -> bool {
        let mut bytes = 0;
        for line in sample.split(|&b| b == b'\n') {
            match row(line) {
                Row::Bytes(_, row) => bytes += row.len(),
                Row::Repeated => {}
                Row::Stranger => return false,
            }
        }
        bytes >= 2
    }

    pub(crate) fn push(&mut self, bytes: &[u8], tape: &mut Tape) {
        for &byte in bytes {
            if byte == b'\n' {
                self.take_line(tape);
                self.number += 1;
                self.long = false;
                continue;
            }
            self.line.push(byte);
            // Plain digits are cut between two bytes.
            if self.line.len() >= LINE && (byte == b' ' || self.line.len() >= LINE + 64) {
                let odd = self.line.iter().filter(|b| b.is_ascii_hexdigit()).count() % 2;
                if odd == 0 || self.line.len() >= 2 * LINE {
                    self.take_line(tape);
                    self.long = true;
                }
            }
        }
    }

    pub(crate) fn end(&mut self, tape: &mut Tape) {
        self.take_line(tape);
    }

    fn take_line(&mut self, tape: &mut Tape) {
        let line = core::mem::take(&mut self.line);
        let row = if self.long {
            plain(&line).map_or(Row::Stranger, |row| Row::Bytes(None, row))
        } else {
            row(&line)
        };
        match row {
            Row::Bytes(address, bytes) => {
                tape.mark(self.number, None);
                if let (true, Some(address)) = (self.repeated, address) {
                    let width = self.row.len().max(1) as u64;
                    let missing = address.saturating_sub(self.address) / width;
                    let rows = usize::try_from(missing).unwrap_or(REPEATED).min(REPEATED);
                    for _ in 1..rows {
                        tape.push(&self.row);
                    }
                }
                self.repeated = false;
                self.address = address.unwrap_or_default();
                tape.push(&bytes);
                self.row = bytes;
            }
            Row::Repeated => self.repeated = true,
            // What a terminal printed around the dump.
            Row::Stranger => {}
        }
        self.line = line;
        self.line.clear();
    }
}

/// Reads a line of a dump.
fn row(line: &[u8]) -> Row {
    let line = line.trim_ascii();
    if line == b"*" {
        return Row::Repeated;
    }
    match addressed(line) {
        Some((address, bytes)) => Row::Bytes(Some(address), bytes),
        None => match plain(line) {
            Some(bytes) => Row::Bytes(None, bytes),
            None => Row::Stranger,
        },
    }
}

/// `00000010: 4f4b 0d0a  OK..`, `00000010  4f 4b 0d 0a  |OK..|`, or an address alone.
fn addressed(line: &[u8]) -> Option<(u64, Vec<u8>)> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    if !(7..=16).contains(&digits) {
        return None;
    }
    let address = core::str::from_utf8(line.get(..digits)?).ok()?;
    let address = u64::from_str_radix(address, 16).ok()?;
    let rest = line.get(digits..)?;
    if let Some(rest) = rest.strip_prefix(b": ") {
        // xxd: the text begins after two blanks.
        let end = rest.windows(2).position(|pair| pair == b"  ");
        return Some((address, plain(rest.get(..end.unwrap_or(rest.len()))?)?));
    }
    if rest.is_empty() && digits <= 8 {
        // The end of a dump; as plain digits it would be another row of four bytes.
        let end = digits == 7 || line.starts_with(b"000");
        return end.then_some((address, Vec::new()));
    }
    let rest = rest.strip_prefix(b" ")?;
    let end = rest.iter().position(|&b| b == b'|').unwrap_or(rest.len());
    let pairs = rest.get(..end)?;
    let all_pairs = pairs
        .split(|&b| b == b' ')
        .all(|pair| pair.is_empty() || pair.len() == 2);
    if !all_pairs {
        return None;
    }
    Some((address, plain(pairs)?))
}

/// Pairs of digits, with or without blanks, commas, colons or `0x` around them.
fn plain(line: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(line.len() / 2);
    for token in line.split(|b| b" ,:;\t\r".contains(b)) {
        let digits = token
            .strip_prefix(b"0x")
            .or_else(|| token.strip_prefix(b"0X"))
            .unwrap_or(token);
        let hex = qmt_proto::hex::Hex::of_digits(digits).ok()?;
        bytes.extend(hex.bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peeled(dump: &str) -> Option<Vec<u8>> {
        if !Dump::is_one(dump.as_bytes()) {
            return None;
        }
        let mut tape = Tape::default();
        let mut reader = Dump::new();
        reader.push(dump.as_bytes(), &mut tape);
        reader.end(&mut tape);
        Some(tape.rest().to_vec())
    }

    #[test]
    fn every_form_of_dump_gives_its_bytes() {
        let ok = Some(b"\r\nOK\r\n".to_vec());
        for dump in [
            "0d0a4f4b0d0a",
            "0D 0A 4F 4B 0D 0A\n",
            "0x0d, 0x0a, 0x4f, 0x4b, 0x0d, 0x0a",
            "0d:0a:4f:4b\n0d:0a",
            "00000000: 0d0a 4f4b 0d0a                           ..OK..\n",
            "00000000  0d 0a 4f 4b 0d 0a                                 |..OK..|\n00000006\n",
            "0000000 0d 0a 4f 4b 0d 0a\n0000006\n",
        ] {
            assert_eq!(peeled(dump), ok, "{dump}");
        }
    }

    #[test]
    fn a_star_repeats_the_row_before() {
        let row = "30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30";
        let dump = format!("00000000  {row}\n*\n00000040  0d 0a\n00000042\n");
        assert_eq!(peeled(&dump).unwrap(), [&[b'0'; 64][..], b"\r\n"].concat());
    }

    #[test]
    fn text_is_no_dump() {
        for text in ["", "\r\nOK\r\n", "+QMTSTAT: 0,1", "abc", "0d0a4f4b0d0a\nOK"] {
            assert_eq!(peeled(text), None, "{text}");
        }
    }
}
