//! Subscriptions as desired state: given up while offline, come and gone in numbers, changed after
//! a long idleness.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, LinkId, Qos};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

fn ready(clean_session: bool, filters: &[&str]) -> World {
    let mut world = World::new(WorldConfig::default());
    for filter in filters {
        subscribe(&mut world, filter);
    }
    let mut config = link_config("me");
    config.clean_session = clean_session;
    world.client.connect(world.now(), LINK, &config).unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world
}

fn subscribe(world: &mut World, filter: &str) {
    let (now, filter) = (world.now(), Filter::new(filter).unwrap());
    let client = &mut world.client;
    client
        .subscribe(now, LINK, filter, Qos::AtLeastOnce)
        .unwrap();
}

fn unsubscribe(world: &mut World, filter: &str) -> bool {
    let (now, filter) = (world.now(), Filter::new(filter).unwrap());
    world.client.unsubscribe(now, LINK, filter)
}

fn messages(world: &World) -> Vec<&[u8]> {
    let told = world.told.iter();
    told.filter_map(|told| match told {
        Told::Message { topic, .. } => Some(topic.as_slice()),
        _ => None,
    })
    .collect()
}

#[test]
fn what_was_given_up_while_offline_is_unsubscribed_from_a_kept_session() {
    let mut world = ready(false, &["a", "b"]);
    world.drop_connection(LINK);
    world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    assert!(unsubscribe(&mut world, "a"));
    world.run_until(MINUTE, |told| *told == Told::Unsubscribed(LINK, "a".into()));
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world.peer_publishes("a", b"x", QoS::AtLeastOnce, false);
    world.peer_publishes("b", b"x", QoS::AtLeastOnce, false);
    world.settle(MINUTE);
    assert_eq!(messages(&world), [b"b"]);
}

#[test]
fn a_filter_that_was_not_wanted_is_not_unsubscribed() {
    let mut world = ready(true, &["a"]);
    assert!(!unsubscribe(&mut world, "b"));
    assert!(unsubscribe(&mut world, "a"));
    world.run_until(MINUTE, |told| *told == Told::Unsubscribed(LINK, "a".into()));
    assert!(!unsubscribe(&mut world, "a"));
}

#[test]
fn filters_may_come_and_go_for_ever() {
    let mut world = ready(true, &[]);
    for n in 0..2_000 {
        let filter = format!("some/rather/long/topic/number/{n}");
        subscribe(&mut world, &filter);
        world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
        assert!(unsubscribe(&mut world, &filter));
        world.run_until(MINUTE, |told| matches!(told, Told::Unsubscribed(..)));
    }
}

#[test]
fn a_wish_after_hours_of_idleness_harms_nothing() {
    let mut world = ready(true, &[]);
    world.settle(Duration::from_secs(7200));
    subscribe(&mut world, "late");
    world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    let downs = world
        .told
        .iter()
        .filter(|told| matches!(told, Told::Down(..)));
    assert_eq!(downs.count(), 0);
}
