//! What a host under test made use of, as text and as JUnit XML.

use core::fmt::Write;

use qmt_modem::{Answers, Usage};

use super::done::Condition;

/// Everything the reports tell.
pub(super) struct Report<'a> {
    /// Over all modules.
    pub(super) usage: &'a Usage,
    /// Faults by name, with how often each was met.
    pub(super) faults: &'a [(String, u64)],
    /// What was waited for, and whether it came.
    pub(super) conditions: &'a [(Condition, bool)],
}

/// One row of a report.
struct Row {
    name: String,
    state: State,
}

enum State {
    Used(String),
    /// Used, and never with success.
    Failed(String),
    Unused,
}

impl Report<'_> {
    /// For people: what was used is marked, what was not stands beside it.
    pub(super) fn text(&self) -> String {
        let (usage, mut text) = (self.usage, String::new());
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} of {} command forms answered OK, {} of {} codes shown, {} faults met",
            usage.covered(),
            Usage::FORMS.len(),
            Usage::CODES
                .iter()
                .filter(|code| usage.code(code) > 0)
                .count(),
            Usage::CODES.len(),
            self.faults.iter().filter(|(_, count)| *count > 0).count(),
        );
        for (title, rows) in self.suites() {
            let _ = writeln!(text, "\n{title}");
            for Row { name, state } in rows {
                let _ = match state {
                    State::Used(how) => writeln!(text, "  x  {name:<32} {how}"),
                    State::Failed(how) => writeln!(text, "  !  {name:<32} {how}"),
                    State::Unused => writeln!(text, "     {name}"),
                };
            }
        }
        text
    }

    /// For CI: a test case for every row. What was not used is skipped, what was used without
    /// success has failed, and so has a condition that did not come true.
    pub(super) fn junit(&self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"qmt modem\">\n",
        );
        for (title, rows) in self.suites() {
            let count =
                |which: fn(&State) -> bool| rows.iter().filter(|row| which(&row.state)).count();
            let failures = count(|state| matches!(state, State::Failed(_)));
            let skipped = count(|state| matches!(state, State::Unused));
            let _ = writeln!(
                xml,
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\">",
                escaped(title),
                rows.len()
            );
            for Row { name, state } in &rows {
                let case = format!(
                    "<testcase classname=\"qmt-modem.{}\" name=\"{}\"",
                    escaped(title).replace(' ', "-"),
                    escaped(name)
                );
                let _ = match state {
                    State::Used(_) => writeln!(xml, "    {case}/>"),
                    State::Failed(how) => writeln!(
                        xml,
                        "    {case}><failure message=\"{}\"/></testcase>",
                        escaped(how)
                    ),
                    State::Unused => {
                        writeln!(xml, "    {case}><skipped message=\"not used\"/></testcase>")
                    }
                };
            }
            xml.push_str("  </testsuite>\n");
        }
        xml.push_str("</testsuites>\n");
        xml
    }

    /// The tables; one without rows is left out.
    fn suites(&self) -> Vec<(&'static str, Vec<Row>)> {
        let usage = self.usage;
        let forms = Usage::FORMS
            .iter()
            .map(|form| form_row(form, usage.form(form)));
        let others = usage
            .forms()
            .filter(|(form, _)| !Usage::FORMS.contains(form));
        let codes = Usage::CODES
            .iter()
            .map(|code| code_row(code, usage.code(code)));
        let more = usage
            .codes()
            .filter(|(code, _)| !Usage::CODES.contains(code));
        let faults = self
            .faults
            .iter()
            .map(|(name, count)| code_row(name, *count));
        let conditions = self.conditions.iter().map(|(condition, met)| Row {
            name: condition.to_string(),
            state: match met {
                true => State::Used("came true".to_owned()),
                false => State::Failed(condition.shortfall(usage)),
            },
        });
        let suites = vec![
            ("command forms", forms.collect::<Vec<_>>()),
            (
                "other commands",
                others
                    .map(|(form, answers)| form_row(form, answers))
                    .collect(),
            ),
            ("codes", codes.collect()),
            (
                "other codes",
                more.map(|(code, count)| code_row(code, count)).collect(),
            ),
            ("faults", faults.collect()),
            ("conditions", conditions.collect()),
        ];
        suites
            .into_iter()
            .filter(|(_, rows)| !rows.is_empty())
            .collect()
    }
}

fn form_row(name: &str, Answers { ok, failed }: Answers) -> Row {
    let state = match (ok, failed) {
        (0, 0) => State::Unused,
        (0, failed) => State::Failed(format!("ERROR {failed}, never OK")),
        (ok, 0) => State::Used(format!("OK {ok}")),
        (ok, failed) => State::Used(format!("OK {ok}, ERROR {failed}")),
    };
    let name = name.to_owned();
    Row { name, state }
}

fn code_row(name: &str, count: u64) -> Row {
    let state = match count {
        0 => State::Unused,
        count => State::Used(count.to_string()),
    };
    let name = name.to_owned();
    Row { name, state }
}

/// Text inside an XML attribute. Names come from hosts: what XML cannot hold becomes a question
/// mark.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            char if char.is_control() => out.push('?'),
            char => out.push(char),
        }
    }
    out
}
