//! Nothing works: one remedy after the other is tried, each for a bounded time, and in the end the
//! application is asked for a reset.

use core::time::Duration;

use qmt_session::proto::{LinkId, LinkLossCode};
use qmt_session::{ConnectError, Remedy};
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

fn minutes(world: &World) -> u64 {
    world.now().as_millis() / 60_000
}

/// The module leaves the network, as if by itself.
fn detach(world: &mut World) {
    let now = world.now();
    world.network.modem.handle_input(now, b"AT+CGATT=0\r");
}

/// RELIABILITY D13.
#[test]
fn a_module_that_stays_silent_is_given_up_within_half_an_hour() {
    let mut world = ready();
    world.cut = true;
    world.drop_connection(LINK);
    world.noise(b"+QMTRECV: 0,0,\"t\",5,\"ab");
    for (remedy, latest) in [
        (Remedy::CloseAll, 9),
        (Remedy::Reattach, 16),
        (Remedy::Restart, 24),
        (Remedy::HardReset, 32),
    ] {
        world.run_until(10 * MINUTE, |told| matches!(told, Told::Escalated(_)));
        assert_eq!(world.told.last(), Some(&Told::Escalated(remedy)));
        assert!(
            minutes(&world) <= latest,
            "{remedy:?} at {}",
            minutes(&world)
        );
    }
    // The application has reset it.
    world.cut = false;
    world.reset_module();
    let now = world.now();
    world.client.handle_reset(now);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world.settle(60 * MINUTE);
    let last = world
        .told
        .iter()
        .rev()
        .find(|told| matches!(told, Told::Escalated(_)));
    assert_eq!(last, Some(&Told::Escalated(Remedy::HardReset)));
    assert!(world.client.link_phase(LINK) == qmt_session::LinkPhase::Ready);
}

#[test]
fn a_lost_network_is_looked_for_and_joined_again() {
    let mut world = ready();
    let before = world.sent.len();
    detach(&mut world);
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    let lost = ConnectError::Lost(LinkLossCode::LINK_DOWN);
    assert_eq!(down, Told::Down(LINK, lost, true));
    let down = world.run_until(MINUTE, |told| matches!(told, Told::Down(..)));
    assert_eq!(down, Told::Down(LINK, ConnectError::NoNetwork, true));
    let sent = String::from_utf8_lossy(&world.sent[before..]).into_owned();
    assert!(
        sent.contains("AT+CEREG?") && !sent.contains("AT+QMTOPEN"),
        "{sent}"
    );
    // Nobody brings it back but the client, by the third remedy.
    world.run_until(20 * MINUTE, |told| {
        *told == Told::Escalated(Remedy::Reattach)
    });
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let sent = String::from_utf8_lossy(&world.sent[before..]).into_owned();
    let detached = sent.find("AT+CGATT=0\r").expect("detached");
    assert!(detached < sent.find("AT+CGATT=1\r").expect("attached"));
    assert!(minutes(&world) <= 16, "after {} minutes", minutes(&world));
}

#[test]
fn a_server_that_refuses_is_no_reason_to_restart_the_module() {
    let mut world = World::new(WorldConfig::default());
    // The name of no client may be empty in a kept session (MQTT 3.1.1 §3.1.3.1).
    let mut config = link_config("");
    config.clean_session = false;
    let now = world.now();
    world.client.connect(now, LINK, &config).unwrap();
    world.settle(60 * MINUTE);
    let escalated = |told: &&Told| matches!(told, Told::Escalated(_));
    assert_eq!(world.told.iter().find(escalated), None);
}
