//! Lines whose head has arrived in one piece, as nearly all do.
//!
//! The states of `head` take any line, from any byte on. This takes the usual form from left to
//! right at once, at a third of their cost, and leaves everything unusual to them.

use super::{At, Cut, DataLine, Direction, Frame, Framer, Head, Plain};
use crate::{Coding, Dialect, number, scan};

impl<D: Direction> Framer<D> {
    /// Takes `line`, of which only the first byte has been looked at: it begins the prefix.
    ///
    /// Without a frame, `at` and `scanned` say where to go on: in a plain line, in counted data,
    /// or at the beginning if anything is unusual or missing.
    #[inline]
    pub(super) fn walk_whole<'s>(
        &mut self,
        line: &'s [u8],
        dialect: &impl Dialect,
    ) -> Option<Cut<'s>> {
        let (prefix, rest) = line.split_at_checked(D::PREFIX.len())?;
        // Of a response, the first byte is all of the prefix.
        if D::PREFIX.len() > 1 && !prefix.eq_ignore_ascii_case(D::PREFIX) {
            return None;
        }
        let (name, rest) = rest.split_at_checked(scan::capitals(rest))?;
        let (&separator, rest) = rest.split_first()?;
        if separator != D::SEPARATOR {
            return None;
        }
        let Some(layout) = dialect.data_layout(name) else {
            self.at = At::Plain;
            self.scanned = line.len() - rest.len();
            return None;
        };
        let fields = match rest {
            [b' ', fields @ ..] => fields,
            fields => fields,
        };
        let (plain, rest) = Plain::leading(fields, layout.plain)?;
        let (quoted, rest) = quoted(rest.strip_prefix(b"\"")?)?;
        let (count, rest) = number::leading(rest)?;
        let rest = rest.strip_prefix(b",\"")?;
        let coding = dialect.coding(&plain);
        let len = coding.len_on_line(count, layout.limit)?;
        if let Some((data, after)) = rest.split_at_checked(len)
            && let Some(after) = after.strip_prefix(D::QUOTED_END)
            && (coding == Coding::Text || scan::not_hex(data).is_none())
        {
            let frame = Frame::Data(DataLine {
                name,
                plain,
                quoted,
                count: Some(count),
                data,
                coding,
            });
            return Some(Cut::of(frame, line.len() - after.len()));
        }
        let place = |part: &[u8]| line.len() - part.len();
        self.scanned = place(rest);
        self.at = At::Data;
        self.head = Head {
            layout,
            coding,
            name: D::PREFIX.len() + name.len(),
            plain: place(fields),
            open: place(fields) + plain.text.len() + 2,
            close: place(fields) + plain.text.len() + 2 + quoted.len(),
            count,
            data: self.scanned,
            len,
            quotes: true,
        };
        None
    }
}

/// What stands before the first `",` in `bytes`, and what follows it; `None` if there is none, or
/// a control character before it.
#[inline]
fn quoted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let close = from + scan::quote_or_control(bytes.get(from..)?)?;
        match bytes.split_at_checked(close)? {
            (quoted, [b'"', b',', rest @ ..]) => return Some((quoted, rest)),
            (_, [b'"', ..]) => from = close + 1,
            _ => return None,
        }
    }
}
