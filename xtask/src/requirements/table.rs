//! The rows of `docs/requirements.txt`.

use crate::failure::Failure;

/// Everything the note asks for.
#[derive(Debug)]
pub(super) struct Table {
    /// Sections in order: number and title.
    pub(super) sections: Vec<(String, String)>,
    /// Rows in order.
    pub(super) rows: Vec<Row>,
}

/// One thing the note asks for.
#[derive(Debug)]
pub(super) struct Row {
    /// Number of its section.
    pub(super) section: String,
    /// What names it inside its section.
    pub(super) tag: String,
    /// Whether it must be cited in each column.
    pub(super) columns: [bool; Column::ALL.len()],
    /// What it says.
    pub(super) text: String,
    /// Line of the table.
    pub(super) line: usize,
}

/// Where a row is cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Parse,
    Emit,
    Session,
    Modem,
    Test,
}

impl Column {
    pub(super) const ALL: [Self; 5] = [
        Self::Parse,
        Self::Emit,
        Self::Session,
        Self::Modem,
        Self::Test,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Emit => "emit",
            Self::Session => "session",
            Self::Modem => "modem",
            Self::Test => "a test",
        }
    }

    /// The letter of the column in the table; a test is always wanted.
    const fn letter(self) -> Option<char> {
        match self {
            Self::Parse => Some('p'),
            Self::Emit => Some('e'),
            Self::Session => Some('s'),
            Self::Modem => Some('m'),
            Self::Test => None,
        }
    }
}

impl Row {
    /// As it is cited.
    pub(super) fn name(&self) -> String {
        format!("§{} {}", self.section, self.tag)
    }
}

impl Table {
    /// Reads the table: `#` remarks, `§<number> <title>`, `<tag> | <columns> | <text>`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut table = Self {
            sections: Vec::new(),
            rows: Vec::new(),
        };
        for (line, number) in text.lines().zip(1..) {
            let wrong = |what| Failure::new(format!("{}:{number}: {what}", super::TABLE));
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(section) = line.strip_prefix('§') {
                let (number, title) = section.split_once(' ').ok_or_else(|| wrong("no title"))?;
                table.sections.push((number.to_owned(), title.to_owned()));
                continue;
            }
            let (section, _) = table.sections.last().ok_or_else(|| wrong("no section"))?;
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let &[tag, letters, text] = parts.as_slice() else {
                return Err(wrong("not `tag | columns | text`"));
            };
            if letters.chars().any(|letter| !"pesm".contains(letter)) {
                return Err(wrong("columns are letters of `pesm`"));
            }
            if table.find(section, tag).is_some() {
                return Err(wrong("a second row of that name"));
            }
            table.rows.push(Row {
                section: section.clone(),
                tag: tag.to_owned(),
                columns: Column::ALL.map(|column| {
                    column
                        .letter()
                        .is_none_or(|letter| letters.contains(letter))
                }),
                text: text.to_owned(),
                line: number,
            });
        }
        Ok(table)
    }

    pub(super) fn has_section(&self, number: &str) -> bool {
        self.sections.iter().any(|(known, _)| known == number)
    }

    /// The row called `tag` in a section.
    pub(super) fn find(&self, section: &str, tag: &str) -> Option<usize> {
        self.rows
            .iter()
            .position(|row| row.section == section && row.tag == tag)
    }

    /// The rows that the start of `text` names in a section, and how much of it does.
    ///
    /// A value names its parameter too: `<result> -1..=5`. The name of an option, in quotes, stands
    /// for all its rows.
    pub(super) fn named(&self, section: &str, text: &str) -> Option<(Vec<usize>, usize)> {
        if let Some(named) = self.values(section, text) {
            return Some(named);
        }
        let mut best: Option<(Vec<usize>, usize)> = None;
        for (at, row) in self.rows.iter().enumerate() {
            if row.section != section {
                continue;
            }
            let option = row
                .tag
                .starts_with('"')
                .then(|| row.tag.split_inclusive('"').take(2).map(str::len).sum());
            for len in [Some(row.tag.len()), option].into_iter().flatten() {
                let (Some(tag), Some(rest)) = (row.tag.get(..len), text.get(len..)) else {
                    continue;
                };
                let ends = !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')
                    && !rest.starts_with("..=");
                if !text.starts_with(tag) || !ends {
                    continue;
                }
                match &mut best {
                    Some((rows, longest)) if *longest == len => rows.push(at),
                    Some((_, longest)) if *longest > len => {}
                    _ => best = Some((vec![at], len)),
                }
            }
        }
        best
    }

    /// The rows of `<parameter> 1` or `<parameter> 1..=4`, if there is one for each value.
    fn values(&self, section: &str, text: &str) -> Option<(Vec<usize>, usize)> {
        let (parameter, rest) = text.split_at(text.strip_prefix('<')?.find('>')? + 2);
        let digits = |text: &str| {
            let sign = usize::from(text.starts_with('-'));
            let digits = text.get(sign..)?;
            let len = sign + digits.len()
                - digits
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .len();
            Some((text.get(..len)?.parse::<i64>().ok()?, len))
        };
        let rest = rest.strip_prefix(' ')?;
        let (first, mut len) = digits(rest)?;
        let mut last = first;
        if let Some(end) = rest.get(len..)?.strip_prefix("..=") {
            let (value, digits) = digits(end)?;
            last = value;
            len += "..=".len() + digits;
        }
        let mut rows: Vec<usize> = self.find(section, parameter).into_iter().collect();
        for value in first..=last {
            rows.push(self.find(section, &format!("{parameter} {value}"))?);
        }
        Some((rows, parameter.len() + 1 + len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "# remark\n§3 Three\n\"a\" write | p | x\n\"a\" query | | x\n\"ab\" query | | x\n\
        <r> | | x\n<r> -1 | | x\n<r> 0 | | x\n<r> more | | x\nnote 1 | | x\nnote 10 | | x\n";

    fn named(text: &str) -> Option<(Vec<usize>, usize)> {
        Table::parse(ROWS).unwrap().named("3", text)
    }

    #[test]
    fn the_longest_name_counts_and_words_end() {
        assert_eq!(named("note 1: x"), Some((vec![7], 6)));
        assert_eq!(named("note 10"), Some((vec![8], 7)));
        assert_eq!(named("note 11"), None);
        assert_eq!(named("<r> more"), Some((vec![6], 8)));
    }

    #[test]
    fn values_are_named_in_ranges_with_their_parameter() {
        assert_eq!(named("<r>)"), Some((vec![3], 3)));
        assert_eq!(named("<r> 0."), Some((vec![3, 5], 5)));
        assert_eq!(named("<r> -1..=0, x"), Some((vec![3, 4, 5], 10)));
        assert_eq!(named("<r> -1..=1"), Some((vec![3], 3)));
        assert_eq!(named("<q> 1"), None);
    }

    #[test]
    fn an_option_names_its_forms() {
        assert_eq!(named("\"a\" write"), Some((vec![0], 9)));
        assert_eq!(named("\"a\")"), Some((vec![0, 1], 3)));
        assert_eq!(named("\"ab\""), Some((vec![2], 4)));
    }

    #[test]
    fn a_table_is_refused_where_it_is_wrong() {
        for bad in [
            "x | p | y",
            "§1 A\nx | p",
            "§1 A\nx | q | y",
            "§1 A\nx | | y\nx | | z",
            "§1",
        ] {
            assert!(Table::parse(bad).is_err(), "{bad}");
        }
    }
}
