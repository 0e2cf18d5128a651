//! What is looked at, and what keys change about it.

use qmt_modem::FaultKind;
use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use serde_json::{Value, json};

use super::faults::catalogue;
use super::watch::{Entry, Watch};
use crate::exit::Exit;
use crate::lang::tr_static;

/// Faults with a key of their own.
pub(super) const QUICK: [FaultKind; 4] = [
    FaultKind::Drop,
    FaultKind::Flip,
    FaultKind::LostPrompt,
    FaultKind::DropLink,
];
/// Entries that PgUp goes back.
const PAGE: usize = 10;

/// What is looked at.
#[derive(Debug)]
pub(super) struct View {
    pub(super) title: String,
    /// Whether things can be made to go wrong.
    pub(super) has_faults: bool,
    pub(super) mode: Mode,
    /// The last entry that is shown; none: the newest.
    pub(super) pinned: Option<u64>,
    /// Only entries that hold this are shown.
    pub(super) filter: String,
    pub(super) hex: bool,
    /// Entries before this one were cleared away.
    pub(super) cleared: u64,
    /// Whether the virtual module has its network.
    has_network: bool,
}

/// What keys are for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    Log,
    /// They spell the filter.
    Filter,
    /// They pick one of the faults that hold `words`.
    Faults {
        words: String,
        choice: usize,
    },
}

/// What the user wants of the program.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    End(Exit),
    Act(Order),
}

/// Something to do with the virtual module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    /// For the log.
    pub(super) words: String,
    /// For the module, as its control socket has it.
    pub(super) action: Value,
}

impl View {
    pub(super) fn new(title: String, has_faults: bool) -> Self {
        Self {
            title,
            has_faults,
            mode: Mode::Log,
            pinned: None,
            filter: String::new(),
            hex: false,
            cleared: 0,
            has_network: true,
        }
    }

    /// Takes an event of the terminal.
    pub(super) fn handle(&mut self, event: &Event, watch: &Watch) -> Option<Wish> {
        let Event::Key(key) = event else {
            return None;
        };
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Some(Wish::End(Exit::INTERRUPTED)),
                _ => None,
            };
        }
        match self.mode.clone() {
            Mode::Log => return self.log_key(key.code, watch),
            Mode::Filter => self.filter_key(key.code),
            Mode::Faults { words, choice } => return self.fault_key(key.code, words, choice),
        }
        None
    }

    fn log_key(&mut self, code: KeyCode, watch: &Watch) -> Option<Wish> {
        match code {
            KeyCode::Char('q') => return Some(Wish::End(Exit::OK)),
            KeyCode::Char('p' | ' ') => {
                self.pinned = match self.pinned {
                    Some(_) => None,
                    None => self.last(watch),
                }
            }
            KeyCode::Char('/') => self.mode = Mode::Filter,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Char('x') => self.hex = !self.hex,
            KeyCode::Char('c') => {
                self.cleared = watch.numbers().end;
                self.pinned = None;
            }
            KeyCode::Up => self.back(1, watch),
            KeyCode::PageUp => self.back(PAGE, watch),
            KeyCode::Home => self.back(usize::MAX, watch),
            KeyCode::Down => self.forth(1, watch),
            KeyCode::PageDown => self.forth(PAGE, watch),
            KeyCode::End => self.pinned = None,
            code if self.has_faults => return self.order_key(code),
            _ => {}
        }
        None
    }

    fn order_key(&mut self, code: KeyCode) -> Option<Wish> {
        let (words, action) = match code {
            KeyCode::Char('f') => {
                let words = String::new();
                self.mode = Mode::Faults { words, choice: 0 };
                return None;
            }
            KeyCode::Char('r') => ("restart".to_owned(), json!({"do": "reboot"})),
            KeyCode::Char('n') => {
                self.has_network = !self.has_network;
                let words = match self.has_network {
                    true => "the network is back",
                    false => "the network is away",
                };
                let action = json!({"do": "coverage", "on": self.has_network});
                (words.to_owned(), action)
            }
            KeyCode::Char(digit) => {
                let index = digit.to_digit(10)?.checked_sub(1)?;
                let kind = QUICK.get(usize::try_from(index).ok()?)?;
                return Some(Wish::Act(fault(kind.name())));
            }
            _ => return None,
        };
        Some(Wish::Act(Order { words, action }))
    }

    fn filter_key(&mut self, code: KeyCode) {
        match code {
            KeyCode::Enter => self.mode = Mode::Log,
            KeyCode::Esc => {
                self.filter.clear();
                self.mode = Mode::Log;
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(char) => self.filter.push(char),
            _ => {}
        }
    }

    fn fault_key(&mut self, code: KeyCode, mut words: String, mut choice: usize) -> Option<Wish> {
        let count = matching(&words).count();
        match code {
            KeyCode::Esc => {
                self.mode = Mode::Log;
                return None;
            }
            KeyCode::Enter => {
                let (name, _) = matching(&words).nth(choice)?;
                self.mode = Mode::Log;
                return Some(Wish::Act(fault(&name)));
            }
            KeyCode::Up => choice = choice.saturating_sub(1),
            KeyCode::Down => choice = (choice + 1).min(count.saturating_sub(1)),
            KeyCode::Backspace => drop(words.pop()),
            KeyCode::Char(char) => {
                words.push(char);
                choice = 0;
            }
            _ => {}
        }
        self.mode = Mode::Faults { words, choice };
        None
    }

    /// Whether an entry is shown.
    pub(super) fn shows(&self, entry: &Entry) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let holds = |text: &str| text.to_lowercase().contains(&self.filter.to_lowercase());
        holds(&entry.text()) || holds(&entry.words())
    }

    /// Numbers of the entries that are shown, from the last one back.
    pub(super) fn shown<'a>(&'a self, watch: &'a Watch) -> impl Iterator<Item = u64> + 'a {
        let kept = watch.numbers();
        let first = kept.start.max(self.cleared);
        let end = self.pinned.map_or(kept.end, |last| last + 1).max(first);
        (first..end)
            .rev()
            .filter(|number| watch.entry(*number).is_some_and(|entry| self.shows(entry)))
    }

    fn last(&self, watch: &Watch) -> Option<u64> {
        self.shown(watch).next()
    }

    fn back(&mut self, count: usize, watch: &Watch) {
        let at = match count {
            usize::MAX => self.shown(watch).last(),
            count => self
                .shown(watch)
                .nth(count)
                .or_else(|| self.shown(watch).last()),
        };
        self.pinned = at.or(self.pinned);
    }

    fn forth(&mut self, count: usize, watch: &Watch) {
        let Some(pinned) = self.pinned else {
            return;
        };
        let mut later = (pinned + 1..watch.numbers().end)
            .filter(|number| watch.entry(*number).is_some_and(|entry| self.shows(entry)));
        self.pinned = later.nth(count - 1);
    }
}

/// Faults that hold `words`, in name or text.
pub(super) fn matching(words: &str) -> impl Iterator<Item = (String, &'static str)> {
    let words = words.to_lowercase();
    catalogue()
        .map(|(name, text)| (name, tr_static(text)))
        .filter(move |(name, text)| name.contains(&words) || text.to_lowercase().contains(&words))
}

fn fault(name: &str) -> Order {
    Order {
        words: format!("fault {name}, at the next place for it"),
        action: json!({"do": "fault", "fault": name}),
    }
}
