//! The page `docs/evidence.md`.

use core::fmt::{self, Write as _};

use super::gate::{Gate, Need};
use super::record::Record;

const HEAD: &str = "\
# Evidence

Written by `cargo xtask evidence` from [gates.txt](gates.txt), which says what is claimed, and
[evidence.jsonl](evidence.jsonl), which keeps what the commands have printed. `cargo xtask evidence
G2` runs one gate again. Figures of time are for the reader: no gate depends on them but where it
says so.

";

/// The whole page.
pub(super) fn render(gates: &[Gate], records: &[Record]) -> String {
    let mut page = HEAD.to_owned();
    page += "| gate | claim | reached | run |\n|---|---|---|---|\n";
    for gate in gates {
        let record = records.iter().find(|record| record.gate == gate.name);
        let short = gate.shortfalls(record.map(|record| &record.figures)).len();
        let reached = match (record, short) {
            (None, _) => "not run".to_owned(),
            (Some(_), 0) => "yes".to_owned(),
            (Some(_), short) => format!("{} of {}", gate.needs.len() - short, gate.needs.len()),
        };
        let run = record.map_or_else(String::new, |record| {
            format!("{}, `{}`", record.date, record.commit)
        });
        let Gate { name, what, .. } = gate;
        let row = format!(
            "| [{name}](#{}) | {what} | {reached} | {run} |\n",
            name.to_lowercase()
        );
        page += &row;
    }
    for gate in gates {
        let record = records.iter().find(|record| record.gate == gate.name);
        section(&mut page, gate, record);
    }
    page
}

fn section(page: &mut String, gate: &Gate, record: Option<&Record>) {
    let mut line = |text: fmt::Arguments<'_>| {
        // Infallible: it writes to a string.
        let _ = writeln!(page, "{text}");
    };
    line(format_args!("\n## {}\n\n{}\n", gate.name, gate.what));
    line(format_args!("```sh\n{}\n```\n", gate.commands.join("\n")));
    line(format_args!(
        "| figure | wanted | reached | |\n|---|---:|---:|---|"
    ));
    for need in &gate.needs {
        let value = record.and_then(|record| record.figures.get(&need.figure));
        let mark = match value {
            Some(value) if need.is_met(value) => "",
            _ => "**short**",
        };
        let (wanted, value) = (wanted(need), value.map_or_else(|| "–".to_owned(), grouped));
        line(format_args!(
            "| {} | {wanted} | {value} | {mark} |",
            need.figure
        ));
    }
    if !gate.why.is_empty() {
        line(format_args!("\nWhy: {}", gate.why));
    }
    if let Some(record) = record {
        let Record {
            date,
            commit,
            seconds,
            machine,
            said,
            ..
        } = record;
        line(format_args!(
            "\n{date}, `{commit}`, {seconds} s on {machine}.\n"
        ));
        line(format_args!("```text\n{}\n```", said.join("\n")));
    }
    if !gate.long.is_empty() {
        line(format_args!("\nWith days to spare: {}", gate.long));
    }
}

fn wanted(need: &Need) -> String {
    let text = need.to_string();
    let bound = text.split_whitespace().nth(1).unwrap_or_default();
    format!("{bound} {}", grouped(need.value))
}

/// A number with blanks between groups of three digits.
fn grouped(value: f64) -> String {
    let text = value.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    match rest {
        "" => grouped,
        rest => format!("{grouped}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        for (value, text) in [
            (7.0, "7"),
            (1000.0, "1 000"),
            (20_000_000.0, "20 000 000"),
            (5.25, "5.25"),
        ] {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn a_gate_that_was_not_run_is_short_of_everything() {
        let gate = Gate {
            name: "G1".to_owned(),
            needs: vec![Need {
                figure: "n".to_owned(),
                bound: crate::evidence::gate::Bound::AtLeast,
                value: 2000.0,
            }],
            ..Gate::default()
        };
        let page = render(&[gate], &[]);
        assert!(page.contains("| not run |"), "{page}");
        assert!(page.contains("| n | >= 2 000 | – | **short** |"), "{page}");
    }
}
