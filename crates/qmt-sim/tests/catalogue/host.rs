//! H: the host is late, busy or replaced.

use core::time::Duration;

use qmt_modem::FaultKind;
use qmt_mqtt::QoS;
use qmt_session::proto::{DataFormat, Filter, Qos, Topic, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, ClientEvent, Doubt, IfUnknown, Machine as _, Outcome, Outgoing,
    Refusal, SubmitError,
};
use qmt_sim::{Told, World, WorldConfig, link_config};

use super::{LINK, MINUTE, assert_well, count, end, inject, is_down, publish, ready, start};

/// Days until a clock of 32 bits with milliseconds runs around, and a bit.
const DAYS_50: Duration = Duration::from_secs(50 * 24 * 3600);

#[test]
fn h02_exactly_once_message_in_doubt_is_told_to_be_in_doubt_and_not_sent_again() {
    let mut world = ready();
    world.peer_subscribes("up", QoS::ExactlyOnce);
    inject(&mut world, FaultKind::LostResult, 0);
    let topic = Topic::new("up").unwrap();
    let published = world.publish(LINK, Qos::ExactlyOnce, topic, b"once");
    let outcome = end(&mut world, published.unwrap());
    assert_eq!(outcome, Outcome::Unknown(Doubt::TimedOut));
    world.settle(10 * MINUTE);
    assert_eq!(world.peer_received(), [("up".into(), b"once".to_vec())]);
    assert_well(&mut world);
}

#[test]
fn h02_exactly_once_message_that_is_republished_is_a_new_one() {
    let mut world = World::new(WorldConfig::default());
    let memory = |len: usize| vec![0; len].leak();
    let buffers = Buffers {
        rx: memory(limits::TEXT_FRAME),
        tx: memory(2_000),
    };
    let client = Client::new(ClientConfig::new(), buffers, memory(512));
    world.client = client.with_outbox(memory(512));
    world.peer_subscribes("up", QoS::ExactlyOnce);
    start(&mut world);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    inject(&mut world, FaultKind::LostResult, 0);
    let message = Outgoing {
        link: LINK,
        topic: Topic::new("up").unwrap(),
        payload: b"once",
        qos: Qos::ExactlyOnce,
        retain: false,
        if_unknown: IfUnknown::Republish,
    };
    world.client.enqueue(world.now(), &message).unwrap();
    world.run_until(5 * MINUTE, |told| matches!(told, Told::Left(..)));
    world.settle(Duration::from_secs(1));
    let republished = count(&world, |told| matches!(told, Told::Republishing(_)));
    assert_eq!(republished, 1);
    // One for each time nobody knew; the envelope's key tells them apart from news.
    assert_eq!(world.peer_received().len(), 1 + republished);
    assert_well(&mut world);
}

/// A module that cancels at Esc even where it has been told the length would take the rest of the
/// payload for commands.
#[test]
fn h06_escape_in_a_payload_is_refused_as_text_where_it_would_inject_commands_and_goes_out_in_hex() {
    let payload = b"reading \x1bAT+QMTCLOSE=0\r";
    for send_format in [DataFormat::Text, DataFormat::Hex] {
        let mut config = WorldConfig::default();
        config.modem.quirks.esc_cancels_counted = true;
        config.client.session.capabilities.esc_cancels = true;
        let mut world = World::new(config);
        let mut link = link_config("me");
        link.send_format = send_format;
        let now = world.now();
        let filter = Filter::new("down").unwrap();
        let subscribed = world.client.subscribe(now, LINK, filter, Qos::AtLeastOnce);
        subscribed.unwrap();
        world.client.connect(now, LINK, &link).unwrap();
        world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
        let topic = Topic::new("up").unwrap();
        let published = world.publish(LINK, Qos::AtLeastOnce, topic, payload);
        match send_format {
            DataFormat::Text => {
                let refused = Refusal::Submit(SubmitError::PayloadByte { at: 8 });
                assert_eq!(published, Err(refused));
            }
            DataFormat::Hex => {
                assert!(end(&mut world, published.unwrap()).is_success());
                assert_eq!(world.oracle.payloads(), [payload]);
            }
        }
        assert_well(&mut world);
        assert_eq!(count(&world, is_down), 0, "{:#?}", world.told);
    }
}

#[test]
fn h07_late_poll_ends_what_is_overdue_once() {
    let mut world = ready();
    inject(&mut world, FaultKind::LostResult, 0);
    let ticket = publish(&mut world, b"hello");
    world.settle(Duration::from_secs(1));
    world
        .client
        .handle_timeout(world.now().saturating_add(DAYS_50));
    let mut ends = Vec::new();
    while let Some(event) = world.client.poll_event() {
        if let ClientEvent::Published { ticket, outcome } = event {
            ends.push((ticket, outcome));
        }
    }
    assert_eq!(ends, [(ticket, Outcome::Unknown(Doubt::TimedOut))]);
}

#[test]
fn h07_fifty_days_are_no_limit() {
    let mut world = ready();
    world.settle(DAYS_50);
    assert!(world.now().as_millis() > u64::from(u32::MAX));
    let ticket = publish(&mut world, b"hello");
    assert!(end(&mut world, ticket).is_success());
    assert_well(&mut world);
}

#[test]
fn h09_host_that_does_not_drain_its_events_takes_no_more_bytes_and_loses_none() {
    let mut world = ready();
    let line = |number: usize| format!("\r\n+QMTRECV: 0,0,\"down\",1000,\"{number:01000}\"\r\n");
    let stream: String = (0..20).map(line).collect();
    let mut rest = stream.as_bytes();
    let mut payloads = Vec::new();
    let now = world.now();
    while !rest.is_empty() {
        let taken = world.client.handle_input(now, rest);
        assert!(
            taken < rest.len() || rest.len() < 3_000,
            "it takes what it has room for"
        );
        assert_eq!(
            world.client.handle_input(now, &rest[taken..]),
            0,
            "no room, no bytes"
        );
        rest = &rest[taken..];
        while let Some(event) = world.client.poll_event() {
            if let Told::Message { payload, .. } = Told::from(event) {
                payloads.push(payload);
            }
        }
    }
    let expected: Vec<_> = (0..20)
        .map(|number| format!("{number:01000}").into_bytes())
        .collect();
    assert_eq!(payloads, expected);
    world.settle(MINUTE);
    assert_well(&mut world);
}
