//! The plots of `docs/benchmarks`: peers side by side, the history of our counts, and whether a
//! long dialogue costs more than a short one.

use super::history::Entry;
use super::svg::{Svg, short};

/// A receiver in the table of peers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Peer {
    name: String,
    ours: bool,
    /// Whether it is right in every delivery; `None` where that is no question.
    right: Option<bool>,
    /// What of it was counted.
    counts: Vec<Option<f64>>,
}

/// What is drawn of the peers: the title and the column among the counts.
const PANELS: [(&str, usize); 3] = [
    ("W1, whole messages", 0),
    ("W3, 1460 bytes of payload", 3),
    ("W1, byte by byte", 7),
];

/// The tables of the page that are drawn.
const SCORES: &str = "## Hostile lines: W7";
const COUNTS: &str = "## Instructions per line";

/// What is drawn of the history.
const ROWS: [&str; 8] = [
    "W1 msg",
    "W2 msg",
    "W3 msg",
    "W1 1 B",
    "Publish100",
    "messages session",
    "QoS 1 session",
    "QoS 1 everything",
];

/// Receivers with counts, and whether they are right on W7, from two tables of the page.
pub(super) fn peers_of(page: &str) -> Vec<Peer> {
    let scores = table(page, SCORES);
    let peer = |(name, cells): (&str, Vec<&str>)| {
        let scores = scores.iter().find(|(known, _)| *known == name);
        Peer {
            name: name.trim_matches('*').to_owned(),
            ours: name.starts_with('*'),
            right: scores.map(|(_, cells)| cells.iter().all(|score| *score == "100")),
            counts: cells.iter().map(|cell| cell.parse().ok()).collect(),
        }
    };
    table(page, COUNTS).into_iter().map(peer).collect()
}

/// The rows of the table under a heading: name and other cells.
fn table<'p>(page: &'p str, heading: &str) -> Vec<(&'p str, Vec<&'p str>)> {
    let under = page.lines().skip_while(|line| *line != heading).skip(1);
    let under = under.take_while(|line| !line.starts_with("## "));
    let row = |line: &'p str| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let (name, cells) = line.split_once(" |")?;
        Some((name, cells.split('|').map(str::trim).collect()))
    };
    // The first row names the columns.
    under.filter_map(row).skip(1).collect()
}

/// Peers as dots on logarithmic axes, one panel for each workload; hollow where a receiver is wrong.
pub(super) fn peers(peers: &[Peer]) -> String {
    const LEFT: f64 = 150.0;
    const PANEL: f64 = 250.0;
    const ROW: f64 = 20.0;
    const TOP: f64 = 64.0;
    let width = LEFT + PANEL * PANELS.len() as f64;
    let height = TOP + ROW * peers.len() as f64 + 34.0;
    let mut svg = Svg::new(width, height, "Instructions per line of qmt and its peers");
    let y = |row: usize| TOP + ROW * row as f64 + ROW / 2.0;
    svg.text(
        (10.0, 20.0),
        "start",
        "title",
        "Instructions per line, fewer is better",
    );
    for (row, peer) in peers.iter().enumerate() {
        let class = if peer.ours { "ours" } else { "" };
        svg.text((LEFT - 10.0, y(row) + 4.0), "end", class, &peer.name);
    }
    for (panel, (title, column)) in PANELS.into_iter().enumerate() {
        let column = |peer: &Peer| {
            peer.counts
                .get(column)
                .copied()
                .flatten()
                .filter(|count| *count > 0.0)
        };
        let counts = peers.iter().filter_map(column);
        let (low, high) = decades(counts);
        let left = LEFT + PANEL * panel as f64;
        let room = PANEL - 70.0;
        let x = |count: f64| left + 8.0 + room * (count.log10() - low) / (high - low);
        svg.text((left, 44.0), "start", "title", title);
        for decade in low as i32..=high as i32 {
            let count = 10_f64.powi(decade);
            svg.rule((x(count), TOP), (x(count), height - 30.0));
            svg.text((x(count), height - 14.0), "middle", "small", round(count));
        }
        for (row, peer) in peers.iter().enumerate() {
            let Some(count) = column(peer) else { continue };
            let class = match peer {
                Peer { ours: true, .. } => "dot-ours",
                Peer {
                    right: Some(false), ..
                } => "dot-bad",
                _ => "dot-peer",
            };
            svg.dot((x(count), y(row)), class);
            svg.text(
                (x(count) + 8.0, y(row) + 4.0),
                "start",
                "small",
                short(count),
            );
        }
    }
    svg.dot((LEFT + 270.0, 16.0), "dot-bad");
    let legend = "loses, damages or forges messages of W7";
    svg.text((LEFT + 280.0, 20.0), "start", "", legend);
    svg.finish()
}

/// A power of ten.
fn round(count: f64) -> String {
    match count {
        1e6.. => format!("{:.0} M", count / 1e6),
        1e3.. => format!("{:.0} k", count / 1e3),
        _ => format!("{count:.0}"),
    }
}

/// Powers of ten around all counts.
fn decades(counts: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for count in counts {
        low = low.min(count.log10().floor());
        high = high.max(count.log10().ceil());
    }
    if low < high { (low, high) } else { (0.0, 1.0) }
}

/// One panel for each row: its count in every saved run of one toolchain, from zero.
pub(super) fn history(entries: &[&Entry]) -> String {
    const PANEL: (f64, f64) = (230.0, 130.0);
    const COLUMNS: usize = 4;
    let lines = ROWS.len().div_ceil(COLUMNS);
    let (width, height) = (PANEL.0 * COLUMNS as f64, PANEL.1 * lines as f64 + 50.0);
    let mut svg = Svg::new(width, height, "Instructions of every saved run");
    svg.text(
        (10.0, 20.0),
        "start",
        "title",
        "Instructions, every saved run, from zero",
    );
    for (panel, row) in ROWS.into_iter().enumerate() {
        let left = PANEL.0 * (panel % COLUMNS) as f64 + 14.0;
        let top = PANEL.1 * (panel / COLUMNS) as f64 + 40.0;
        let (right, bottom) = (left + PANEL.0 - 64.0, top + PANEL.1 - 28.0);
        let counts: Vec<f64> = entries
            .iter()
            .filter_map(|e| e.counts.get(row).copied())
            .collect();
        let high = counts.iter().fold(1.0, |high: f64, count| high.max(*count));
        let step = (right - left) / (counts.len().max(2) - 1) as f64;
        let point = |(at, count): (usize, &f64)| {
            (
                left + step * at as f64,
                bottom - (bottom - top - 22.0) * count / high,
            )
        };
        let points: Vec<(f64, f64)> = counts.iter().enumerate().map(point).collect();
        svg.text((left, top + 8.0), "start", "title", row);
        svg.rule((left, bottom), (right, bottom));
        svg.path(&points);
        for at in &points {
            svg.dot(*at, "dot-ours");
        }
        if let (Some((x, y)), Some(count)) = (points.last(), counts.last()) {
            svg.text((x + 8.0, y + 4.0), "start", "ours", short(*count));
        }
    }
    if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
        let span = format!(
            "{} ({}) to {} ({})",
            first.name, first.date, last.name, last.date
        );
        svg.text((14.0, height - 8.0), "start", "small", span);
    }
    svg.finish()
}

/// Instructions per publish in dialogues of 10, 100, 1000 and 10 000.
pub(super) fn linear(entry: &Entry) -> String {
    const LENGTHS: [(&str, &str); 4] = [
        ("10", "QoS 1 session, 10"),
        ("100", "QoS 1 session, 100"),
        ("1000", "QoS 1 session"),
        ("10 000", "QoS 1 session, 10000"),
    ];
    let (left, right, top, bottom) = (40.0, 430.0, 54.0, 190.0);
    let title = "Instructions per publish by the length of the dialogue";
    let mut svg = Svg::new(480.0, 230.0, title);
    svg.text((10.0, 20.0), "start", "title", title);
    let counts = LENGTHS.map(|(_, row)| entry.counts.get(row).copied().unwrap_or_default());
    let high = counts.iter().fold(1.0, |high: f64, count| high.max(*count));
    let x = |at: usize| left + (right - left) * at as f64 / (LENGTHS.len() - 1) as f64;
    let point = |(at, count): (usize, &f64)| (x(at), bottom - (bottom - top) * count / high);
    let points: Vec<(f64, f64)> = counts.iter().enumerate().map(point).collect();
    svg.rule((left, bottom), (right, bottom));
    svg.path(&points);
    for (((x, y), count), (length, _)) in points.iter().zip(counts).zip(LENGTHS) {
        svg.dot((*x, *y), "dot-ours");
        svg.text((*x, y - 10.0), "middle", "ours", short(count));
        svg.text((*x, bottom + 18.0), "middle", "small", length);
    }
    let axis = "publishes at QoS 1 through one session, from zero instructions";
    svg.text((left, bottom + 36.0), "start", "small", axis);
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
## Hostile lines: W7

| receiver | msg | 4096 B |
|---|---:|---:|
| **ours** | 100 | 100 |
| **ours, hex** | 100 | 100 |
| fast, wrong | 81.54 m3692 | 100 |

## Instructions per line

| receiver | W1 msg | W4 msg |
|---|---:|---:|
| **ours** | 500 | 400 |
| fast, wrong | 300 | |
| (memcpy) | 98 | 70 |

## Something else

| receiver | W1 msg |
|---|---:|
| **ours** | 1 |
";

    #[test]
    fn receivers_are_read_from_their_tables() {
        let peers = peers_of(PAGE);
        let names: Vec<&str> = peers.iter().map(|peer| peer.name.as_str()).collect();
        assert_eq!(names, ["ours", "fast, wrong", "(memcpy)"]);
        assert_eq!(peers[0].right, Some(true));
        assert_eq!(peers[1].right, Some(false));
        assert_eq!(peers[2].right, None);
        assert!(peers[0].ours && !peers[1].ours);
        assert_eq!(peers[0].counts, [Some(500.0), Some(400.0)]);
        assert_eq!(peers[1].counts, [Some(300.0), None]);
    }

    #[test]
    fn who_is_wrong_is_drawn_hollow() {
        let svg = peers(&peers_of(PAGE));
        // The second is the legend.
        assert_eq!(svg.matches("class=\"dot-bad\"").count(), 2);
        assert_eq!(svg.matches("class=\"dot-ours\"").count(), 1);
        assert_eq!([10.0, 1e4, 1e6].map(round), ["10", "10 k", "1 M"]);
    }

    #[test]
    fn a_history_of_one_run_is_drawn() {
        let entry = Entry {
            name: "first".into(),
            commit: "abc".into(),
            date: "2026-01-02".into(),
            toolchain: String::new(),
            counts: [("W1 msg".to_owned(), 500.0)].into(),
        };
        let svg = history(&[&entry]);
        assert!(svg.contains(">500</text>"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
