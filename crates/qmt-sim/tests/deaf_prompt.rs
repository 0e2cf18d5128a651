//! A module that is deaf for half a second after its prompt loses the payload, waits for it for 60 s
//! and gives up. When that has happened twice in a row, the host waits before it sends.

use core::time::Duration;

use qmt_modem::DataModeDelay;
use qmt_session::proto::{LinkId, Qos, Topic};
use qmt_session::{LinkPhase, Outcome};
use qmt_sim::{Change, Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

fn ready(delay: DataModeDelay) -> World {
    let mut config = WorldConfig::default();
    config.modem.quirks.data_mode_delay = delay;
    let mut world = World::new(config);
    let now = world.now();
    world.client.connect(now, LINK, &link_config("me")).unwrap();
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world
}

/// Publishes, and waits until the host could publish again.
fn publish(world: &mut World, payload: &str) -> Outcome {
    let up = world.run_while(5 * MINUTE, |world| !world.client.can_publish(LINK));
    assert!(up && world.client.link_phase(LINK) == LinkPhase::Ready);
    let topic = Topic::new("up").unwrap();
    let ticket = world.publish(LINK, Qos::AtLeastOnce, topic, payload.as_bytes());
    let ticket = ticket.unwrap();
    let ours = |told: &Told| matches!(told, Told::Published(done, _) if *done == ticket);
    match world.run_until(5 * MINUTE, ours) {
        Told::Published(_, outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_module_that_is_deaf_after_its_prompt_costs_two_publishes() {
    let mut world = ready(DataModeDelay::HalfSecond);
    assert!(!publish(&mut world, "first").is_success());
    assert!(!publish(&mut world, "second").is_success());
    for third in ["third", "fourth"] {
        assert!(publish(&mut world, third).is_success());
    }
    assert_eq!(world.client.capabilities().prompt_guard_ms, 500);
    let rejected = |told: &&Told| matches!(told, Told::Late(_, Outcome::Rejected(_)));
    assert_eq!(world.told.iter().filter(rejected).count(), 2);
    world.oracle.at_rest();
    world.oracle.assert_kept();
}

#[test]
fn bytes_lost_now_and_then_are_no_sign_of_a_deaf_module() {
    let mut world = ready(DataModeDelay::None);
    for round in 0..4 {
        // In the middle of the payload.
        let command = b"AT+QMTPUB=0,1,1,0,\"up\",6\r".len() as u64;
        let at = world.to_module.carried() + command + 3;
        world.to_module.damage(at, Change::Drop);
        assert!(!publish(&mut world, &format!("lost {round}")).is_success());
        assert!(publish(&mut world, &format!("well {round}")).is_success());
    }
    assert_eq!(world.client.capabilities().prompt_guard_ms, 0);
}
