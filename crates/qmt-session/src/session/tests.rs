//! Sessions in memory of any size, with bytes in their middle.

extern crate std;

use std::vec;
use std::vec::Vec;

use qmt_proto::{DataFormat, Delivery, Topic};

use super::*;
use crate::{Doubt, Event, PublishForm, Rejection};

const LINK: LinkId = LinkId::ALL[0];

fn key(msg_id: u16) -> Key {
    Key {
        kind: Kind::Publish,
        link: LINK,
        msg_id,
    }
}

fn session(tx: &mut [u8]) -> Session<'_> {
    Session::new(SessionConfig::new(), Buffers { rx: &mut [], tx })
}

/// RELIABILITY H3.
#[test]
fn message_identifiers_run_around_and_pass_over_those_in_flight_or_in_doubt() {
    let mut session = session(&mut []);
    *session.msg_ids.of_mut(LINK) = u16::MAX - 1;
    session
        .talk
        .deferred
        .begin(Ticket(0), key(1), Instant::ZERO);
    session.talk.deferred.end_all(Doubt::Restarted);
    assert!(matches!(session.poll_event(), Some(Event::Done { .. })));
    session.talk.deferred.give_up(key(2), Ticket(1));
    let ids = [(); 3].map(|()| session.allocate_msg_id(LINK).unwrap().get());
    // Zero is for QoS 0; 1 and 2 are in doubt.
    assert_eq!(ids, [u16::MAX, 3, 4]);
    // Another link has its own.
    assert_eq!(session.allocate_msg_id(LinkId::ALL[1]).unwrap().get(), 1);
}

#[test]
fn an_identifier_is_found_however_many_are_taken() {
    let mut session = session(&mut []);
    for id in 1..=64 {
        session.talk.deferred.give_up(key(id), Ticket(id));
        *session.msg_ids.of_mut(LINK) = 0;
        let free = session.allocate_msg_id(LINK).unwrap().get();
        assert!(!session.talk.uses(LINK, free), "{free} of {id}");
    }
}

/// A session with so much memory.
fn with(rx: usize, tx: usize) -> Session<'static> {
    let [rx, tx] = [rx, tx].map(|len| vec![0; len].leak());
    Session::new(SessionConfig::new(), Buffers { rx, tx })
}

fn publish(
    session: &mut Session<'_>,
    delivery: Delivery,
    payload: &[u8],
    form: PublishForm,
) -> Result<Ticket, SubmitError> {
    let topic = Topic::new("t").unwrap();
    session.publish(Instant::ZERO, LINK, delivery, false, topic, payload, form)
}

/// What is told, as far as it is about operations.
fn ends(session: &mut Session<'_>) -> Vec<(Ticket, Outcome)> {
    let mut ends = vec![];
    while let Some(event) = session.poll_event() {
        if let Event::Done { ticket, outcome } = event {
            ends.push((ticket, outcome));
        }
    }
    ends
}

fn send_all(session: &mut Session<'_>) -> Vec<u8> {
    let sent = session.poll_transmit().to_vec();
    session.handle_transmitted(Instant::ZERO, sent.len());
    sent
}

#[test]
fn a_command_says_how_much_room_it_needs_and_fits_into_that() {
    let command = Command::Close(LINK);
    let needed = "AT+QMTCLOSE=0\r".len();
    let full = Err(SubmitError::BufferFull { needed });
    let mut small = with(64, needed - 1);
    assert_eq!(small.submit(Instant::ZERO, &command), full);
    assert!(small.is_free() && small.poll_transmit().is_empty());
    let mut enough = with(64, needed);
    assert!(enough.submit(Instant::ZERO, &command).is_ok());
    assert_eq!(enough.poll_transmit().len(), needed);
}

#[test]
fn a_payload_says_how_much_room_it_needs_in_any_form_and_has_not_begun_without() {
    for (form, format, payload, line) in [
        (
            PublishForm::Counted,
            DataFormat::Text,
            &b"hello"[..],
            "AT+QMTPUB=0,0,0,0,\"t\",5\rhello",
        ),
        (
            PublishForm::Counted,
            DataFormat::Hex,
            b"hello",
            "AT+QMTPUB=0,0,0,0,\"t\",5\r68656C6C6F",
        ),
        (
            PublishForm::Terminated,
            DataFormat::Text,
            b"hello",
            "AT+QMTPUB=0,0,0,0,\"t\"\rhello\x1a",
        ),
    ] {
        // Whoever gives as much as was asked for gets on, in two steps at most: line, payload.
        let mut given = vec![1];
        loop {
            let mut session = with(64, given[given.len() - 1]);
            session.talk.facts.of_mut(LINK).send_format = format;
            match publish(&mut session, Delivery::AtMostOnce, payload, form) {
                Ok(_) => break,
                Err(SubmitError::BufferFull { needed }) => given.push(needed),
                other => panic!("{line}: {other:?}"),
            }
            assert!(session.is_free() && session.poll_transmit().is_empty());
            assert!(
                given.len() <= 3 && given.is_sorted_by(|a, b| a < b),
                "{given:?}"
            );
        }
        assert!(
            (line.len()..=line.len() + 1).contains(&given[given.len() - 1]),
            "{given:?}"
        );
    }
}

#[test]
fn the_identifier_of_the_command_in_progress_is_not_given_again() {
    let mut session = with(64, 64);
    let first = MsgId::new(1).unwrap();
    publish(
        &mut session,
        Delivery::AtLeastOnce(first),
        b"x",
        PublishForm::Auto,
    )
    .unwrap();
    assert_eq!(session.allocate_msg_id(LINK).unwrap().get(), 2);
    // On another link it is free.
    assert_eq!(session.allocate_msg_id(LinkId::ALL[1]).unwrap(), first);
}

#[test]
fn a_result_before_the_end_of_the_command_line_is_not_its_own() {
    let mut session = with(64, 64);
    let ticket = session.submit(Instant::ZERO, &Command::Attention).unwrap();
    session.handle_transmitted(Instant::ZERO, 2);
    session.handle_input(Instant::ZERO, b"\r\nOK\r\n");
    assert_eq!(session.poll_event(), Some(Event::Stray(b"OK")));
    assert_eq!(send_all(&mut session), b"\r");
    session.handle_input(Instant::ZERO, b"\r\nOK\r\n");
    assert_eq!(ends(&mut session), [(ticket, Outcome::Acked(Ack::Done))]);
}

#[test]
fn bytes_that_were_on_their_way_when_all_was_given_up_are_of_no_other_command() {
    let mut session = with(64, 64);
    let ticket = session.submit(Instant::ZERO, &Command::Attention).unwrap();
    session.handle_transmitted(Instant::ZERO, 1);
    session.abort(Instant::ZERO);
    session.handle_transmitted(Instant::ZERO, 2);
    let unknown = Outcome::Unknown(Doubt::Aborted);
    assert_eq!(ends(&mut session), [(ticket, unknown)]);
    session.submit(Instant::ZERO, &Command::Attention).unwrap();
    assert_eq!(session.poll_transmit(), b"AT\r");
}

/// Looking whether there is an event must not lose it, whatever comes next.
#[test]
fn an_end_that_was_looked_at_is_told_even_if_the_line_goes_away() {
    for lose in [
        |session: &mut Session<'_>| session.abort(Instant::ZERO),
        |session: &mut Session<'_>| session.handle_reset(Instant::ZERO),
    ] {
        let mut session = with(64, 64);
        let ticket = session.submit(Instant::ZERO, &Command::Attention).unwrap();
        send_all(&mut session);
        assert!(!session.has_event());
        session.handle_input(Instant::ZERO, b"\r\nERROR\r\n\r\nNEWS\r\n");
        assert!(session.has_event() && session.has_event());
        // It waits to be told: no more is taken before.
        assert_eq!(session.handle_input(Instant::ZERO, b"x"), 0);
        lose(&mut session);
        let refused = Outcome::Rejected(Rejection::Error);
        assert_eq!(ends(&mut session), [(ticket, refused)]);
    }
}

#[test]
fn what_was_received_and_looked_at_goes_away_with_the_line() {
    let mut session = with(64, 64);
    session.handle_input(Instant::ZERO, b"\r\nNEWS\r\n");
    assert!(session.has_event());
    session.abort(Instant::ZERO);
    assert!(!session.has_event());
}

#[test]
fn a_full_buffer_has_room_again_when_what_was_in_it_has_nothing_to_tell() {
    let mut session = with(6, 64);
    let publishing = publish(
        &mut session,
        Delivery::AtMostOnce,
        b"",
        PublishForm::Counted,
    );
    let ticket = publishing.unwrap();
    send_all(&mut session);
    // The OK before a result is no event.
    assert_eq!(session.handle_input(Instant::ZERO, b"\r\nOK\r\n"), 6);
    assert_eq!(session.handle_input(Instant::ZERO, b"\r\n"), 2);
    assert_eq!(session.counters().violations, 0);
    // A line that is longer than the buffer never ends.
    let mut rest = &b"abcdefgh"[..];
    while !rest.is_empty() {
        let taken = session.handle_input(Instant::ZERO, rest);
        rest = &rest[taken..];
    }
    let told = session.poll_event();
    assert!(
        matches!(told, Some(Event::Violation(qmt_proto::Violation::Overflow))),
        "{told:?}"
    );
    assert_eq!(ends(&mut session), []);
    session.handle_reset(Instant::ZERO);
    let unknown = Outcome::Unknown(Doubt::Restarted);
    assert_eq!(ends(&mut session), [(ticket, unknown)]);
}

/// Found by fuzzing: a data mode that was over when it was found out was due in the past.
#[test]
fn a_host_that_comes_late_has_nothing_due_in_the_past() {
    for late in [6_000, 60_000, 70_000, 300_000] {
        let mut session = with(64, 64);
        let first = MsgId::new(1).unwrap();
        publish(
            &mut session,
            Delivery::AtLeastOnce(first),
            b"x",
            PublishForm::Counted,
        )
        .unwrap();
        send_all(&mut session);
        session.handle_input(Instant::ZERO, b"\r\n> ");
        assert_eq!(ends(&mut session), []);
        session.handle_timeout(Instant::from_millis(20));
        assert_eq!(session.poll_transmit(), b"x");
        session.handle_transmitted(Instant::from_millis(20), 1);
        let now = Instant::from_millis(late);
        session.handle_timeout(now);
        let due = session.poll_timeout().unwrap();
        assert!(due >= now, "{due:?} at {now:?}");
        assert_eq!(ends(&mut session).len(), 1);
    }
}
