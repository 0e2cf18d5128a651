//! What the screen looks like, on virtual time.

use core::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::exit::Exit;
use crate::monitor::view::{Order, Wish};
use crate::trace::Direction::{FromModule, ToModule};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A session with a message, a refusal, a loss, and a command that has only begun.
fn watched() -> Watch {
    let mut watch = Watch::new(true);
    watch.note(ms(0), "watching /tmp/host <-> /dev/ttyUSB0", false);
    for (at, direction, bytes) in [
        (10, ToModule, "AT+QMTOPEN=0,\"broker.example\",1883\r"),
        (12, FromModule, "\r\nOK\r\n"),
        (90, FromModule, "\r\n+QMTOPEN: 0,0\r\n"),
        (
            100,
            ToModule,
            "AT+QMTCONN=0,\"meter-7\",\"u\",\"topsecret\"\r",
        ),
        (110, FromModule, "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n"),
        (200, ToModule, "AT+QMTPUB=0,1,1,0,\"a\",2\r"),
        (210, FromModule, "\r\n> "),
        (211, ToModule, "hi"),
        (220, FromModule, "\r\nOK\r\n"),
        (300, FromModule, "\r\n+QMTPUB: 0,1,0\r\n"),
        (
            400,
            FromModule,
            "\r\n+QMTRECV: 0,0,\"set\",6,\"\u{6e29}\u{5ea6}\"\r\n",
        ),
        (500, ToModule, "AT+QMTOPEN=7\r"),
        (501, FromModule, "\r\n+CME ERROR: 50\r\n"),
        (5_600, FromModule, "\r\n+QMTSTAT: 0,1\r\n"),
        (6_000, ToModule, "AT+QMTCL"),
    ] {
        watch.hear(ms(at), direction, bytes.as_bytes());
    }
    watch
}

/// The rows of a window.
fn rows(view: &View, watch: &Watch, (width, height): (u16, u16)) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let theme = Theme::new(true);
    terminal
        .draw(|frame| draw(frame, theme, view, watch, ms(3_723_000)))
        .unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| {
        let mut row = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            // A wide character takes its neighbour's place too.
            x += u16::try_from(columns(symbol)).unwrap().max(1);
        }
        row.trim_end().to_owned()
    };
    (0..height).map(row).collect()
}

/// Compares with a file beside this one; `UPDATE_EXPECT=1` writes it.
#[track_caller]
fn golden(rows: &[String], name: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/monitor/screen")
        .join(name);
    let shown = format!("{}\n", rows.join("\n"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(&path).unwrap(), "\n{shown}");
}

fn view(has_faults: bool) -> View {
    View::new("/tmp/host <-> /dev/ttyUSB0".to_owned(), has_faults)
}

fn press(view: &mut View, watch: &Watch, codes: &[KeyCode]) -> Option<Wish> {
    let mut wish = None;
    for code in codes {
        let event = Event::Key(KeyEvent::new(*code, KeyModifiers::NONE));
        wish = view.handle(&event, watch);
    }
    wish
}

#[test]
fn a_window_of_80_by_24_holds_links_counts_and_the_newest_lines_whole() {
    golden(&rows(&view(true), &watched(), (80, 24)), "80x24.txt");
}

#[test]
fn a_window_of_200_by_50_has_each_line_and_its_meaning_in_one_row() {
    golden(&rows(&view(false), &watched(), (200, 50)), "200x50.txt");
}

#[test]
fn no_byte_of_a_line_or_its_meaning_is_lost_in_any_width() {
    let mut watch = Watch::new(true);
    let line = format!(
        "\r\n+CME ERROR: 50\r\n\r\nX{}Y\r\n",
        "0123456789".repeat(30)
    );
    watch.hear(ms(1), FromModule, line.as_bytes());
    for width in [40, 79, 80, 81, 120, 200] {
        let shown = rows(&view(false), &watch, (width, 60));
        let log: String = shown[8..57]
            .iter()
            .map(|row| row.get(MARGIN..).unwrap_or_default().trim())
            .collect();
        let digits: String = log.chars().filter(|c| c.is_ascii_digit()).collect();
        assert!(
            digits.contains(&"0123456789".repeat(30)),
            "{width}: {shown:#?}"
        );
        let words: String = log.chars().filter(|c| c.is_alphabetic()).collect();
        assert!(
            words.contains("checkthecommandsformandranges"),
            "{width}: {shown:#?}"
        );
    }
}

#[test]
fn a_small_window_leaves_the_links_out_and_shows_the_log() {
    for size in [(20, 6), (1, 1), (40, 12)] {
        rows(&view(true), &watched(), size);
    }
    let shown = rows(&view(false), &watched(), (60, 12)).join("\n");
    assert!(!shown.contains("broker.example:1883  "), "{shown}");
    assert!(shown.contains("+QMTSTAT: 0,1"), "{shown}");
}

#[test]
fn pausing_and_filtering_change_what_is_shown_and_lose_nothing() {
    let (mut view, mut watch) = (view(false), watched());
    press(&mut view, &watch, &[KeyCode::Char('p')]);
    watch.hear(ms(7_000), ToModule, b"OSE=0\r");
    let shown = rows(&view, &watch, (80, 40)).join("\n");
    assert!(
        shown.contains("PAUSED") && !shown.contains("AT+QMTCLOSE=0"),
        "{shown}"
    );
    press(&mut view, &watch, &[KeyCode::End]);
    let shown = rows(&view, &watch, (80, 40)).join("\n");
    assert!(
        !shown.contains("PAUSED") && shown.contains("AT+QMTCLOSE=0"),
        "{shown}"
    );

    let keys = [
        KeyCode::Char('/'),
        KeyCode::Char('L'),
        KeyCode::Char('o'),
        KeyCode::Char('s'),
        KeyCode::Char('t'),
        KeyCode::Enter,
    ];
    press(&mut view, &watch, &keys);
    let shown = rows(&view, &watch, (80, 40)).join("\n");
    assert!(
        shown.contains("+QMTSTAT: 0,1") && !shown.contains("+QMTRECV"),
        "{shown}"
    );
    press(&mut view, &watch, &[KeyCode::Esc]);
    assert!(
        rows(&view, &watch, (80, 40))
            .join("\n")
            .contains("+QMTRECV")
    );

    // Back to the first entry, which the arrows show at the bottom.
    press(&mut view, &watch, &[KeyCode::Home]);
    let shown = rows(&view, &watch, (80, 24));
    let last = shown.iter().rev().nth(2).unwrap();
    assert!(last.contains("watching /tmp/host"), "{shown:#?}");
    press(
        &mut view,
        &watch,
        &[KeyCode::Down, KeyCode::Down, KeyCode::Up],
    );
    let shown = rows(&view, &watch, (80, 24));
    assert!(shown.join("\n").contains("AT+QMTOPEN=0"), "{shown:#?}");

    press(&mut view, &watch, &[KeyCode::End, KeyCode::Char('c')]);
    let shown = rows(&view, &watch, (80, 24)).join("\n");
    assert!(!shown.contains("+QMTSTAT"), "{shown}");
}

#[test]
fn hex_digits_show_the_bytes_and_no_secret() {
    let (mut view, watch) = (view(false), watched());
    press(&mut view, &watch, &[KeyCode::Char('x')]);
    let shown = rows(&view, &watch, (200, 50)).join("\n");
    assert!(
        shown.contains("> 68 69  ") && shown.contains("2a 2a 2a"),
        "{shown}"
    );
    // "topsecret"
    assert!(!shown.contains("74 6f 70"), "{shown}");
}

#[test]
fn keys_let_things_go_wrong_only_in_a_virtual_module() {
    let watch = watched();
    let mut real = view(false);
    assert_eq!(press(&mut real, &watch, &[KeyCode::Char('r')]), None);
    assert_eq!(press(&mut real, &watch, &[KeyCode::Char('f')]), None);
    assert_eq!(real.mode, Mode::Log);

    let mut sim = view(true);
    let action = |wish: Option<Wish>| match wish {
        Some(Wish::Act(Order { action, .. })) => action.to_string(),
        other => panic!("{other:?}"),
    };
    let wish = press(&mut sim, &watch, &[KeyCode::Char('n')]);
    assert_eq!(action(wish), r#"{"do":"coverage","on":false}"#);
    let wish = press(&mut sim, &watch, &[KeyCode::Char('n')]);
    assert_eq!(action(wish), r#"{"do":"coverage","on":true}"#);
    let wish = press(&mut sim, &watch, &[KeyCode::Char('3')]);
    assert_eq!(action(wish), r#"{"do":"fault","fault":"lost_prompt"}"#);

    press(&mut sim, &watch, &[KeyCode::Char('f')]);
    let down = [KeyCode::Down; 60];
    press(&mut sim, &watch, &down);
    let shown = rows(&sim, &watch, (80, 24)).join("\n");
    assert!(
        shown.contains("echo_on"),
        "the last one is in sight\n{shown}"
    );
    let keys: Vec<_> = "black".chars().map(KeyCode::Char).collect();
    press(&mut sim, &watch, &keys);
    let wish = press(&mut sim, &watch, &[KeyCode::Enter]);
    assert_eq!(action(wish), r#"{"do":"fault","fault":"black_hole:60000"}"#);
    assert_eq!(sim.mode, Mode::Log);
}

#[test]
fn q_and_ctrl_c_end_it() {
    let watch = watched();
    let wish = press(&mut view(false), &watch, &[KeyCode::Char('q')]);
    assert_eq!(wish, Some(Wish::End(Exit::OK)));
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let wish = view(false).handle(&Event::Key(ctrl_c), &watch);
    assert_eq!(wish, Some(Wish::End(Exit::INTERRUPTED)));
}
