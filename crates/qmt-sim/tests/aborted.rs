//! The line is taken away, at any moment: everything in flight ends at once, and the module is spoken
//! to again when it can listen. Or the application has reset the module, and says so.

use core::time::Duration;

use qmt_session::Outcome;
use qmt_session::proto::{LinkId, Qos, Topic};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);
const PAYLOAD: &[u8] = b"a payload that the line cuts off";

fn ready() -> World {
    let mut config = WorldConfig::default();
    config.chunk = 1;
    let mut world = World::new(config);
    let now = world.now();
    let connected = world.client.connect(now, LINK, &link_config("me"));
    connected.unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world.settle(Duration::from_secs(1));
    world
}

/// Publishes, and runs until so many bytes of command and payload are out.
fn publish_up_to(world: &mut World, bytes: usize) {
    let before = world.sent.len();
    let topic = Topic::new("up").unwrap();
    world
        .publish(LINK, Qos::AtLeastOnce, topic, PAYLOAD)
        .unwrap();
    world.run_while(MINUTE, |world| world.sent.len() < before + bytes);
}

/// How many bytes the host sends for a publish.
fn length() -> usize {
    let mut world = ready();
    let before = world.sent.len();
    publish_up_to(&mut world, 1);
    world.settle(MINUTE);
    world.sent.len() - before
}

#[test]
fn q28_after_an_abort_everything_has_ended_and_no_command_goes_into_a_payload() {
    let length = length();
    let first_of_payload = length - PAYLOAD.len();
    for bytes in 0..=length {
        let mut world = ready();
        publish_up_to(&mut world, bytes);
        let (now, sent) = (world.now(), world.sent.len());
        world.client.abort(now);
        world.run_until(Duration::ZERO, |told| matches!(told, Told::Published(..)));
        world.run_until(Duration::ZERO, |told| matches!(told, Told::Down(..)));
        assert_eq!(world.oracle.operations(), (1, 1), "{bytes}");
        if (first_of_payload + 1..length).contains(&bytes) {
            world.settle(Duration::from_secs(55));
            assert_eq!(world.sent.len(), sent, "{bytes}: a command as payload");
        }
        world.run_until(3 * MINUTE, |told| *told == Told::Ready(LINK));
        world.settle(Duration::from_secs(1));
        // What the broker has is what was meant, or nothing.
        world.oracle.at_rest();
        world.oracle.assert_kept();
        let strange = |payload: &&Vec<u8>| *payload != PAYLOAD;
        assert_eq!(world.oracle.payloads().iter().find(strange), None);
    }
}

#[test]
fn a_module_that_was_reset_by_its_pin_is_used_at_once() {
    let length = length();
    for bytes in [0, length / 2, length - 1, length] {
        let mut world = ready();
        publish_up_to(&mut world, bytes);
        // The banner is lost with the rest.
        world.cut = true;
        world.reset_module();
        world.settle(Duration::from_secs(1));
        world.cut = false;
        let now = world.now();
        world.client.handle_reset(now);
        world.run_until(Duration::ZERO, |told| *told == Told::ModuleRestarted);
        world.run_until(Duration::from_secs(20), |told| *told == Told::Ready(LINK));
        assert_eq!(world.oracle.operations(), (1, 1), "{bytes}");
        let acked = world
            .oracle
            .count(|outcome| matches!(outcome, Outcome::Acked(_)));
        assert!(bytes == length || acked == 0, "{bytes}");
        world.oracle.at_rest();
        world.oracle.assert_kept();
    }
}
