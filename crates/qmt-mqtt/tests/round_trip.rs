//! What is encoded decodes to the same, however the stream is cut; other bytes never panic.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use qmt_mqtt::{
    ConnAck, ConnAckCode, Connect, Delivery, EncodeError, Level, MqttError, Packet, PacketId,
    Publish, QoS, Receiver, Role, Secret, Splitter, SubAck, SubAckCode, Subscribe, TextRule,
    Unsubscribe, Will, check_filter, check_topic, matches,
};

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::V31), Just(Level::V311)]
}

fn qos() -> impl Strategy<Value = QoS> {
    (0_u8..3).prop_map(|number| QoS::from_number(number).expect("below 3"))
}

fn id() -> impl Strategy<Value = PacketId> {
    (1_u16..).prop_map(|number| PacketId::new(number).expect("not zero"))
}

/// Text of any characters but NUL.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,20}"
}

fn topic() -> impl Strategy<Value = String> {
    "[^\0+#]{1,20}"
}

fn filter() -> impl Strategy<Value = String> {
    (
        vec(prop_oneof![Just(String::from("+")), "[^\0+#/$]{0,4}"], 1..5),
        any::<bool>(),
    )
        .prop_map(|(levels, all)| levels.join("/") + if all { "/#" } else { "" })
        .prop_filter("not empty", |filter| !filter.is_empty())
}

fn connect() -> impl Strategy<Value = Connect> {
    let will = (topic(), vec(any::<u8>(), 0..40), qos(), any::<bool>()).prop_map(
        |(topic, payload, qos, retain)| Will {
            topic,
            payload,
            qos,
            retain,
        },
    );
    let login = (text(), option::of(vec(any::<u8>(), 0..20)));
    (
        level(),
        text(),
        any::<bool>(),
        any::<u16>(),
        option::of(will),
        option::of(login),
    )
        .prop_map(
            |(level, client_id, clean_session, keep_alive, will, login)| {
                let (username, password) = login.unzip();
                let password = password.flatten().map(Secret::new);
                Connect {
                    level,
                    client_id,
                    clean_session,
                    keep_alive,
                    will,
                    username,
                    password,
                }
            },
        )
}

fn publish() -> impl Strategy<Value = Publish> {
    (
        qos(),
        id(),
        any::<bool>(),
        any::<bool>(),
        topic(),
        vec(any::<u8>(), 0..300),
    )
        .prop_map(|(qos, id, dup, retain, topic, payload)| {
            let delivery = Delivery::new(qos, id, dup);
            Publish {
                delivery,
                retain,
                topic,
                payload,
            }
        })
}

/// A level and a packet that may be sent at it.
fn packet() -> impl Strategy<Value = (Level, Packet)> {
    let code = prop_oneof![
        qos().prop_map(SubAckCode::Granted),
        Just(SubAckCode::Refused)
    ];
    level().prop_flat_map(move |level| {
        let dup = any::<bool>().prop_map(move |dup| dup && level == Level::V31);
        let accepted = any::<bool>().prop_map(move |kept| ConnAck {
            session_present: kept && level == Level::V311,
            code: ConnAckCode::Accepted,
        });
        let refused = Just(ConnAck {
            session_present: false,
            code: ConnAckCode::NotAuthorized,
        });
        let packet = prop_oneof![
            connect().prop_map(Packet::Connect),
            prop_oneof![accepted, refused].prop_map(Packet::ConnAck),
            publish().prop_map(Packet::Publish),
            id().prop_map(Packet::PubAck),
            id().prop_map(Packet::PubRec),
            (id(), dup.clone()).prop_map(|(id, dup)| Packet::PubRel { id, dup }),
            id().prop_map(Packet::PubComp),
            (id(), dup.clone(), vec((filter(), qos()), 1..4))
                .prop_map(|(id, dup, filters)| Packet::Subscribe(Subscribe { id, dup, filters })),
            (id(), vec(code.clone(), 1..6))
                .prop_map(|(id, codes)| Packet::SubAck(SubAck { id, codes })),
            (id(), dup, vec(filter(), 1..4)).prop_map(|(id, dup, filters)| {
                Packet::Unsubscribe(Unsubscribe { id, dup, filters })
            }),
            id().prop_map(Packet::UnsubAck),
            Just(Packet::PingReq),
            Just(Packet::PingResp),
            Just(Packet::Disconnect),
        ];
        (Just(level), packet)
    })
}

fn receiver_of(packet: &Packet) -> Role {
    match packet.sender() {
        Some(Role::Broker) => Role::Client,
        _ => Role::Broker,
    }
}

/// Cuts `bytes` into pieces of the given sizes, over and over.
fn pieces<'a>(bytes: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = bytes;
    sizes.iter().cycle().map_while(move |size| {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn frames(bytes: &[u8], sizes: &[usize], limit: u32) -> (Vec<Vec<u8>>, Option<MqttError>) {
    let mut splitter = Splitter::new(limit);
    let mut frames = Vec::new();
    for mut piece in pieces(bytes, sizes) {
        loop {
            match splitter.next_frame(&mut piece) {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
            assert!(splitter.pending() <= limit as usize + 5);
        }
    }
    (frames, None)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decode_undoes_encode((level, packet) in packet()) {
        let mut wire = Vec::new();
        packet.encode(level, &mut wire).expect("generated packets are sendable");
        let receiver = receiver_of(&packet);
        prop_assert_eq!(Packet::decode(&wire, level, receiver), Ok(packet.clone()));
        // A PUBLISH ends where its frame ends; every other packet knows its own length.
        wire.push(0);
        prop_assert!(Packet::decode(&wire, level, receiver).is_err());
    }

    #[test]
    fn any_cutting_gives_the_same_packets(
        packets in vec(packet(), 1..6),
        sizes in vec(1_usize..40, 1..8),
    ) {
        let mut wire = Vec::new();
        let mut expected = Vec::new();
        for (level, packet) in &packets {
            let start = wire.len();
            packet.encode(*level, &mut wire).expect("generated packets are sendable");
            expected.push(wire[start..].to_vec());
        }
        prop_assert_eq!(frames(&wire, &sizes, 100_000), (expected, None));
    }

    #[test]
    fn any_bytes_split_alike_however_cut(
        bytes in vec(any::<u8>(), 0..200),
        sizes in vec(1_usize..40, 1..8),
    ) {
        prop_assert_eq!(frames(&bytes, &sizes, 50), frames(&bytes, &[usize::MAX], 50));
    }

    #[test]
    fn what_any_bytes_decode_to_can_be_sent_back(
        first in any::<u8>(),
        body in vec(prop_oneof![Just(0), Just(1), any::<u8>()], 0..60),
        level in level(),
        receiver in prop_oneof![Just(Role::Client), Just(Role::Broker)],
    ) {
        let mut frame = vec![first, u8::try_from(body.len()).expect("below 60")];
        frame.extend_from_slice(&body);
        if let Ok(packet) = Packet::decode(&frame, level, receiver) {
            let mut wire = Vec::new();
            prop_assert_eq!(packet.encode(level, &mut wire), Ok(()));
            prop_assert_eq!(Packet::decode(&wire, level, receiver), Ok(packet));
        }
    }

    /// One byte of a good frame changed: an error or another packet, never a panic.
    #[test]
    fn a_flipped_byte_is_survived((level, packet) in packet(), at in any::<prop::sample::Index>(), bits in 1_u8..) {
        let mut wire = Vec::new();
        packet.encode(level, &mut wire).expect("generated packets are sendable");
        let at = at.index(wire.len());
        wire[at] ^= bits;
        let receiver = receiver_of(&packet);
        if let Ok(other) = Packet::decode(&wire, level, receiver) {
            let mut again = Vec::new();
            let level = if let Packet::Connect(connect) = &other { connect.level } else { level };
            prop_assert_eq!(other.encode(level, &mut again), Ok(()));
            prop_assert_eq!(Packet::decode(&again, level, receiver), Ok(other));
        }
    }

    #[test]
    fn a_receiver_survives_any_bytes(bytes in vec(any::<u8>(), 0..200), sizes in vec(1_usize..40, 1..8)) {
        let greeting = {
            let mut wire = Vec::new();
            let connect = Packet::Connect(Connect::new(Level::V31, "c"));
            connect.encode(Level::V31, &mut wire).expect("a plain CONNECT");
            wire
        };
        let mut receiver = Receiver::broker(100).text_rule(TextRule::Lenient);
        let mut refused = None;
        for mut piece in pieces(&[greeting, bytes].concat(), &sizes) {
            loop {
                match receiver.next_packet(&mut piece) {
                    Ok(Some(packet)) => prop_assert!(refused.is_none() && packet.sender() != Some(Role::Broker)),
                    Ok(None) => break,
                    Err(error) => {
                        prop_assert_eq!(*refused.get_or_insert(error), error);
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn a_topic_matches_itself_and_the_filters_made_from_it(name in topic(), level in any::<prop::sample::Index>()) {
        prop_assert_eq!(check_topic(&name), Ok(()));
        prop_assert!(matches(&name, &name));
        let mut levels: Vec<&str> = name.split('/').collect();
        let at = level.index(levels.len());
        levels[at] = "+";
        let one = levels.join("/");
        let many = [&levels[..at], &["#"]].concat().join("/");
        let visible = at > 0 || !name.starts_with('$');
        for filter in [one, many] {
            if check_filter(&filter).is_ok() {
                prop_assert_eq!(matches(&filter, &name), visible, "{}", filter);
            }
        }
    }
}

#[test]
fn an_unsendable_packet_leaves_the_buffer_alone() {
    let mut wire = vec![1, 2];
    let dup = Packet::PubRel {
        id: PacketId::ONE,
        dup: true,
    };
    assert_eq!(
        dup.encode(Level::V311, &mut wire),
        Err(EncodeError::DupAtThisLevel)
    );
    assert_eq!(wire, [1, 2]);
}
