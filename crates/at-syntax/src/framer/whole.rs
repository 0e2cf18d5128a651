//! Frames that have arrived in one piece, as nearly all do.
//!
//! The states of `head` take any line, from any byte on. This takes the usual forms from left to
//! right at once, at a third of their cost, and leaves everything unusual or unfinished to them.

use super::{At, Cut, DataLine, Direction, Frame, Framer, Plain, trim_cr};
use crate::{Coding, DataLayout, Dialect, number, scan};

impl<D: Direction> Framer<D> {
    /// The first frame of `stream`.
    ///
    /// Only tells the kinds apart, so that it costs little at its caller; a line with data and a
    /// plain one are functions of their own, because each would pay for what the other keeps at
    /// hand.
    #[inline]
    pub(super) fn look<'s>(&mut self, stream: &'s [u8], dialect: &impl Dialect) -> Cut<'s> {
        if self.at != At::Start {
            return self.go_on(stream, dialect);
        }
        let line = stream.strip_prefix(b"\r\n").unwrap_or(stream);
        let offset = |rest: &[u8]| stream.len() - rest.len();
        match line.first() {
            None | Some(b'\r' | b'\n') => self.go_on(stream, dialect),
            Some(b'>') if dialect.prompt_armed() => self.go_on(stream, dialect),
            Some(first) => {
                if D::begins(*first)
                    && let Some((layout, rest)) = data_name::<D>(line, dialect)
                {
                    return self.look_at_data(stream, offset(rest), layout, dialect);
                }
                self.look_at_line(stream, offset(line), dialect)
            }
        }
    }

    /// As [`look`](Self::look), where what follows the name of a data line begins `at`.
    #[inline(never)]
    fn look_at_data<'s>(
        &mut self,
        stream: &'s [u8],
        at: usize,
        layout: &DataLayout,
        dialect: &impl Dialect,
    ) -> Cut<'s> {
        let line = stream.get(at..);
        match line.and_then(|rest| data_line::<D>(rest, layout, dialect)) {
            Some((line, rest)) => Cut::of(Frame::Data(line), stream.len() - rest.len()),
            None => self.go_on(stream, dialect),
        }
    }

    /// As [`look`](Self::look), where a plain line begins `at`.
    #[inline(never)]
    fn look_at_line<'s>(&mut self, stream: &'s [u8], at: usize, dialect: &impl Dialect) -> Cut<'s> {
        match stream.get(at..).and_then(plain_line::<D>) {
            Some((text, rest)) => Cut::of(Frame::Line(text), stream.len() - rest.len()),
            None => self.go_on(stream, dialect),
        }
    }
}

/// Which data line `line` is by its name, and what follows the name.
#[inline(always)]
fn data_name<'s, 'd, D: Direction>(
    line: &'s [u8],
    dialect: &'d impl Dialect,
) -> Option<(&'d DataLayout, &'s [u8])> {
    let (prefix, body) = line.split_at_checked(D::PREFIX.len())?;
    // Of a response, the first byte is all of the prefix.
    if D::PREFIX.len() > 1 && !D::same(prefix, D::PREFIX) {
        return None;
    }
    dialect.data_lines().iter().find_map(|layout| {
        let (name, rest) = body.split_at_checked(layout.name.len())?;
        D::same(name, layout.name).then_some((layout, rest))
    })
}

/// The text of the plain line that `line` begins with, and what follows its end.
#[inline(always)]
fn plain_line<D: Direction>(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (text, rest) = line.split_at_checked(scan::outside::<b' '>(line)?)?;
    if let Some(rest) = rest.strip_prefix(D::BARE_END) {
        return Some((text, rest));
    }
    let (text, rest) = line.split_at_checked(scan::byte(line, D::END)?)?;
    Some((trim_cr(text), rest.get(1..)?))
}

/// The data line of which `rest` follows the name, and what follows the line.
#[inline(always)]
fn data_line<'s, D: Direction>(
    rest: &'s [u8],
    layout: &DataLayout,
    dialect: &impl Dialect,
) -> Option<(DataLine<'s>, &'s [u8])> {
    let fields = match rest {
        [separator, b' ', fields @ ..] if *separator == D::SEPARATOR => fields,
        [separator, fields @ ..] if *separator == D::SEPARATOR => fields,
        _ => return None,
    };
    let (plain, rest) = Plain::leading(fields, layout.plain)?;
    let (quoted, rest) = quoted(rest.strip_prefix(b"\"")?)?;
    let (count, rest) = number::before_comma(rest)?;
    let rest = rest.strip_prefix(b"\"")?;
    let coding = dialect.coding(&plain);
    let len = coding.len_on_line(count, layout.limit)?;
    let (data, rest) = rest.split_at_checked(len)?;
    let rest = rest.strip_prefix(D::QUOTED_END)?;
    if coding != Coding::Text && scan::not_hex(data).is_some() {
        return None;
    }
    let line = DataLine {
        name: layout.name,
        plain,
        quoted,
        count: Some(count),
        data,
        coding,
    };
    Some((line, rest))
}

/// What stands before the first `",` in `bytes`, and what follows it.
#[inline(always)]
fn quoted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let close = scan::outside::<b'#'>(bytes)?;
    if let (quoted, [b'"', b',', rest @ ..]) = bytes.split_at_checked(close)? {
        return Some((quoted, rest));
    }
    match bytes.split_at_checked(scan::quoted(bytes)?)? {
        (quoted, [b'"', b',', rest @ ..]) => Some((quoted, rest)),
        _ => None,
    }
}
