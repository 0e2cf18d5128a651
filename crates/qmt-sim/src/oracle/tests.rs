//! Whoever is to find lies must find some: after an honest dialogue the oracle is told each kind.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{ConnectCode, Filter, Granted, LinkId, LinkLossCode, Qos, Topic};
use qmt_session::{Ack, ConnectError, Doubt, Outcome, Rejection, Ticket};

use super::Wish;
use crate::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const LIMIT: Duration = Duration::from_secs(60);
const ACKED: Outcome = Outcome::Acked(Ack::Done);

/// A world with a link, a subscription, a message told and a publish acknowledged: all of it true.
fn honest() -> (World, Ticket) {
    let mut world = World::new(WorldConfig::default());
    let (now, filter) = (world.now(), Filter::new("down").unwrap());
    let subscribed = world.client.subscribe(now, LINK, filter, Qos::AtLeastOnce);
    subscribed.unwrap();
    world.client.connect(now, LINK, &link_config("me")).unwrap();
    world.run_until(LIMIT, |told| matches!(told, Told::Subscribed(..)));
    world.run_while(LIMIT, |world| !world.client.can_publish(LINK));
    let topic = Topic::new("up").unwrap();
    let ticket = world.publish(LINK, Qos::AtLeastOnce, topic, b"hello");
    let ticket = ticket.unwrap();
    world.run_until(LIMIT, |told| *told == Told::Published(ticket, ACKED));
    world.peer_publishes("down", b"news", QoS::AtMostOnce, false);
    world.run_until(LIMIT, |told| matches!(told, Told::Message { .. }));
    world.oracle.at_rest();
    world.oracle.assert_kept();
    (world, ticket)
}

/// The promise that is broken by what `lie` does.
fn broken(lie: impl FnOnce(&mut World, Ticket)) -> Option<&'static str> {
    let (mut world, ticket) = honest();
    lie(&mut world, ticket);
    world.oracle.broken().first().map(|broken| broken.promise)
}

fn told(told: Told) -> Option<&'static str> {
    broken(|world, _| world.oracle.on_told(world.now(), &told))
}

#[test]
fn what_was_never_said_is_found_when_it_is_told() {
    let message = |payload: &[u8]| Told::Message {
        link: LINK,
        topic: b"down".to_vec(),
        payload: payload.to_vec(),
        exact: true,
    };
    assert_eq!(told(message(b"other")), Some("no forged message"));
    assert_eq!(
        told(message(b"news")),
        Some("no forged message"),
        "once only"
    );
    assert_eq!(told(Told::ModuleRestarted), Some("no forged restart"));
    assert_eq!(told(Told::Ready(LINK)), Some("no forged readiness"));
    let grant = |granted| Told::Subscribed(LINK, "down".to_owned(), Granted(granted));
    assert_eq!(told(grant(2)), Some("no forged grant"));
    assert_eq!(told(grant(1)), None);
    let gone = Told::Unsubscribed(LINK, "down".to_owned());
    assert_eq!(told(gone), Some("no forged end of a subscription"));
    for error in [
        ConnectError::Lost(LinkLossCode::CLOSED_BY_SERVER),
        ConnectError::Refused(ConnectCode::CREDENTIALS),
    ] {
        let down = Told::Down(LINK, error, true);
        assert_eq!(told(down), Some("no forged loss"), "{error:?}");
    }
}

/// Q4, Q5, Q7.
#[test]
fn an_outcome_that_is_not_so_is_found() {
    // A wish of which nobody but the oracle knows.
    let wish = |outcome: Outcome, qos: Qos, topic: &str| {
        broken(|world, ticket| {
            let wish = Wish::new(LINK, qos, topic, b"hello");
            world.oracle.on_wish(world.now(), ticket, wish);
            let told = Told::Published(ticket, outcome);
            world.oracle.on_told(world.now(), &told);
        })
    };
    assert_eq!(wish(ACKED, Qos::AtLeastOnce, "up"), None);
    assert_eq!(wish(ACKED, Qos::AtLeastOnce, "else"), Some("Q5 acked"));
    assert_eq!(wish(ACKED, Qos::AtMostOnce, "up"), Some("Q5 acked"));
    let refused = Outcome::Rejected(Rejection::Error);
    assert_eq!(wish(refused, Qos::AtLeastOnce, "up"), Some("Q5 rejected"));
    assert_eq!(wish(refused, Qos::AtLeastOnce, "else"), None);
    assert_eq!(wish(Outcome::Sent, Qos::AtLeastOnce, "up"), Some("Q5 sent"));

    let again = |world: &mut World, ticket| {
        let told = Told::Published(ticket, ACKED);
        world.oracle.on_told(world.now(), &told);
    };
    assert_eq!(broken(again), Some("Q4"));
    let late = |world: &mut World, ticket| {
        let told = Told::Late(ticket, ACKED);
        world.oracle.on_told(world.now(), &told);
    };
    assert_eq!(broken(late), Some("late truth only after doubt"));
    let too_long = |world: &mut World, ticket| {
        let wish = Wish::new(LINK, Qos::AtLeastOnce, "up", b"hello");
        world.oracle.on_wish(world.now(), ticket, wish);
        world.settle(Duration::from_secs(200));
        let told = Told::Published(ticket, Outcome::Unknown(Doubt::TimedOut));
        world.oracle.on_told(world.now(), &told);
    };
    assert_eq!(broken(too_long), Some("Q7"));
    let never = |world: &mut World, ticket| {
        let wish = Wish::new(LINK, Qos::AtLeastOnce, "up", b"hello");
        world.oracle.on_wish(world.now(), ticket, wish);
        world.oracle.at_rest();
    };
    assert_eq!(broken(never), Some("Q4"));
}

/// Q2.
#[test]
fn a_payload_that_nobody_wished_is_found() {
    let (mut world, _) = honest();
    world.oracle.knows_all = true;
    let topic = Topic::new("up").unwrap();
    let now = world.now();
    let unseen = world
        .client
        .publish(now, LINK, Qos::AtLeastOnce, false, topic, b"unseen");
    unseen.unwrap();
    world.settle(Duration::from_secs(5));
    let promises = world.oracle.broken().iter().map(|broken| broken.promise);
    assert!(promises.clone().any(|promise| promise == "Q2"));
}

#[test]
fn a_lie_excuses_for_a_while_and_is_counted() {
    let restart = |after: u64| {
        broken(|world, _| {
            world.oracle.forgives = true;
            world.oracle.on_lie(world.now());
            let now = world.now().saturating_add(Duration::from_secs(after));
            world.oracle.on_told(now, &Told::ModuleRestarted);
            assert_eq!(world.oracle.forgiven(), u64::from(after <= 300));
        })
    };
    assert_eq!(restart(300), None);
    assert_eq!(restart(301), Some("no forged restart"));
}
