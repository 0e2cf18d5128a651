//! A wildcard makes text unsafe to receive: the client changes to hex by itself, before the first
//! message can come.

use core::time::Duration;

use qmt_modem::HexLen;
use qmt_mqtt::QoS;
use qmt_session::SubscribeError;
use qmt_session::proto::{DataFormat, Filter, LinkId, Qos, Topic};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

fn ready() -> World {
    let mut world = World::new(WorldConfig::default());
    let now = world.now();
    world.client.connect(now, LINK, &link_config("me")).unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world
}

fn subscribe(world: &mut World, filter: &str) -> Result<(), SubscribeError> {
    let (now, filter) = (world.now(), Filter::new(filter).unwrap());
    let client = &mut world.client;
    client.subscribe(now, LINK, filter, Qos::AtLeastOnce)
}

#[test]
fn the_first_wildcard_on_a_connection_changes_it_to_hex() {
    let mut world = ready();
    assert_eq!(subscribe(&mut world, "a/#"), Ok(()));
    world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    world.peer_publishes("a/b", b"hello", QoS::AtLeastOnce, false);
    let message = world.run_until(MINUTE, |told| matches!(told, Told::Message { .. }));
    let Told::Message { payload, .. } = message else {
        unreachable!()
    };
    assert_eq!(payload, b"hello");
    let heard = String::from_utf8_lossy(&world.heard).into_owned();
    assert!(heard.contains("68656C6C6F"), "{heard}");
    // In hex, exact filters and wildcards live side by side.
    assert_eq!(subscribe(&mut world, "b"), Ok(()));
    assert_eq!(subscribe(&mut world, "c/+"), Ok(()));
}

#[test]
fn a_connection_that_receives_text_already_takes_no_wildcard() {
    let mut world = ready();
    assert_eq!(subscribe(&mut world, "b"), Ok(()));
    world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    assert_eq!(subscribe(&mut world, "a/#"), Err(SubscribeError::NeedsHex));
}

#[test]
fn wishes_made_before_the_first_subscription_count_together() {
    let mut world = ready();
    assert_eq!(subscribe(&mut world, "b"), Ok(()));
    assert_eq!(subscribe(&mut world, "a/#"), Ok(()));
    world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    world.peer_publishes("b", b"hi", QoS::AtLeastOnce, false);
    world.run_until(MINUTE, |told| matches!(told, Told::Message { .. }));
    let sent = String::from_utf8_lossy(&world.sent).into_owned();
    let format = sent.find("\"dataformat\",0,0,1").expect("changed");
    assert!(format < sent.find("AT+QMTSUB").unwrap(), "{sent}");
}

/// What lengths count in hex format is a habit of the module, which a client is told.
#[test]
fn hex_goes_both_ways_whether_its_lengths_count_bytes_or_digits() {
    for (hex_len, length) in [(HexLen::Bytes, 5), (HexLen::Digits, 10)] {
        let mut config = WorldConfig::default();
        config.modem.quirks.hex_len = hex_len;
        let capabilities = &mut config.client.session.capabilities;
        capabilities.hex_counts_digits = hex_len == HexLen::Digits;
        let mut world = World::new(config);
        let mut link = link_config("me");
        link.send_format = DataFormat::Hex;
        subscribe(&mut world, "a/#").unwrap();
        let now = world.now();
        world.client.connect(now, LINK, &link).unwrap();
        world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
        world.peer_publishes("a/b", b"hello", QoS::AtLeastOnce, false);
        let message = world.run_until(MINUTE, |told| matches!(told, Told::Message { .. }));
        assert!(matches!(&message, Told::Message { payload, .. } if payload == b"hello"));
        let topic = Topic::new("up").unwrap();
        world
            .publish(LINK, Qos::AtLeastOnce, topic, b"hello")
            .unwrap();
        let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
        assert!(matches!(end, Told::Published(_, end) if end.is_success()));
        assert_eq!(world.oracle.payloads(), [b"hello"]);
        let heard = String::from_utf8_lossy(&world.heard).into_owned();
        assert!(
            heard.contains(&format!(",{length},\"68656C6C6F\"")),
            "{heard}"
        );
        world.oracle.assert_kept();
    }
}
