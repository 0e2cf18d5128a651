//! What a line of the module says, with its meaning.

use unicode_width::UnicodeWidthStr;

use crate::decode::{Cutter, Explainer, Tape, escaped};
use crate::lang::tr;

/// Width of the column that meanings stand behind.
const COLUMN: usize = 32;

/// Explains lines in their order.
#[derive(Debug)]
pub(super) struct Reader {
    plain: bool,
    explainer: Explainer,
}

impl Reader {
    pub(super) fn new(plain: bool, show_secrets: bool) -> Self {
        Self {
            plain,
            explainer: Explainer::masking(!show_secrets),
        }
    }

    /// The host sends a command.
    pub(super) fn asked(&mut self, line: &[u8]) {
        self.explainer.context.command(line);
    }

    /// A line of the module, without its line end, for the screen.
    pub(super) fn line(&mut self, line: &[u8]) -> String {
        let mut tape = Tape::default();
        tape.push(line);
        tape.push(b"\r\n");
        tape.end();
        let piece = Cutter::default().next(&mut tape, &self.explainer.context);
        let Some(piece) = piece else {
            return escaped(line);
        };
        let frame = self.explainer.explain(piece);
        let text = escaped(&frame.bytes);
        if self.plain || frame.meaning.is_empty() || frame.meaning == tr("text") {
            return text;
        }
        let width = COLUMN.saturating_sub(text.width());
        let mut shown = format!("{text}{:width$}  # {}", "", frame.meaning);
        if let Some(remedy) = frame.remedy {
            shown.push_str(&format!("{}{remedy}", tr("; ")));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_with_its_meaning_and_without_its_secret() {
        let mut reader = Reader::new(false, false);
        reader.asked(b"AT+QMTCFG=\"aliauth\",0");
        let shown = reader.line(b"+QMTCFG: \"pk\",\"dn\",\"topsecret\"");
        assert!(
            shown.starts_with("+QMTCFG: \"pk\",\"dn\",\"***\""),
            "{shown}"
        );
        let shown = reader.line(b"+QMTSTAT: 0,1");
        assert!(shown.contains("  # link 0: lost, "), "{shown}");
        let mut plain = Reader::new(true, true);
        assert_eq!(plain.line(b"+QMTSTAT: 0,1"), "+QMTSTAT: 0,1");
    }
}
