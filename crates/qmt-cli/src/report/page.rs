//! The page: one HTML file that needs nothing else, no script, no network.

use core::fmt::Write;
use core::time::Duration;

use qmt_proto::LinkId;

use super::analysis::{Analysis, Row};
use super::latency::{LIMITS, Times, words};
use crate::format::iso_time;
use crate::lang::{tag, tr};
use crate::links::State;
use crate::trace::Direction;

const STYLE: &str = include_str!("style.css");
/// A pause longer than this is shown between the rows.
const PAUSE_US: u64 = 1_000_000;

/// So many times are worth a histogram.
const MANY: usize = 5;

/// Text with what HTML would take for its own.
struct Text<'a>(&'a str);

impl core::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            char => f.write_char(char),
        })
    }
}

/// The whole page; of the dialogue at most `rows` rows.
pub(super) fn page(analysis: &Analysis, rows: usize) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, analysis, rows);
    page
}

fn write_page(out: &mut String, analysis: &Analysis, rows: usize) -> core::fmt::Result {
    let title = match analysis.title.as_str() {
        "" => &tr("a recording"),
        title => title,
    };
    let (title, tag) = (Text(title), tag());
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - qmt report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n"
    )?;
    let took = words(analysis.duration_us);
    let whole = match analysis.started_ms {
        0 => format!("{took} of dialogue"),
        ms => {
            let start = iso_time(Duration::from_millis(ms)).replace('T', " ");
            format!("{took} of dialogue, from {start} UTC")
        }
    };
    writeln!(out, "<p class=\"soft\">{}</p>", tr(&whole))?;
    facts(out, analysis)?;
    failures(out, analysis)?;
    links(out, analysis)?;
    times(out, analysis)?;
    talk(out, &analysis.rows, rows)?;
    out.write_str("</body>\n</html>\n")
}

fn facts(out: &mut String, analysis: &Analysis) -> core::fmt::Result {
    let [from_host, from_module] = analysis.bytes;
    out.write_str("<ul class=\"facts\">\n")?;
    for (count, what) in [
        (analysis.commands, "commands"),
        (analysis.published, "publishes"),
        (analysis.received, "messages received"),
        (analysis.failures().count() as u64, "failures"),
        (from_host, "bytes from the host"),
        (from_module, "bytes from the module"),
    ] {
        writeln!(out, "<li><b>{count}</b>{}</li>", tr(what))?;
    }
    out.write_str("</ul>\n")
}

fn failures(out: &mut String, analysis: &Analysis) -> core::fmt::Result {
    writeln!(out, "<h2>{}</h2>", tr("Failures, explained"))?;
    let mut any = false;
    for row in analysis.failures() {
        any = true;
        let (at, text) = (seconds(row.at_us), Text(&row.text));
        write!(
            out,
            "<div class=\"failure\"><span class=\"soft\">{at} s</span> "
        )?;
        if let Some(command) = &row.command {
            write!(out, "<code class=\"text\">{}</code>", Text(command))?;
        }
        write!(out, "<code class=\"text\"><b>{text}</b></code>")?;
        if !row.meaning.is_empty() {
            write!(out, "<p>{}</p>", Text(&row.meaning))?;
        }
        if let Some(damage) = &row.damage {
            let damaged = format!("Damaged: {damage}");
            write!(out, "<p>{}</p>", Text(&tr(&damaged)))?;
        }
        if let Some(remedy) = row.remedy {
            let (to_do, remedy) = (tr("What to do:"), Text(remedy));
            write!(out, "<p><b>{to_do}</b> {remedy}</p>")?;
        }
        if let Some(section) = row.section {
            write!(out, "<p class=\"soft\">{}</p>", Text(section))?;
        }
        out.write_str("</div>\n")?;
    }
    if !any {
        let none = tr("None: every command was taken, and nothing was reported lost.");
        writeln!(out, "<p>{none}</p>")?;
    }
    Ok(())
}

fn links(out: &mut String, analysis: &Analysis) -> core::fmt::Result {
    writeln!(out, "<h2>{}</h2>", tr("Links over time"))?;
    let used: Vec<_> = LinkId::ALL
        .into_iter()
        .filter(|link| !analysis.links.spans(*link).is_empty())
        .collect();
    if used.is_empty() {
        return writeln!(out, "<p>{}</p>", tr("No link was used."));
    }
    let whole = analysis.duration_us.max(1);
    // Of 1000: enough for any screen, and exact numbers in the title of each span.
    let place = |us: u64| us.saturating_mul(1_000) as f64 / whole as f64;
    out.write_str("<div class=\"links\">\n")?;
    for link in used {
        let spans = analysis.links.spans(link);
        let (name, states) = (format!("link {link}"), format!("states of link {link}"));
        let (name, states) = (tr(&name), tr(&states));
        write!(
            out,
            "<div>{name}</div><div><svg viewBox=\"0 0 1000 10\" \
             preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{states}\">"
        )?;
        for (index, span) in spans.iter().enumerate() {
            let end = spans.get(index + 1).map_or(whole, |next| next.from_us);
            let (x, name) = (place(span.from_us), span.state.name());
            // A state that was left at once is still seen.
            let width = (place(end) - x).max(1.5);
            let (from, to) = (seconds(span.from_us), seconds(end));
            let when = format!("{name} from {from} s to {to} s");
            write!(
                out,
                "<rect x=\"{x:.1}\" y=\"0\" width=\"{width:.1}\" height=\"10\" class=\"{name}\">\
                 <title>{}</title></rect>",
                tr(&when),
            )?;
        }
        out.write_str("</svg></div>\n")?;
    }
    write!(
        out,
        "<div></div><div class=\"axis\"><span>0</span><span>{}</span><span>{}</span></div>\n</div>\n",
        words(whole / 2),
        words(whole),
    )?;
    out.write_str("<div class=\"key\">")?;
    for state in State::ALL {
        let name = state.name();
        write!(out, "<span><i class=\"{name}\"></i>{}</span>", tr(name))?;
    }
    out.write_str("</div>\n")
}

fn times(out: &mut String, analysis: &Analysis) -> core::fmt::Result {
    let heading = tr("How long things took");
    let key = "AT+.. is a command until its OK or ERROR, +.. until the result that follows it.";
    let key = tr(key);
    writeln!(
        out,
        "<h2>{heading}</h2>\n<p class=\"soft\">{key}</p>\n<div class=\"times\">"
    )?;
    let (many, few): (Vec<_>, Vec<_>) = analysis
        .latencies
        .iter()
        .partition(|(_, times)| times.count() >= MANY);
    for (name, times) in many {
        histogram(out, name, times)?;
    }
    out.write_str("</div>\n")?;
    if few.is_empty() {
        return Ok(());
    }
    out.write_str("<ul class=\"few\">\n")?;
    for (name, times) in few {
        let (name, count) = (Text(name), times.count());
        let longest = words(times.percentile(100));
        match count {
            1 => writeln!(out, "<li><code>{name}</code> {longest}</li>")?,
            _ => {
                let (comma, longest) = (tr(", "), format!("longest {longest}"));
                let longest = tr(&longest);
                writeln!(
                    out,
                    "<li><code>{name}</code> &times; {count}{comma}{longest}</li>"
                )?;
            }
        }
    }
    out.write_str("</ul>\n")
}

fn histogram(out: &mut String, name: &str, times: &Times) -> core::fmt::Result {
    let classes = times.classes();
    let highest = classes.iter().copied().max().unwrap_or_default().max(1);
    let [median, most, longest] = [50, 95, 100].map(|percent| words(times.percentile(percent)));
    let spread = format!("median {median}, 95 % within {most}, longest {longest}");
    write!(
        out,
        "<figure><figcaption><code>{}</code> &times; {}<br><span class=\"soft\">{}</span>\
         </figcaption><div class=\"bars\">",
        Text(name),
        times.count(),
        tr(&spread),
    )?;
    for (class, count) in classes.iter().enumerate() {
        let limit = match LIMITS.get(class) {
            Some(limit) => format!("up to {}", words(*limit)),
            None => "longer".to_owned(),
        };
        let percent = match count {
            0 => 0,
            count => (count * 100 / highest).max(4),
        };
        write!(
            out,
            "<i style=\"height:{percent}%\" title=\"{count} {}\"></i>",
            tr(&limit),
        )?;
    }
    out.write_str(
        "</div><div class=\"ticks\"><span>1 ms</span><span>30 ms</span><span>1 s</span>\
         <span>30 s</span><span>5 min</span></div></figure>\n",
    )
}

fn talk(out: &mut String, rows: &[Row], most: usize) -> core::fmt::Result {
    let [heading, host, module] = ["Dialogue", "host", "module"].map(tr);
    write!(
        out,
        "<h2>{heading}</h2>\n<div class=\"ends\"><span>{host}</span><span>{module}</span></div>\n\
         <ol class=\"talk\">\n",
    )?;
    let (head, tail) = match rows.len() > most {
        true => (most / 2, rows.len() - (most - most / 2)),
        false => (rows.len(), rows.len()),
    };
    let mut last = None;
    for (index, row) in rows.iter().enumerate() {
        if (head..tail).contains(&index) {
            if index == head {
                let left = format!("{} rows left out", tail - head);
                gap(out, &left)?;
            }
            continue;
        }
        let pause = row.at_us.saturating_sub(last.unwrap_or(row.at_us));
        if pause > PAUSE_US {
            gap(out, &format!("{} later", words(pause)))?;
        }
        last = Some(row.at_us);
        talk_row(out, row)?;
    }
    out.write_str("</ol>\n")
}

fn gap(out: &mut String, words: &str) -> core::fmt::Result {
    let words = tr(words);
    writeln!(
        out,
        "<li><time></time><div class=\"gap\">{words}</div></li>"
    )
}

fn talk_row(out: &mut String, row: &Row) -> core::fmt::Result {
    let side = match row.direction {
        Direction::ToModule => "host",
        Direction::FromModule => "module",
    };
    let bad = if row.is_failure() { " bad" } else { "" };
    write!(
        out,
        "<li class=\"{side}{bad}\"><time>{}</time><div class=\"lane\"><code class=\"text\">{}</code>\
         <div class=\"arrow\"></div>",
        seconds(row.at_us),
        Text(&row.text),
    )?;
    if !row.meaning.is_empty() {
        write!(out, "<p class=\"soft\">{}</p>", Text(&row.meaning))?;
    }
    out.write_str("</div></li>\n")
}

fn seconds(us: u64) -> String {
    format!("{}.{:03}", us / 1_000_000, us / 1_000 % 1_000)
}
