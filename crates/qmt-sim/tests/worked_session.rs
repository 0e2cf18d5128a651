//! From a module in its default state to a published and a received message, and back to sleep.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, Granted, LinkId, Qos, Topic};
use qmt_session::{Ack, Outcome};
use qmt_sim::{Told, World, WorldConfig, link_config};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_message_goes_out_and_one_comes_back() {
    let mut world = World::new(WorldConfig::default());
    let link = LinkId::ALL[0];
    world.peer_subscribes("up", QoS::ExactlyOnce);
    let filter = Filter::new("down").unwrap();
    world
        .client
        .subscribe(world.now(), link, filter, Qos::AtLeastOnce)
        .unwrap();
    world
        .client
        .connect(world.now(), link, &link_config("me"))
        .unwrap();
    let granted = world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    assert_eq!(granted, Told::Subscribed(link, "down".into(), Granted(1)));
    world.run_until(MINUTE, |told| *told == Told::Ready(link));

    let now = world.now();
    let topic = Topic::new("up").unwrap();
    let ticket = world
        .client
        .publish(now, link, Qos::ExactlyOnce, false, topic, b"hello")
        .unwrap();
    let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
    assert_eq!(end, Told::Published(ticket, Outcome::Acked(Ack::Done)));
    assert_eq!(world.peer_received(), [("up".into(), b"hello".to_vec())]);

    world.peer_publishes("down", b"\r\nOK\r\n\"", QoS::AtLeastOnce, false);
    let message = world.run_until(MINUTE, |told| matches!(told, Told::Message { .. }));
    let expected = Told::Message {
        link,
        topic: b"down".to_vec(),
        payload: b"\r\nOK\r\n\"".to_vec(),
        exact: true,
    };
    assert_eq!(message, expected);

    world.client.disconnect(world.now(), link);
    world.client.rest(world.now());
    world.run_until(MINUTE, |told| *told == Told::Closed(link));
    world.run_until(MINUTE, |told| *told == Told::Resting);
    assert!(world.sent.ends_with(b"AT+QSCLK=1\r"));
}
