//! The screen: what the view shows of what was watched.
//!
//! Words and signs carry the meaning; of colours there is one, for what went wrong, since nobody
//! knows what stands on what in a user's terminal.

use core::time::Duration;
use std::io;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tokio::sync::mpsc;

use super::view::{Mode, QUICK, View, matching};
use super::watch::{Entry, Watch};
use super::wrap::{columns, to_the_right, wrapped};
use crate::error::CliError;
use crate::lang::{padded, tr, tr_static};
use crate::links::State;
use crate::trace::has_no_color;

/// Columns before the text of an entry: `   0.512 > `.
const MARGIN: usize = 12;
/// Rows above the log: title, links with their heading, counts.
const HEAD: u16 = 8;
/// Columns of the names of faults.
const FAULT_COLUMN: usize = 24;
/// Columns of a link's number, its state, and each of its counts.
const LINK: usize = 7;
const STATE: usize = 11;
const COUNT: usize = 10;
/// Windows that are lower have no links.
const LOW: u16 = 16;

/// The terminal as a whole, until this is dropped.
pub(super) struct Screen {
    terminal: DefaultTerminal,
    theme: Theme,
}

/// How what matters is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    bad: Style,
}

impl Theme {
    pub(super) fn new(has_colours: bool) -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        Self {
            bad: match has_colours {
                true => bold.fg(Color::Red),
                false => bold,
            },
        }
    }
}

impl Screen {
    /// Takes the terminal over; what happens to it goes to `events`.
    pub(super) fn open(events: mpsc::Sender<Event>) -> Result<Self, CliError> {
        let terminal = ratatui::try_init()
            .map_err(|error| CliError::io("cannot take over the terminal", &error))?;
        // Reading keys blocks: it has a thread of its own, which ends with the process.
        std::thread::spawn(move || {
            while let Ok(event) = event::read() {
                if events.blocking_send(event).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            terminal,
            theme: Theme::new(!has_no_color()),
        })
    }

    pub(super) fn draw(
        &mut self,
        view: &View,
        watch: &Watch,
        now: Duration,
    ) -> Result<(), CliError> {
        let theme = self.theme;
        self.terminal
            .draw(|frame| draw(frame, theme, view, watch, now))
            .map(drop)
            .map_err(|error: io::Error| CliError::io("cannot write to the terminal", &error))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

const BOLD: Modifier = Modifier::BOLD;
const SOFT: Style = Style::new().add_modifier(Modifier::DIM);
const BAR: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Draws everything.
pub(super) fn draw(
    frame: &mut ratatui::Frame<'_>,
    theme: Theme,
    view: &View,
    watch: &Watch,
    now: Duration,
) {
    let whole = frame.area();
    let head = if whole.height < LOW { 2 } else { HEAD };
    let keys = keys(view, usize::from(whole.width));
    let foot = u16::try_from(keys.len()).unwrap_or(u16::MAX);
    let areas = Layout::vertical([
        Constraint::Length(head),
        Constraint::Fill(1),
        Constraint::Length(foot),
    ]);
    let [top, middle, bottom] = areas.areas(whole);
    frame.render_widget(Paragraph::new(heading(theme, view, watch, now, top)), top);
    let rows = match &view.mode {
        Mode::Faults { words, choice } => faults(words, *choice, middle),
        _ => log(theme, view, watch, middle),
    };
    frame.render_widget(Paragraph::new(rows), middle);
    frame.render_widget(Paragraph::new(keys), bottom);
}

fn heading(
    theme: Theme,
    view: &View,
    watch: &Watch,
    now: Duration,
    area: Rect,
) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let seconds = now.as_secs();
    let clock = format!(
        "{:02}:{:02}:{:02} ",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    let state = match view.pinned {
        Some(_) => tr_static("PAUSED  "),
        None => "",
    };
    let right = format!("{state}{clock}");
    let room = width.saturating_sub(columns(&right) + 1);
    let title = format!(" qmt monitor  {}", view.title);
    let title = wrapped(&title, room).into_iter().next().unwrap_or_default();
    let gap = width.saturating_sub(columns(&title) + columns(&right));
    let mut rows = vec![Line::styled(format!("{title}{:gap$}{right}", ""), BAR)];
    if area.height == HEAD {
        rows.extend(links(theme, watch, width));
    }
    let counts = watch.counts;
    let [host, module] = counts.bytes;
    let bad = match counts.failures {
        0 => Style::new(),
        _ => theme.bad,
    };
    let commands = counts.commands;
    let passed = format!(" host {host} B  module {module} B  commands {commands}  ");
    let failures = format!("failures {}", counts.failures);
    let damaged = format!("  damaged {}", counts.damaged);
    rows.push(Line::from(vec![
        Span::raw(tr(&passed).into_owned()),
        Span::styled(tr(&failures).into_owned(), bad),
        Span::raw(tr(&damaged).into_owned()),
    ]));
    rows
}

fn links(theme: Theme, watch: &Watch, width: usize) -> Vec<Line<'static>> {
    let server_width = width.saturating_sub(40).min(60);
    let heading = [
        padded(&format!(" {}", tr("link")), LINK),
        padded(&tr("state"), STATE),
        padded(&tr("server"), server_width),
        to_the_right(&tr("published"), COUNT),
        to_the_right(&tr("received"), COUNT),
    ]
    .concat();
    let mut rows = vec![Line::styled(heading, SOFT)];
    for (index, link) in watch.links.iter().enumerate() {
        let style = match link.state {
            State::Closed => SOFT,
            State::Connected => Style::new().add_modifier(BOLD),
            State::Lost => theme.bad,
            _ => Style::new(),
        };
        // A name that is too long keeps its end: there it differs.
        let mut server = link.server.clone();
        while columns(&server) + 1 > server_width && !server.is_empty() {
            server.remove(0);
        }
        let gap = server_width.saturating_sub(columns(&server));
        rows.push(Line::from(vec![
            Span::raw(padded(&format!(" {index}"), LINK)),
            Span::styled(padded(&tr(link.state.name()), STATE), style),
            Span::raw(format!(
                "{server}{:gap$}{:>COUNT$}{:>COUNT$}",
                "", link.published, link.received
            )),
        ]));
    }
    rows
}

/// The newest entries that fit, the newest at the bottom.
fn log(theme: Theme, view: &View, watch: &Watch, area: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut rows: Vec<Line<'static>> = Vec::new();
    if view.pinned.is_none()
        && view.filter.is_empty()
        && let Some((direction, bytes)) = watch.begun()
    {
        let text = crate::decode::escaped(&bytes);
        let room = width.saturating_sub(MARGIN + 2);
        let text = wrapped(&text, room).into_iter().next().unwrap_or_default();
        let begun = format!("{:>9} {} {text}..", "", direction.arrow());
        rows.push(Line::styled(begun, SOFT));
    }
    for number in view.shown(watch) {
        if rows.len() >= height {
            break;
        }
        if let Some(entry) = watch.entry(number) {
            // From the bottom up.
            rows.extend(entry_rows(theme, view, entry, width).into_iter().rev());
        }
    }
    rows.truncate(height);
    rows.reverse();
    let mut shown = vec![Line::raw(""); height.saturating_sub(rows.len())];
    shown.append(&mut rows);
    shown
}

/// An entry: its meaning beside it where there is room, below it otherwise.
fn entry_rows(theme: Theme, view: &View, entry: &Entry, width: usize) -> Vec<Line<'static>> {
    let style = match (entry.is_bad, entry.direction) {
        (true, _) => theme.bad,
        (false, None) => Style::new().add_modifier(Modifier::ITALIC),
        (false, _) => Style::new(),
    };
    let room = width.saturating_sub(MARGIN);
    let column = (room / 2).min(60);
    let text = if view.hex { entry.hex() } else { entry.text() };
    let words = entry.words();
    let (s, ms) = (entry.at.as_secs(), entry.at.subsec_millis());
    let start = format!("{s:>5}.{ms:03} {} ", entry.sign());
    let mut texts = wrapped(&text, room);
    if texts.is_empty() {
        texts.push(String::new());
    }
    let beside = texts.len() == 1
        && columns(&text) <= column
        && column + 2 + columns(&words) + 2 <= room
        && !words.is_empty();
    let mut rows = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        let margin = match index {
            0 => Span::raw(start.clone()),
            _ => Span::raw(format!("{:MARGIN$}", "")),
        };
        let gap = column.saturating_sub(columns(&text));
        let mut spans = vec![margin, Span::styled(text, style)];
        if beside {
            spans.push(Span::styled(format!("{:gap$}  # {words}", ""), SOFT));
        }
        rows.push(Line::from(spans));
    }
    if !beside {
        for (index, words) in wrapped(&words, room.saturating_sub(4)).iter().enumerate() {
            let sign = if index == 0 { "# " } else { "  " };
            rows.push(Line::styled(format!("{:MARGIN$}  {sign}{words}", ""), SOFT));
        }
    }
    rows
}

/// What can go wrong, to choose from.
fn faults(words: &str, choice: usize, area: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut rows = vec![Line::styled(
        tr(&format!(" Let this go wrong: {words}_")).into_owned(),
        Style::new().add_modifier(BOLD),
    )];
    let room = height.saturating_sub(rows.len()).max(1);
    let text_room = width.saturating_sub(FAULT_COLUMN).max(10);
    let mut list = Vec::new();
    // Rows up to the end of what is chosen.
    let mut end = 0;
    for (index, (name, text)) in matching(words).enumerate() {
        let style = if index == choice { BAR } else { Style::new() };
        let mut name = format!(" {name}");
        for text in wrapped(text, text_room) {
            let gap = FAULT_COLUMN.saturating_sub(columns(&name));
            let line = format!("{name}{:gap$}{text}", "");
            let rest = width.saturating_sub(columns(&line));
            list.push(Line::styled(format!("{line}{:rest$}", ""), style));
            name.clear();
        }
        if index <= choice {
            end = list.len();
        }
    }
    if list.is_empty() {
        list.push(Line::raw(tr_static(" nothing of that name")));
    }
    let first = end.saturating_sub(room);
    rows.extend(list.into_iter().skip(first).take(room));
    rows
}

/// What keys do, in as many rows as that takes.
fn keys(view: &View, width: usize) -> Vec<Line<'static>> {
    let rule = Line::styled("\u{2500}".repeat(width), SOFT);
    let words = match &view.mode {
        Mode::Filter => {
            let filter = &view.filter;
            tr(&format!(
                "/{filter}_   Enter keeps the filter, Esc drops it"
            ))
            .into_owned()
        }
        Mode::Faults { .. } => {
            tr("type to search  \u{2191}\u{2193} choose  Enter does it  Esc back").into_owned()
        }
        Mode::Log => {
            let follow = if view.pinned.is_some() {
                "End now"
            } else {
                "p pause"
            };
            let filter = match view.filter.as_str() {
                "" => "/ filter".to_owned(),
                filter => format!("/{filter} (Esc: all)"),
            };
            let hex = if view.hex { "x text" } else { "x hex" };
            let scroll = "\u{2191}\u{2193} PgUp scroll";
            ["q quit", follow, &filter, hex, "c clear", scroll]
                .map(tr)
                .join("  ")
        }
    };
    let mut rows = vec![rule];
    let mut say = |words: &str| {
        let words = wrapped(words, width.saturating_sub(1)).into_iter();
        rows.extend(words.map(|words| Line::raw(format!(" {words}"))));
    };
    say(&words);
    if view.has_faults && view.mode == Mode::Log {
        let quick: String = QUICK
            .iter()
            .enumerate()
            .map(|(index, kind)| format!("  {} {}", index + 1, kind.name()))
            .collect();
        let all = ["f faults", "r restart", "n network"].map(tr).join("  ");
        say(&format!("{all}{quick}"));
    }
    rows
}

#[cfg(test)]
mod tests;
