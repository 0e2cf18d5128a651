//! Recognising the unfinished frame: a plain line, or name, plain fields, quoted field, count, data
//! and trailer of a data line.
//!
//! Work is linear: every state looks only at bytes from `scanned` on and moves `scanned` past
//! them, but for at most three bytes of a trailer that has not arrived completely. Counted text is
//! not looked at at all. CRs before a line end are looked at once more, when they are trimmed.

use super::{At, DataLine, Direction, Found, Framer, Head, Plain, Violation, trim_cr};
use crate::{Coding, Dialect, scan};

impl Head {
    pub(super) const EMPTY: Self = Self {
        layout: 0,
        coding: Coding::Text,
        quotes: false,
        plain: 0,
        end: 0,
        open: 0,
        close: 0,
        count: 0,
        data: 0,
        len: 0,
    };
}

impl<D: Direction> Framer<D> {
    /// Looks at `line`, which starts at the first byte of a frame, as far as it goes.
    pub(super) fn walk(&mut self, line: &[u8], dialect: &impl Dialect) -> Found {
        loop {
            let Some(&byte) = line.get(self.scanned) else {
                return Found::Nothing;
            };
            let blank = byte == b' ';
            match self.at {
                At::Start | At::AfterPrompt => {
                    if byte == b'>' && dialect.prompt_armed() {
                        self.scanned = 1;
                        return Found::Prompt;
                    }
                    self.at = match D::begins(byte) {
                        true => At::Prefix,
                        false => At::Plain,
                    };
                }
                At::Prefix => {
                    let prefix = D::PREFIX.as_bytes();
                    let wanted = prefix.get(self.scanned);
                    if !wanted.is_some_and(|b| b.eq_ignore_ascii_case(&byte)) {
                        self.at = At::Plain;
                        continue;
                    }
                    self.scanned += 1;
                    if self.scanned == prefix.len() {
                        self.at = At::Name;
                    }
                }
                At::Name => {
                    if self.seek(line, D::SEPARATOR, b'!').is_some() {
                        self.head.end = self.scanned;
                        self.at = At::Separator;
                    }
                }
                At::Separator if blank => self.scanned += 1,
                At::Separator => {
                    let name = line.get(D::PREFIX.len()..self.head.end);
                    let name = name.unwrap_or_default();
                    let mut layouts = dialect.data_lines().iter().enumerate();
                    let known = layouts.find(|(_, layout)| D::same(name, layout.name));
                    match known {
                        Some((layout, of)) if byte == D::SEPARATOR => {
                            self.scanned += 1;
                            self.head = Head {
                                layout,
                                plain: self.scanned,
                                ..Head::EMPTY
                            };
                            self.at = At::Fields { left: of.plain };
                        }
                        _ => self.at = At::Plain,
                    }
                }
                At::Fields { left: 0 } => self.at = At::Quote,
                At::Fields { left } => match self.seek(line, b',', b' ') {
                    None => {}
                    Some(b',') => {
                        self.head.end = self.scanned;
                        self.scanned += 1;
                        self.at = At::Fields { left: left - 1 };
                    }
                    Some(_) if D::LENIENT => self.at = At::Plain,
                    Some(_) => return Found::Violation(Violation::Head),
                },
                At::Quote | At::Count if blank => self.scanned += 1,
                At::Quote if byte == b'"' => {
                    self.scanned += 1;
                    self.head.open = self.scanned;
                    self.at = At::Quoted;
                }
                At::Quote if D::LENIENT => self.at = At::Plain,
                At::Quote => return Found::Violation(Violation::Head),
                At::Quoted => match self.seek(line, b'"', b' ') {
                    None => {}
                    Some(b'"') => match line.get(self.scanned + 1) {
                        None => return Found::Nothing,
                        Some(b',') => {
                            self.head.close = self.scanned;
                            self.scanned += 2;
                            self.at = At::Count;
                        }
                        Some(_) => self.scanned += 1,
                    },
                    Some(_) if D::LENIENT => self.at = At::Plain,
                    Some(_) => return Found::Violation(Violation::Control),
                },
                At::Count | At::Digits if byte.is_ascii_digit() => {
                    let digit = u32::from(byte - b'0');
                    let count = self.head.count.saturating_mul(10);
                    self.head.count = count.saturating_add(digit);
                    self.scanned += 1;
                    self.at = At::Digits;
                }
                At::Digits if byte == b',' => {
                    let coding = self.coding(line, dialect);
                    let limit = dialect.data_lines().get(self.head.layout);
                    let limit = limit.map_or(0, |layout| layout.limit);
                    let Some(len) = coding.len_on_line(self.head.count, limit) else {
                        return Found::Violation(Violation::Count);
                    };
                    self.scanned += 1;
                    self.head.len = len;
                    self.head.data = self.scanned;
                    self.at = At::Counted;
                }
                At::Count | At::Digits if D::LENIENT => self.at = At::Plain,
                At::Count | At::Digits => {
                    let quotes = self.at == At::Count && byte == b'"';
                    self.coding(line, dialect);
                    self.head.quotes = quotes;
                    self.head.data = self.head.close + 2;
                    if quotes {
                        self.scanned += 1;
                        self.head.data = self.scanned;
                    }
                    self.at = At::Open;
                }
                At::Counted => {
                    if byte == b'"' {
                        self.head.quotes = true;
                        self.head.data += 1;
                        self.scanned += 1;
                    }
                    self.at = At::Data;
                    return self.walk_data(line);
                }
                At::Data => return self.walk_data(line),
                At::Open | At::Plain => {
                    let end = if self.at == At::Plain { D::END } else { b'\n' };
                    let rest = line.get(self.scanned..).unwrap_or_default();
                    let Some(at) = scan::byte(rest, end) else {
                        self.scanned = line.len();
                        return Found::Nothing;
                    };
                    self.scanned += at + 1;
                    if self.at == At::Plain {
                        return Found::Line;
                    }
                    // Data without a count: in quotes it ends at the first quote before a line
                    // end, bare at the line end.
                    let data = line.get(self.head.data..self.scanned - 1);
                    let data = trim_cr(data.unwrap_or_default());
                    let quotes = usize::from(self.head.quotes);
                    if quotes == 0 || data.ends_with(b"\"") {
                        self.head.len = data.len() - quotes;
                        return Found::Data { counted: false };
                    }
                }
                // Never here: it has been skipped.
                At::Tossing => return Found::Nothing,
            }
        }
    }

    /// Moves `scanned` to the first `wanted`, control character or byte below `floor`, and gives
    /// it; without one, past all of `line`.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn seek(&mut self, line: &[u8], wanted: u8, floor: u8) -> Option<u8> {
        let rest = line.get(self.scanned..).unwrap_or_default();
        let stop = scan::control_or(rest, wanted, floor);
        self.scanned += stop.unwrap_or(rest.len());
        stop.and_then(|at| rest.get(at)).copied()
    }

    /// Counted data: passes over it, then checks that the line ends there.
    fn walk_data(&mut self, line: &[u8]) -> Found {
        let head = &self.head;
        // Saturates only where `usize` is narrow and the limit absurd; no buffer is that long.
        let end = head.data.saturating_add(head.len);
        let text = head.coding == Coding::Text;
        if !text {
            let seen = line.get(self.scanned..end.min(line.len()));
            if let Some(at) = scan::not_hex(seen.unwrap_or_default()) {
                self.scanned += at;
                return Found::Violation(Violation::NotHex);
            }
        }
        let Some(rest) = line.get(end..) else {
            self.scanned = line.len();
            if text {
                self.needed = end + 1;
            }
            return Found::Nothing;
        };
        let trailer = match head.quotes {
            true => D::QUOTED_END,
            false => D::BARE_END,
        };
        let matching = rest.iter().zip(trailer).take_while(|(a, b)| a == b).count();
        self.scanned = end + matching;
        if matching == trailer.len() {
            return Found::Data { counted: true };
        }
        if matching < rest.len() {
            return Found::Violation(Violation::Trailer);
        }
        self.scanned = end;
        Found::Nothing
    }

    pub(super) fn data_line<'s>(
        &self,
        line: &'s [u8],
        dialect: &impl Dialect,
        counted: bool,
    ) -> DataLine<'s> {
        let head = &self.head;
        let layout = dialect.data_lines().get(head.layout);
        let data = line.get(head.data..);
        DataLine {
            name: layout.map_or("", |layout| layout.name),
            plain: self.plain(line),
            quoted: line.get(head.open..head.close).unwrap_or_default(),
            count: counted.then_some(head.count),
            data: data
                .and_then(|data| data.get(..head.len))
                .unwrap_or_default(),
            coding: head.coding,
        }
    }

    fn coding(&mut self, line: &[u8], dialect: &impl Dialect) -> Coding {
        self.head.coding = dialect.coding(&self.plain(line));
        self.head.coding
    }

    /// The plain fields: everything before the comma and the opening quote.
    fn plain<'s>(&self, line: &'s [u8]) -> Plain<'s> {
        let fields = line.get(self.head.plain..self.head.end);
        Plain::new(scan::trim_start(fields.unwrap_or_default()))
    }
}
