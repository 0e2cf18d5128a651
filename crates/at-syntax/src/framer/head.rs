//! Recognising a data line: name, plain fields, quoted field, count, data, trailer.
//!
//! Work is linear: every state looks only at bytes from `scanned` on and moves `scanned` past
//! them, but for at most three bytes of a trailer that has not arrived completely. Counted text is
//! not looked at at all. CRs before a line end are looked at once more, when they are trimmed.

use super::{At, Cut, DataLine, Direction, Frame, Framer, Head, Plain, Violation, trim_cr};
use crate::{Coding, Dialect, scan};

impl Head {
    pub(super) const EMPTY: Self = Self {
        limit: 0,
        coding: Coding::Text,
        name: "",
        name_end: 0,
        plain: 0,
        open: 0,
        close: 0,
        count: 0,
        data: 0,
        len: 0,
        quotes: false,
    };
}

impl<D: Direction> Framer<D> {
    /// Goes on with a line that is, or may become, a data line. `None`: it is a plain line.
    pub(super) fn walk_head<'s>(
        &mut self,
        line: &'s [u8],
        dialect: &impl Dialect,
    ) -> Option<Cut<'s>> {
        loop {
            let rest = line.get(self.scanned..).unwrap_or_default();
            let Some(&byte) = rest.first() else {
                return Some(Cut::nothing(0));
            };
            match self.at {
                At::Prefix => {
                    let prefix = D::PREFIX;
                    let wanted = prefix.as_bytes().get(self.scanned);
                    if !wanted.is_some_and(|b| b.eq_ignore_ascii_case(&byte)) {
                        return self.plain();
                    }
                    self.scanned += 1;
                    if self.scanned == prefix.len() {
                        self.at = At::Name;
                    }
                }
                At::Name => {
                    let stop = scan::blank_control_or(rest, D::SEPARATOR);
                    let Some(byte) = self.skip_to(rest, stop) else {
                        return Some(Cut::nothing(0));
                    };
                    self.head.name_end = self.scanned;
                    if byte == b' ' {
                        self.at = At::Separator;
                    } else if byte != D::SEPARATOR || !self.data_name(line, dialect) {
                        return self.plain();
                    }
                }
                At::Separator => {
                    if byte == b' ' {
                        self.scanned += 1;
                    } else if byte != D::SEPARATOR || !self.data_name(line, dialect) {
                        return self.plain();
                    }
                }
                At::Fields { left: 0 } => self.at = At::Quote,
                At::Fields { left } => {
                    let stop = rest.iter().position(|b| *b == b',' || b.is_ascii_control());
                    match self.skip_to(rest, stop) {
                        None => return Some(Cut::nothing(0)),
                        Some(b',') => self.at = At::Fields { left: left - 1 },
                        Some(_) => return self.broken(Violation::Head),
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
                    match self.skip_to(rest, scan::quote_or_control(rest)) {
                        None => return Some(Cut::nothing(0)),
                        Some(b'"') => {}
                        Some(_) => return self.broken(Violation::Control),
                    }
                    match line.get(self.scanned + 1) {
                        None => return Some(Cut::nothing(0)),
                        Some(b',') => {
                            self.head.close = self.scanned;
                            self.scanned += 2;
                            self.at = At::Count;
                        }
                        Some(_) => self.scanned += 1,
                    }
                }
                At::Count => match byte {
                    b' ' => self.scanned += 1,
                    b'0'..=b'9' => self.at = At::Digits,
                    _ if D::LENIENT => return self.plain(),
                    b'"' => {
                        self.scanned += 1;
                        self.open_data(line, dialect, self.scanned, true);
                    }
                    _ => self.open_data(line, dialect, self.head.close + 2, false),
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
                    _ if D::LENIENT => return self.plain(),
                    _ => self.open_data(line, dialect, self.head.close + 2, false),
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
                At::Open => return Some(self.walk_open(line)),
                // Never here: the caller has looked at them.
                At::Start | At::AfterPrompt | At::Plain | At::Data | At::Tossing => return None,
            }
        }
    }

    /// Moves `scanned` to `stop`, an offset in `rest`, and gives the byte there; without one, past
    /// all of `rest`.
    #[inline]
    fn skip_to(&mut self, rest: &[u8], stop: Option<usize>) -> Option<u8> {
        self.scanned += stop.unwrap_or(rest.len());
        stop.and_then(|at| rest.get(at)).copied()
    }

    /// The name is complete, `scanned` is at its separator. False: no name of a data line.
    fn data_name(&mut self, line: &[u8], dialect: &impl Dialect) -> bool {
        let name = line.get(D::PREFIX.len()..self.head.name_end);
        let name = name.unwrap_or_default();
        let mut layouts = dialect.data_lines().iter();
        let Some(layout) = layouts.find(|layout| D::same(name, layout.name)) else {
            return false;
        };
        self.scanned += 1;
        self.head = Head {
            limit: layout.limit,
            name: layout.name,
            plain: self.scanned,
            ..Head::EMPTY
        };
        self.at = At::Fields { left: layout.plain };
        true
    }

    /// The line turns out to be a plain one.
    fn plain<'s>(&mut self) -> Option<Cut<'s>> {
        self.at = At::Plain;
        None
    }

    /// The byte at `scanned` breaks the rules of a data line. A host may write what it likes,
    /// so a broken command line is an ordinary one, except where its count was wrong.
    fn broken<'s>(&mut self, violation: Violation) -> Option<Cut<'s>> {
        if D::LENIENT && violation != Violation::Count {
            return self.plain();
        }
        Some(Cut::of(Frame::Violation(violation), self.scanned))
    }

    /// Data without a count begins at `data`.
    fn open_data(&mut self, line: &[u8], dialect: &impl Dialect, data: usize, quotes: bool) {
        self.head.coding = self.coding(line, dialect);
        self.head.data = data;
        self.head.quotes = quotes;
        self.at = At::Open;
    }

    /// The count is complete, `scanned` is at the comma after it. False: no such count.
    fn counted_data(&mut self, line: &[u8], dialect: &impl Dialect) -> bool {
        let coding = self.coding(line, dialect);
        let head = &mut self.head;
        let Some(len) = coding.len_on_line(head.count, head.limit) else {
            return false;
        };
        head.coding = coding;
        head.len = len;
        self.scanned += 1;
        head.data = self.scanned;
        self.at = At::Counted;
        true
    }

    /// Counted data: passes over it, then checks that the line ends there.
    pub(super) fn walk_data<'s>(&mut self, line: &'s [u8]) -> Cut<'s> {
        let head = &self.head;
        // Saturates only where `usize` is narrow and the limit absurd; no buffer is that long.
        let end = head.data.saturating_add(head.len);
        if head.coding != Coding::Text && self.scanned < end {
            let seen = line.get(self.scanned..end.min(line.len()));
            let stranger = scan::not_hex(seen.unwrap_or_default());
            if let Some(at) = stranger {
                return Cut::of(Frame::Violation(Violation::NotHex), self.scanned + at);
            }
        }
        let Some(rest) = line.get(end..) else {
            self.scanned = line.len();
            if head.coding == Coding::Text {
                self.needed = end + 1;
            }
            return Cut::nothing(0);
        };
        let trailer = if head.quotes {
            D::QUOTED_END
        } else {
            D::BARE_END
        };
        let matching = rest.iter().zip(trailer).take_while(|(a, b)| a == b).count();
        if matching == trailer.len() {
            let data = line.get(head.data..end).unwrap_or_default();
            return Cut::of(self.data_line(line, data, Some(head.count)), end + matching);
        }
        if matching < rest.len() {
            return Cut::of(Frame::Violation(Violation::Trailer), end + matching);
        }
        self.scanned = end;
        Cut::nothing(0)
    }

    /// Data without a count: in quotes it ends at the first quote before a line end, bare at the
    /// line end.
    fn walk_open<'s>(&mut self, line: &'s [u8]) -> Cut<'s> {
        while let Some(end) = self.find_end(line, b'\n') {
            let data = trim_cr(line.get(self.head.data..end).unwrap_or_default());
            let data = match data {
                [inner @ .., b'"'] if self.head.quotes => Some(inner),
                _ if self.head.quotes => None,
                _ => Some(data),
            };
            if let Some(data) = data {
                return Cut::of(self.data_line(line, data, None), end + 1);
            }
            self.scanned = end + 1;
        }
        self.scanned = line.len();
        Cut::nothing(0)
    }

    fn data_line<'s>(&self, line: &'s [u8], data: &'s [u8], count: Option<u32>) -> Frame<'s> {
        let head = &self.head;
        Frame::Data(DataLine {
            name: head.name,
            plain: self.plain_fields(line),
            quoted: line.get(head.open..head.close).unwrap_or_default(),
            count,
            data,
            coding: head.coding,
        })
    }

    fn coding(&self, line: &[u8], dialect: &impl Dialect) -> Coding {
        dialect.coding(&self.plain_fields(line))
    }

    /// The plain fields: everything before the comma and the opening quote.
    fn plain_fields<'s>(&self, line: &'s [u8]) -> Plain<'s> {
        let fields = line.get(self.head.plain..self.head.open.saturating_sub(1));
        let fields = scan::trim_start(scan::trim_end(fields.unwrap_or_default()));
        Plain::new(fields.strip_suffix(b",").unwrap_or(fields))
    }
}
