//! Text in rows of a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Blanks and `text` behind them, together `width` columns.
pub(super) fn to_the_right(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(columns(text));
    format!("{:gap$}{text}", "")
}

/// `text` in rows of at most `width` columns, at a blank where there is one in the last third of
/// the row. No row for no text.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut rows = Vec::new();
    let mut rest = text;
    while columns(rest) > width {
        let mut used = 0;
        let fits = rest.char_indices().find(|(_, char)| {
            used += char.width().unwrap_or(0);
            used > width
        });
        let end = fits.map_or(rest.len(), |(at, _)| at);
        let (row, _) = rest.split_at(end);
        let blank = row.rfind(' ').map(|at| at + 1);
        let end = blank
            .filter(|&at| columns(&row[..at]) * 3 >= width * 2)
            .unwrap_or(end);
        let (row, after) = rest.split_at(end);
        rows.push(row.trim_end().to_owned());
        rest = after;
    }
    if !rest.is_empty() {
        rows.push(rest.to_owned());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_at_late_blanks_and_hold_wide_characters_whole() {
        assert_eq!(wrapped("", 10), Vec::<String>::new());
        assert_eq!(wrapped("0123456789", 10), ["0123456789"]);
        assert_eq!(wrapped("0123456 89abc", 10), ["0123456", "89abc"]);
        assert_eq!(wrapped("01 3456789abc", 10), ["01 3456789", "abc"]);
        assert_eq!(wrapped("温度湿度", 5), ["温度", "湿度"]);
        assert_eq!(wrapped("温度", 1), ["温", "度"]);
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        assert_eq!(to_the_right("温度", 6), "  温度");
        assert_eq!(to_the_right("text", 2), "text");
    }
}
