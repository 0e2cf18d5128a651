//! Every payload arrives byte for byte, both ways, whatever it holds and however it travels:
//! QoS, format, echo, protocol level and the size of reads.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{DataFormat, Filter, LinkId, MqttVersion, Qos, Topic};
use qmt_session::{LinkConfig, PublishForm};
use qmt_sim::{Told, World, WorldConfig, hostile, link_config};

const LINK: LinkId = LinkId::ALL[0];
const LIMIT: Duration = Duration::from_secs(30);

/// A world with a link that is ready and subscribed to `down`, its peer subscribed to `up`.
fn world(chunk: usize, qos: Qos, change: impl FnOnce(&mut LinkConfig<'_>)) -> World {
    let mut config = WorldConfig::default();
    config.chunk = chunk;
    let mut world = World::new(config);
    world.peer_subscribes("up", QoS::ExactlyOnce);
    let filter = Filter::new("down").unwrap();
    world
        .client
        .subscribe(world.now(), LINK, filter, qos)
        .unwrap();
    let mut config = link_config("me");
    change(&mut config);
    world.client.connect(world.now(), LINK, &config).unwrap();
    world.run_until(LIMIT, |told| *told == Told::Ready(LINK));
    world
}

fn round_trip(world: &mut World, qos: Qos, payload: &[u8]) {
    let now = world.now();
    let topic = Topic::new("up").unwrap();
    let ticket = world
        .client
        .publish(now, LINK, qos, false, topic, payload)
        .unwrap();
    let end = world.run_until(LIMIT, |told| matches!(told, Told::Published(..)));
    let Told::Published(done, outcome) = end else {
        unreachable!()
    };
    assert!(done == ticket && outcome.is_success(), "{outcome:?}");
    world.settle(Duration::from_millis(1));
    assert_eq!(world.peer_received(), [("up".into(), payload.to_vec())]);

    let level = QoS::from_number(qos.level()).unwrap();
    world.peer_publishes("down", payload, level, false);
    let message = world.run_until(LIMIT, |told| matches!(told, Told::Message { .. }));
    let expected = Told::Message {
        link: LINK,
        topic: b"down".to_vec(),
        payload: payload.to_vec(),
        exact: true,
    };
    assert_eq!(message, expected);
}

/// Nothing was told but what each round trip asked for.
fn assert_quiet(world: &World) {
    let odd = world.told.iter().find(|told| match told {
        Told::Session(text) => !(text.starts_with("Answer") || text == "Resynchronized"),
        Told::Down(..) | Told::Late(..) | Told::ModuleFailed(_) => true,
        _ => false,
    });
    assert_eq!(odd, None);
}

/// RELIABILITY A1, A3, A4, A5, A10.
#[test]
fn all_formats_levels_and_echo_modes_carry_every_payload() {
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        for format in [DataFormat::Text, DataFormat::Hex] {
            for version in [MqttVersion::V3_1, MqttVersion::V3_1_1] {
                for echo in [false, true] {
                    let mut world = world(64, qos, |config| {
                        config.version = version;
                        config.send_format = format;
                        config.recv_format = Some(format);
                        config.echo_data = echo;
                    });
                    for payload in hostile::payloads() {
                        round_trip(&mut world, qos, &payload);
                    }
                    assert_quiet(&world);
                }
            }
        }
    }
}

#[test]
fn the_size_of_reads_does_not_matter() {
    for echo in [false, true] {
        let mut all_told = Vec::new();
        for chunk in [1, 2, 3, 7, 64, 5000] {
            let mut world = world(chunk, Qos::AtLeastOnce, |config| config.echo_data = echo);
            for payload in hostile::payloads() {
                round_trip(&mut world, Qos::AtLeastOnce, &payload);
            }
            assert_quiet(&world);
            all_told.push(world.told);
        }
        let (first, others) = all_told.split_first().unwrap();
        assert!(others.iter().all(|told| told == first));
    }
}

/// RELIABILITY H6.
#[test]
fn every_form_of_publish_carries_what_it_takes() {
    for form in [PublishForm::Terminated, PublishForm::Inline] {
        for format in [DataFormat::Text, DataFormat::Hex] {
            let mut world = world(7, Qos::AtLeastOnce, |config| {
                config.publish_form = form;
                config.send_format = format;
            });
            let mut carried = 0;
            for payload in hostile::payloads() {
                let legal = format == DataFormat::Hex
                    || payload.iter().all(|byte| match form {
                        PublishForm::Terminated => !matches!(byte, 0x1A | 0x1B),
                        _ => !byte.is_ascii_control() && *byte != b'"',
                    });
                if legal {
                    round_trip(&mut world, Qos::AtLeastOnce, &payload);
                    carried += 1;
                } else {
                    let now = world.now();
                    let topic = Topic::new("up").unwrap();
                    let refused =
                        world
                            .client
                            .publish(now, LINK, Qos::AtLeastOnce, false, topic, &payload);
                    assert!(refused.is_err(), "{payload:?}");
                }
            }
            assert!(carried > 5, "{form:?} {format:?} carried {carried}");
            assert_quiet(&world);
        }
    }
}

#[test]
fn what_is_too_long_is_refused_before_a_byte_is_sent() {
    let mut world = world(64, Qos::AtMostOnce, |_| {});
    let before = world.sent.len();
    let now = world.now();
    let topic = Topic::new("up").unwrap();
    let payload = vec![b'x'; 1461];
    let refused = world
        .client
        .publish(now, LINK, Qos::AtMostOnce, false, topic, &payload);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the payload is 1461 bytes long, at most 1460 are allowed"
    );
    world.settle(LIMIT);
    assert_eq!(world.sent.len(), before);
    assert!(Topic::new(&"t".repeat(257)).is_err());
}
