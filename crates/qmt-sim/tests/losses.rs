//! What is lost comes back: connections, the module, the host. Nothing that was in flight is
//! called done, and subscriptions are renewed.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, LinkId, LinkLossCode, Qos, Topic};
use qmt_session::{ClientConfig, ConnectError, Doubt, Outcome};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

fn ready() -> World {
    let mut world = World::new(WorldConfig::default());
    let filter = Filter::new("down").unwrap();
    world
        .client
        .subscribe(world.now(), LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    world
        .client
        .connect(world.now(), LINK, &link_config("me"))
        .unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world
}

fn assert_receives(world: &mut World, payload: &[u8]) {
    world.peer_publishes("down", payload, QoS::AtLeastOnce, false);
    let message = world.run_until(MINUTE, |told| matches!(told, Told::Message { .. }));
    let Told::Message {
        payload: received, ..
    } = message
    else {
        unreachable!()
    };
    assert_eq!(received, payload);
}

fn publish(world: &mut World) -> qmt_session::Ticket {
    let now = world.now();
    let topic = Topic::new("up").unwrap();
    let client = &mut world.client;
    client
        .publish(now, LINK, Qos::AtLeastOnce, false, topic, b"x")
        .unwrap()
}

#[test]
fn a_lost_connection_is_made_again_with_its_subscriptions() {
    let mut world = ready();
    world.drop_connection(LINK);
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    let lost = ConnectError::Lost(LinkLossCode::CLOSED_BY_SERVER);
    assert_eq!(down, Told::Down(LINK, lost, true));
    world.run_until(MINUTE, |told| matches!(told, Told::Subscribed(..)));
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    assert_receives(&mut world, b"again");
}

#[test]
fn a_publish_whose_connection_is_lost_is_in_doubt() {
    let mut world = ready();
    let ticket = publish(&mut world);
    world.drop_connection(LINK);
    let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
    let lost = Doubt::LinkLost(LinkLossCode::CLOSED_BY_SERVER);
    // The command may come when the module knows already: then it is refused.
    match end {
        Told::Published(done, Outcome::Unknown(doubt)) => assert_eq!((done, doubt), (ticket, lost)),
        Told::Published(done, Outcome::Rejected(_)) => assert_eq!(done, ticket),
        other => panic!("{other:?}"),
    }
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
}

#[test]
fn a_restarted_module_is_set_up_again() {
    let mut world = ready();
    world.reset_module();
    world.run_until(MINUTE, |told| *told == Told::ModuleRestarted);
    world.run_until(MINUTE, |told| *told == Told::ModuleReady);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    assert_receives(&mut world, b"after the restart\r\nOK\r\n");
}

/// RELIABILITY D1.
#[test]
fn what_was_in_flight_when_the_module_restarted_is_in_doubt() {
    let mut world = ready();
    let ticket = publish(&mut world);
    // The command is lost on the line, then the module starts anew.
    world.cut = true;
    world.settle(Duration::from_millis(100));
    world.cut = false;
    world.reset_module();
    let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
    let doubt = Outcome::Unknown(Doubt::Restarted);
    assert_eq!(end, Told::Published(ticket, doubt));
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
}

/// RELIABILITY D12.
#[test]
fn what_an_earlier_host_left_open_is_closed() {
    let mut world = ready();
    let before = world.sent.len();
    world.reset_host(ClientConfig::new());
    world
        .client
        .connect(world.now(), LINK, &link_config("me"))
        .unwrap();
    let filter = Filter::new("down").unwrap();
    world
        .client
        .subscribe(world.now(), LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let sent = String::from_utf8_lossy(&world.sent[before..]).into_owned();
    let close = sent
        .find("AT+QMTCLOSE=0\r")
        .expect("the leftover is closed");
    assert!(close < sent.find("AT+QMTOPEN=0").unwrap());
    assert_receives(&mut world, b"hello again");
}

#[test]
fn a_cut_line_heals() {
    let mut world = ready();
    world.cut = true;
    let ticket = publish(&mut world);
    let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
    assert_eq!(
        end,
        Told::Published(ticket, Outcome::Unknown(Doubt::TimedOut))
    );
    world.cut = false;
    // The prompt never came, so the module could be waiting for the payload: a minute of silence.
    world.run_until(3 * MINUTE, |told| {
        *told == Told::Session("Resynchronized".into())
    });
    world.settle(Duration::from_secs(1));
    assert_receives(&mut world, b"still there");
}

#[test]
fn a_device_that_vanishes_ends_everything_once() {
    let mut world = ready();
    let filter = Filter::new("more").unwrap();
    world
        .client
        .subscribe(world.now(), LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    world.settle(Duration::ZERO);
    let ticket = publish(&mut world);
    let now = world.now();
    world.client.abort(now);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let ends: Vec<_> = world
        .told
        .iter()
        .filter(|told| matches!(told, Told::Published(..)))
        .collect();
    let [Told::Published(done, outcome)] = ends[..] else {
        panic!("{ends:?}");
    };
    assert_eq!(*done, ticket);
    assert!(
        matches!(outcome, Outcome::NotSent(_) | Outcome::Unknown(_)),
        "{outcome:?}"
    );
    assert_receives(&mut world, b"and here it is again");
}

/// The application has never heard of the commands of the client itself.
#[test]
fn late_truth_about_a_subscription_is_for_logs_alone() {
    let mut world = ready();
    world.network.lost[LINK.index()] = true;
    let filter = Filter::new("more").unwrap();
    let now = world.now();
    let subscribed = world.client.subscribe(now, LINK, filter, Qos::AtLeastOnce);
    subscribed.unwrap();
    world.run_until(5 * MINUTE, |told| matches!(told, Told::Down(..)));
    let sent = String::from_utf8_lossy(&world.sent).into_owned();
    let (_, command) = sent.rsplit_once("AT+QMTSUB=0,").unwrap();
    let (msg_id, _) = command.split_once(',').unwrap();
    world.noise(format!("\r\n+QMTSUB: 0,{msg_id},0,1\r\n").as_bytes());
    world.settle(Duration::ZERO);
    let late = |told: &&Told| matches!(told, Told::Session(words) if words.starts_with("Late"));
    assert_eq!(
        world.told.iter().filter(late).count(),
        1,
        "{:#?}",
        world.told
    );
    assert!(!world.told.iter().any(|told| matches!(told, Told::Late(..))));
}

#[test]
fn a_module_that_answers_again_is_used_again_at_once() {
    let mut world = ready();
    // Noise, and then nothing: the line is probed in vain.
    world.noise(b"+QMTRECV: 0,0,\"down\",5,\"ab");
    world.cut = true;
    world.run_until(MINUTE, |told| {
        *told == Told::ModuleFailed(qmt_session::ClientError::Silent)
    });
    let failed = world.now();
    world.cut = false;
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let took = world.now().saturating_since(failed);
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_receives(&mut world, b"fine");
}

#[test]
fn a_restart_that_nobody_heard_is_found_out() {
    let mut world = ready();
    // A message stops in the middle, and the banner falls into the quarantine after it.
    world.reset_module();
    world.settle(Duration::from_millis(400));
    world.noise(b"+QMTRECV: 0,0,\"down\",5,\"ab");
    let before = world.sent.len();
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    assert_eq!(down, Told::Down(LINK, ConnectError::Forgotten, true));
    let restarts = world
        .told
        .iter()
        .filter(|told| **told == Told::ModuleRestarted);
    assert_eq!(restarts.count(), 0);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let sent = String::from_utf8_lossy(&world.sent[before..]).into_owned();
    assert!(
        sent.contains("ATE0\r") && sent.contains("AT+QSCLK=0\r"),
        "{sent}"
    );
    assert_receives(&mut world, b"found out");
}
