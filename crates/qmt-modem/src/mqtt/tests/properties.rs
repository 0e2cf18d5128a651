//! Any bytes, in any pieces, at any time.

use proptest::prelude::*;

use super::*;

/// A packet a broker may send, or one it must not.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (0..3_u8, any::<bool>(), 1..4_u8, prop::collection::vec(any::<u8>(), 0..9)).prop_map(
            |(qos, dup, id, payload)| {
                let id: &[u8] = if qos > 0 { &[0, id] } else { &[] };
                let body = [b"\0\x01t", id, &payload].concat();
                let first = 0x30 | qos << 1 | u8::from(dup) << 3;
                [&[first, u8::try_from(body.len()).unwrap()], body.as_slice()].concat()
            }
        ),
        4 => (prop::sample::select(vec![0x40, 0x50, 0x62, 0x70, 0xB0]), 1..6_u8)
            .prop_map(|(first, id)| vec![first, 2, 0, id]),
        1 => (1..6_u8, 0..3_u8).prop_map(|(id, code)| vec![0x90, 3, 0, id, code]),
        1 => Just(vec![0xD0, 0]),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

/// What its owner may do to a link.
#[derive(Clone, Debug)]
enum Act {
    Input(Vec<u8>),
    Publish(u8, u16),
    Subscribe(u16),
    Unsubscribe(u16),
    Disconnect,
    Transmitted(usize),
    Passed(u64),
    Closed,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => packet().prop_map(Act::Input),
        3 => (0..3_u8, 1..6_u16).prop_map(|(qos, id)| Act::Publish(qos, id)),
        1 => (1..6_u16).prop_map(Act::Subscribe),
        1 => (1..6_u16).prop_map(Act::Unsubscribe),
        6 => (0..200_usize).prop_map(Act::Transmitted),
        4 => (0..40_000_u64).prop_map(Act::Passed),
        1 => prop_oneof![9 => Just(Act::Passed(1)), 1 => Just(Act::Disconnect), 1 => Just(Act::Closed)],
    ]
}

/// A link with one packet of each kind under way.
fn busy(level: MqttVersion) -> Bench {
    let mut bench = Bench::connected(level, 30, 2);
    let now = bench.now;
    for delivery in [
        Delivery::AtLeastOnce(id(1)),
        Delivery::ExactlyOnce(id(2)),
        Delivery::ExactlyOnce(id(3)),
    ] {
        bench.link.publish(now, delivery, false, "t", b"").unwrap();
    }
    let topics = [("t", Qos::AtMostOnce)];
    bench.link.subscribe(now, id(4), &topics).unwrap();
    bench.link.unsubscribe(now, id(5), &["t"]).unwrap();
    bench.sent();
    bench
}

proptest! {
    #[test]
    fn any_bytes_at_any_state_do_not_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        level in prop::sample::select(LEVELS.to_vec()),
    ) {
        let mut opened = Bench::opened(30, 0);
        opened.input(&bytes);
        let mut connecting = Bench::opened(30, 0);
        connecting.link.connect(connecting.now, ConnectRequest { level, ..request() }).unwrap();
        connecting.input(&bytes);
        let mut connected = busy(level);
        connected.input(&bytes);
        for mut bench in [opened, connecting, connected] {
            bench.link.handle_closed(bench.now);
            let events = bench.events();
            let ends = events.iter().filter(|event| {
                let refused = matches!(event, MqttEvent::ConnAck { code: 1.., .. });
                refused || matches!(event, MqttEvent::Lost(_))
            });
            prop_assert_eq!(ends.count(), 1);
        }
    }

    #[test]
    fn any_cutting_gives_the_same_events_and_answers(
        packets in prop::collection::vec(packet(), 0..20),
        cuts in prop::collection::vec(0..9_usize, 1..9),
        level in prop::sample::select(LEVELS.to_vec()),
    ) {
        let stream = packets.concat();
        let mut whole = busy(level);
        whole.input(&stream);
        let mut cut = busy(level);
        let mut rest = stream.as_slice();
        for length in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*length).min(rest.len()));
            cut.input(piece);
            rest = after;
            if rest.is_empty() || cuts.iter().all(|&length| length == 0) {
                break;
            }
        }
        cut.input(rest);
        prop_assert_eq!(whole.events(), cut.events());
        prop_assert_eq!(whole.link.poll_transmit(), cut.link.poll_transmit());
        prop_assert_eq!(whole.link.poll_timeout(), cut.link.poll_timeout());
    }

    /// Every packet that was accepted ends exactly once or with the link, and none later than
    /// pkt_timeout x (retry_times + 1); deadlines never lie in the past once fired.
    #[test]
    fn every_wish_ends_once_and_in_time(
        acts in prop::collection::vec(act(), 0..80),
        level in prop::sample::select(LEVELS.to_vec()),
    ) {
        let mut bench = Bench::connected(level, 30, 2);
        // Identifier, 0 at QoS 0, and when it has to have ended.
        let mut open: Vec<(u16, u64)> = Vec::new();
        let mut over = false;
        for act in acts {
            let now = bench.now;
            let by = now.as_millis() + 90_000;
            match act {
                Act::Input(bytes) => bench.input(&bytes),
                Act::Publish(qos, number) => {
                    let id = (qos > 0).then(|| id(number));
                    let delivery = Delivery::new(Qos::new(qos).unwrap(), id).unwrap();
                    if bench.link.publish(now, delivery, false, "t", b"p").is_ok() {
                        open.push((delivery.wire_id(), by));
                    }
                }
                Act::Subscribe(number) => {
                    if bench.link.subscribe(now, id(number), &[("t", Qos::AtMostOnce)]).is_ok() {
                        open.push((number, by));
                    }
                }
                Act::Unsubscribe(number) => {
                    if bench.link.unsubscribe(now, id(number), &["t"]).is_ok() {
                        open.push((number, by));
                    }
                }
                Act::Disconnect => {
                    over |= bench.link.disconnect(now).is_ok();
                }
                Act::Transmitted(len) => bench.link.handle_transmitted(now, len),
                Act::Passed(ms) => {
                    let until = Instant::from_millis(now.as_millis() + ms);
                    while let Some(at) = bench.link.poll_timeout().filter(|&at| at <= until) {
                        prop_assert!(at > bench.now || at == now);
                        bench.now = at;
                        bench.link.handle_timeout(at);
                    }
                    bench.now = until;
                    bench.link.handle_timeout(until);
                    prop_assert!(bench.link.poll_timeout().is_none_or(|at| at > until));
                }
                Act::Closed => bench.link.handle_closed(now),
            }
            for event in bench.events() {
                let ended = match event {
                    MqttEvent::Published { delivery } => delivery.wire_id(),
                    MqttEvent::Subscribed { id, .. } | MqttEvent::Unsubscribed { id } => id.get(),
                    MqttEvent::Failed { id, .. } => id,
                    MqttEvent::Lost(_) => {
                        over = true;
                        continue;
                    }
                    _ => continue,
                };
                prop_assert!(!over, "{event:?} after the end");
                let at = open.iter().position(|&(id, _)| id == ended);
                prop_assert!(at.is_some(), "{event:?} ends nothing");
                open.remove(at.unwrap());
            }
            let late = open.iter().find(|&&(_, by)| by < bench.now.as_millis());
            prop_assert!(over || late.is_none(), "{late:?} is open");
            prop_assert!(bench.link.poll_transmit().len() < 40_000);
        }
    }
}
