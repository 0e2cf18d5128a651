//! Recognising a data line: name, plain fields, quoted field, count, data, trailer.

use super::{At, DataLine, Frame, Framer, Head, LineEnd, Step, Violation, find_from, trim_cr};
use crate::{Coding, DataLayout, Dialect};

/// Longest name that is compared with those of data lines.
const MAX_NAME: usize = 24;

impl Head {
    pub(super) const EMPTY: Self = Self {
        layout: DataLayout { plain: 0, limit: 0 },
        coding: Coding::Text,
        name: 0,
        plain: 0,
        open: 0,
        close: 0,
        count: 0,
        data: 0,
        len: 0,
        quotes: false,
    };
}

/// What the start of a line says about its name.
enum Name<'s> {
    /// It may still become one.
    Partial,
    /// No name that could head a data line.
    None,
    /// A name and the offset after it and its separator.
    Some(&'s [u8], usize),
}

impl Framer {
    /// Goes on with a line that is, or may become, a data line. `None`: it is a plain line.
    pub(super) fn walk_head<'s>(
        &mut self,
        line: &'s [u8],
        dialect: &impl Dialect,
    ) -> Option<Step<'s>> {
        loop {
            let Some(&byte) = line.get(self.scanned) else {
                if self.at == At::Data {
                    return Some(self.walk_data(line));
                }
                return Some(Step::Partial);
            };
            match self.at {
                At::Name => match self.end.name(line) {
                    Name::Partial => return Some(Step::Partial),
                    Name::None => return self.plain(),
                    Name::Some(name, after) => {
                        let Some(layout) = dialect.data_layout(name) else {
                            return self.plain();
                        };
                        self.head = Head {
                            layout,
                            name: self.end.prefix() + name.len(),
                            plain: after,
                            ..Head::EMPTY
                        };
                        self.scanned = after;
                        self.at = At::Fields { left: layout.plain };
                    }
                },
                At::Fields { left: 0 } => self.at = At::Quote,
                At::Fields { left } => {
                    if byte == b',' {
                        self.at = At::Fields { left: left - 1 };
                    } else if byte.is_ascii_control() {
                        return self.broken(Violation::Head);
                    }
                    self.scanned += 1;
                }
                At::Quote => {
                    match byte {
                        b' ' => {}
                        b'"' => {
                            self.head.open = self.scanned + 1;
                            self.at = At::Quoted;
                        }
                        _ => return self.broken(Violation::Head),
                    }
                    self.scanned += 1;
                }
                At::Quoted => {
                    if byte == b'"' {
                        match line.get(self.scanned + 1) {
                            None => return Some(Step::Partial),
                            Some(b',') => {
                                self.head.close = self.scanned;
                                self.scanned += 1;
                                self.at = At::Count;
                            }
                            Some(_) => {}
                        }
                    } else if byte.is_ascii_control() {
                        return self.broken(Violation::Control);
                    }
                    self.scanned += 1;
                }
                At::Count => match byte {
                    b' ' => self.scanned += 1,
                    b'0'..=b'9' => self.at = At::Digits,
                    _ if self.end == LineEnd::Cr => return self.plain(),
                    b'"' => {
                        self.scanned += 1;
                        self.open_data(self.scanned, true);
                    }
                    _ => self.open_data(self.head.close + 2, false),
                },
                At::Digits => match byte {
                    b'0'..=b'9' => {
                        let digit = u32::from(byte - b'0');
                        let count = self.head.count.saturating_mul(10);
                        self.head.count = count.saturating_add(digit);
                        self.scanned += 1;
                    }
                    b',' => {
                        if !self.counted_data(line, dialect) {
                            return self.broken(Violation::Count);
                        }
                    }
                    _ if self.end == LineEnd::Cr => return self.plain(),
                    _ => self.open_data(self.head.close + 2, false),
                },
                At::Counted => {
                    if byte == b'"' {
                        self.head.quotes = true;
                        self.head.data += 1;
                        self.scanned += 1;
                    }
                    self.at = At::Data;
                    return Some(self.walk_data(line));
                }
                At::Data => return Some(self.walk_data(line)),
                At::Open => return Some(self.walk_open(line)),
                At::Start { .. } | At::Plain | At::Tossing => return None,
            }
        }
    }

    /// The line turns out to be a plain one.
    fn plain<'s>(&mut self) -> Option<Step<'s>> {
        self.at = At::Plain;
        None
    }

    /// The byte at `scanned` breaks the rules of a data line. A host may write what it likes,
    /// so a broken command line is an ordinary one, except where its count was wrong.
    fn broken<'s>(&mut self, violation: Violation) -> Option<Step<'s>> {
        match self.end {
            LineEnd::Cr if violation != Violation::Count => self.plain(),
            _ => Some(Step::Violation(violation, self.scanned)),
        }
    }

    /// Data without a count begins at `data`.
    fn open_data(&mut self, data: usize, quotes: bool) {
        self.head.data = data;
        self.head.quotes = quotes;
        self.at = At::Open;
    }

    /// The count is complete, `scanned` is at the comma after it. False: no such count.
    fn counted_data(&mut self, line: &[u8], dialect: &impl Dialect) -> bool {
        let head = &mut self.head;
        head.coding = dialect.coding(plain_fields(line, head));
        let (bytes, len) = match head.coding {
            Coding::Text => (head.count, Some(head.count)),
            Coding::HexCountsBytes => (head.count, head.count.checked_mul(2)),
            Coding::HexCountsDigits if head.count % 2 == 1 => return false,
            Coding::HexCountsDigits => (head.count / 2, Some(head.count)),
        };
        let len = len.and_then(|len| usize::try_from(len).ok());
        let Some(len) = len.filter(|_| bytes <= head.layout.limit) else {
            return false;
        };
        head.len = len;
        self.scanned += 1;
        head.data = self.scanned;
        self.at = At::Counted;
        true
    }

    /// Counted data: passes over it, then checks that the line ends there.
    fn walk_data<'s>(&mut self, line: &'s [u8]) -> Step<'s> {
        let head = &self.head;
        let end = head.data + head.len;
        if head.coding != Coding::Text && self.scanned < end {
            let seen = line.get(self.scanned..end.min(line.len()));
            let stranger = seen
                .unwrap_or_default()
                .iter()
                .position(|b| !b.is_ascii_hexdigit());
            if let Some(at) = stranger {
                return Step::Violation(Violation::NotHex, self.scanned + at);
            }
        }
        let Some(rest) = line.get(end..) else {
            self.scanned = line.len();
            return Step::Partial;
        };
        let trailer = self.end.trailer(head.quotes);
        let matching = rest.iter().zip(trailer).take_while(|(a, b)| a == b).count();
        if matching == trailer.len() {
            let data = line.get(head.data..end).unwrap_or_default();
            return Step::Frame(self.data_line(line, data, Some(head.count)), end + matching);
        }
        if matching < rest.len() {
            return Step::Violation(Violation::Trailer, end + matching);
        }
        self.scanned = end;
        Step::Partial
    }

    /// Data without a count: in quotes it ends at the first quote before a line end, bare at the
    /// line end.
    fn walk_open<'s>(&mut self, line: &'s [u8]) -> Step<'s> {
        while let Some(end) = find_from(line, self.scanned, b'\n') {
            let data = trim_cr(line.get(self.head.data..end).unwrap_or_default());
            let data = match data {
                [inner @ .., b'"'] if self.head.quotes => Some(inner),
                _ if self.head.quotes => None,
                _ => Some(data),
            };
            if let Some(data) = data {
                return Step::Frame(self.data_line(line, data, None), end + 1);
            }
            self.scanned = end + 1;
        }
        self.scanned = line.len();
        Step::Partial
    }

    fn data_line<'s>(&self, line: &'s [u8], data: &'s [u8], count: Option<u32>) -> Frame<'s> {
        let head = &self.head;
        Frame::Data(DataLine {
            name: line.get(self.end.prefix()..head.name).unwrap_or_default(),
            plain: plain_fields(line, head),
            quoted: line.get(head.open..head.close).unwrap_or_default(),
            count,
            data,
            coding: head.coding,
        })
    }
}

impl LineEnd {
    /// Length of what stands before the name: `+` or `AT+`.
    const fn prefix(self) -> usize {
        match self {
            Self::Lf => 1,
            Self::Cr => 3,
        }
    }

    const fn trailer(self, quotes: bool) -> &'static [u8] {
        match (self, quotes) {
            (Self::Lf, true) => b"\"\r\n",
            (Self::Lf, false) => b"\r\n",
            (Self::Cr, true) => b"\"\r",
            (Self::Cr, false) => b"\r",
        }
    }

    /// The name at the start of `line`. Looks at a bounded number of bytes.
    fn name(self, line: &[u8]) -> Name<'_> {
        let prefix: &[u8] = match self {
            Self::Lf => b"+",
            Self::Cr => b"AT+",
        };
        let separator = match self {
            Self::Lf => b':',
            Self::Cr => b'=',
        };
        let known = line.iter().zip(prefix);
        if !known.clone().all(|(a, b)| a.eq_ignore_ascii_case(b)) {
            return Name::None;
        }
        let Some(rest) = line.get(prefix.len()..) else {
            return Name::Partial;
        };
        let len = rest
            .iter()
            .take(MAX_NAME)
            .position(|&b| b == separator || b == b' ' || b.is_ascii_control());
        let Some((name, after)) = len.and_then(|len| rest.split_at_checked(len)) else {
            return if rest.len() < MAX_NAME {
                Name::Partial
            } else {
                Name::None
            };
        };
        let blanks = after
            .iter()
            .take(MAX_NAME)
            .take_while(|&&b| b == b' ')
            .count();
        match after.get(blanks) {
            Some(&b) if b == separator => Name::Some(name, prefix.len() + name.len() + blanks + 1),
            None if blanks < MAX_NAME => Name::Partial,
            _ => Name::None,
        }
    }
}

/// The plain fields: everything before the comma and the opening quote.
fn plain_fields<'s>(line: &'s [u8], head: &Head) -> &'s [u8] {
    let fields = line
        .get(head.plain..head.open.saturating_sub(1))
        .unwrap_or_default()
        .trim_ascii();
    fields.strip_suffix(b",").unwrap_or(fields)
}
