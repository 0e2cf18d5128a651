//! A module that may sleep between two wishes: its lock is held while anything is pending, and the
//! first command after the sleep may get lost.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, LinkId, Qos, SleepMode, Topic};
use qmt_session::{Machine as _, Outcome, Refusal, SubmitError};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

fn dozing(sleep: SleepMode) -> World {
    let mut config = WorldConfig::default();
    config.client.idle_sleep = sleep;
    // The client is asked between any two bytes.
    config.chunk = 1;
    let mut world = World::new(config);
    let now = world.now();
    let filter = Filter::new("down").unwrap();
    let client = &mut world.client;
    client
        .subscribe(now, LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    client.connect(now, LINK, &link_config("me")).unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let sent = text(&world.sent);
    assert!(
        sent.contains("AT+QSCLK=0\r") && !sent.contains("AT+QSCLK=2\r"),
        "{sent}"
    );
    world.settle(Duration::from_secs(10));
    let lock = format!("AT+QSCLK={}\r", sleep as u8);
    assert!(text(&world.sent).ends_with(&lock));
    world
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn publish(world: &mut World) -> Result<qmt_session::Ticket, Refusal> {
    let now = world.now();
    let topic = Topic::new("up").unwrap();
    let client = &mut world.client;
    client.publish(now, LINK, Qos::AtLeastOnce, false, topic, b"x")
}

#[test]
fn a_publish_wakes_the_module_and_holds_its_lock_until_it_has_ended() {
    let mut world = dozing(SleepMode::Light);
    let before = world.sent.len();
    assert!(!world.client.can_publish(LINK));
    assert_eq!(publish(&mut world), Err(Refusal::Submit(SubmitError::Busy)));
    world.run_until(MINUTE, |told| *told == Told::ModuleReady);
    let woken = "AT\rAT+QSCLK=0\rAT+QMTCONN?\r";
    assert_eq!(text(&world.sent[before..]), woken);
    let ticket = publish(&mut world).unwrap();
    let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
    assert!(
        matches!(end, Told::Published(t, Outcome::Acked(_)) if t == ticket),
        "{end:?}"
    );
    assert!(!text(&world.sent[before..]).contains("AT+QSCLK=2\r"));
    world.settle(Duration::from_secs(10));
    assert!(text(&world.sent).ends_with("AT+QSCLK=2\r"));
}

/// RELIABILITY D2.
#[test]
fn the_first_command_after_a_sleep_may_get_lost() {
    let mut world = dozing(SleepMode::Light);
    let before = world.sent.len();
    world.cut = true;
    assert!(publish(&mut world).is_err());
    world.settle(Duration::from_millis(10));
    world.cut = false;
    world.run_until(MINUTE, |told| *told == Told::ModuleReady);
    assert_eq!(
        text(&world.sent[before..]),
        "AT\rAT\rAT+QSCLK=0\rAT+QMTCONN?\r"
    );
    assert!(publish(&mut world).is_ok());
}

#[test]
fn messages_come_through_a_light_sleep_and_a_loss_ends_it() {
    let mut world = dozing(SleepMode::Light);
    world.peer_publishes("down", b"hello", QoS::AtLeastOnce, false);
    world.run_until(MINUTE, |told| matches!(told, Told::Message { .. }));
    world.drop_connection(LINK);
    world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
}

#[test]
fn connections_that_a_sleep_has_cost_are_found_to_be_lost() {
    let mut world = dozing(SleepMode::Light);
    // Deep sleep: the module forgets its clients without a word.
    world.cut = true;
    world.reset_module();
    world.settle(Duration::from_secs(10));
    world.cut = false;
    assert!(publish(&mut world).is_err());
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    assert_eq!(
        down,
        Told::Down(LINK, qmt_session::ConnectError::Forgotten, true)
    );
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
}

#[test]
fn a_deep_sleep_costs_the_connection_and_the_next_publish_brings_it_back() {
    let mut world = dozing(SleepMode::Deep);
    // Asleep: it drops its connections and hears nothing of the first command.
    world.settle(MINUTE);
    let before = world.sent.len();
    assert!(publish(&mut world).is_err());
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    let forgotten = qmt_session::ConnectError::Forgotten;
    assert_eq!(down, Told::Down(LINK, forgotten, true));
    assert!(text(&world.sent[before..]).starts_with("AT\rAT\rAT+QSCLK=0\r"));
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    publish(&mut world).unwrap();
    let end = world.run_until(MINUTE, |told| matches!(told, Told::Published(..)));
    assert!(
        matches!(end, Told::Published(_, Outcome::Acked(_))),
        "{end:?}"
    );
}

/// Q28: a publish that is never answered holds the lock until it has ended, in doubt;
/// then nothing is due and nothing is sent.
#[test]
fn rest_comes_after_the_end_of_all_that_is_in_flight() {
    let mut world = World::new(WorldConfig::default());
    let now = world.now();
    let connected = world.client.connect(now, LINK, &link_config("me"));
    connected.unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world.network.lost[LINK.index()] = true;
    let ticket = publish(&mut world).unwrap();
    world.settle(Duration::from_secs(1));
    let now = world.now();
    world.client.disconnect(now, LINK);
    world.client.rest(now);
    world.run_until(MINUTE, |told| *told == Told::Closed(LINK));
    assert!(!text(&world.sent).ends_with("AT+QSCLK=1\r"));
    let end = world.run_until(5 * MINUTE, |told| matches!(told, Told::Published(..)));
    assert!(matches!(end, Told::Published(done, Outcome::Unknown(_)) if done == ticket));
    world.run_until(MINUTE, |told| *told == Told::Resting);
    assert!(text(&world.sent).ends_with("AT+QSCLK=1\r"));
    assert_eq!(world.client.poll_timeout(), None);
    let sent = world.sent.len();
    world.settle(60 * MINUTE);
    assert_eq!(world.sent.len(), sent);
}
