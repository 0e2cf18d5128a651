//! A network that takes a second for every answer, a line of 115 200 bit/s, payloads of 100 bytes:
//! five links publish almost five times as fast as one, because each waits only for its own
//! answer. And a link whose server is silent holds up nobody else.

use core::time::Duration;

use qmt_session::Outcome;
use qmt_session::proto::{LinkId, Qos, Topic};
use qmt_sim::{Told, World, WorldConfig, link_config};

/// Messages on each link.
const ROUNDS: usize = 12;
const PAYLOAD: [u8; 100] = [b'x'; 100];
const MINUTE: Duration = Duration::from_secs(60);

/// A world in which the first `links` links are ready.
fn ready(links: usize) -> World {
    let mut config = WorldConfig::default();
    config.baud = 115_200;
    config.delay = Duration::from_millis(500);
    let mut world = World::new(config);
    for link in &LinkId::ALL[..links] {
        let id = format!("client-{link}");
        let now = world.now();
        world.client.connect(now, *link, &link_config(&id)).unwrap();
    }
    for _ in 0..links {
        world.run_until(MINUTE, |told| matches!(told, Told::Ready(_)));
    }
    world
}

/// Publishes as much as it can on these links. How long each message took, in the order of their
/// ends.
fn publish_all(world: &mut World, links: &[LinkId]) -> Vec<Duration> {
    let mut left: Vec<(LinkId, usize)> = links.iter().map(|link| (*link, ROUNDS)).collect();
    let mut open = Vec::new();
    let mut times = Vec::new();
    let mut seen = world.told.len();
    let done = world.run_while(10 * MINUTE, |world| {
        while let Some(told) = world.told.get(seen) {
            seen += 1;
            if let Told::Published(ticket, outcome) = told {
                let Some(at) = open.iter().position(|(open, _)| open == ticket) else {
                    continue;
                };
                assert!(matches!(outcome, Outcome::Acked(_)), "{outcome:?}");
                let (_, since) = open.remove(at);
                times.push(world.now().saturating_since(since));
            }
        }
        for (link, left) in &mut left {
            if *left > 0 && world.client.can_publish(*link) {
                let topic = Topic::new("up").unwrap();
                let published = world.publish(*link, Qos::AtLeastOnce, topic, &PAYLOAD);
                open.push((published.unwrap(), world.now()));
                *left -= 1;
            }
        }
        times.len() < links.len() * ROUNDS
    });
    assert!(done);
    times
}

/// Messages in a second.
fn rate(links: usize) -> f64 {
    let mut world = ready(links);
    let since = world.now();
    let published = publish_all(&mut world, &LinkId::ALL[..links]).len();
    let took = world.now().saturating_since(since);
    world.oracle.assert_kept();
    published as f64 / took.as_secs_f64()
}

#[test]
fn five_links_publish_at_least_4_8_times_as_fast_as_one() {
    let (one, five) = (rate(1), rate(5));
    println!("one={one:.3}/s five={five:.3}/s factor={:.3}", five / one);
    assert!(five >= 4.8 * one, "{five:.3} and {one:.3} in a second");
}

#[test]
fn a_link_whose_server_is_silent_holds_up_nobody_else() {
    let mut world = ready(5);
    let (silent, others) = (LinkId::ALL[0], &LinkId::ALL[1..]);
    world.network.lost[silent.index()] = true;
    let topic = Topic::new("up").unwrap();
    let stuck = world
        .publish(silent, Qos::AtLeastOnce, topic, &PAYLOAD)
        .unwrap();
    let times = publish_all(&mut world, others);
    // The answer takes a second; the line takes 20 ms for each of the others that is before it.
    let longest = times.iter().max().unwrap();
    assert!(*longest < Duration::from_millis(1_100), "{longest:?}");
    let is_stuck = |told: &Told| matches!(told, Told::Published(ticket, _) if *ticket == stuck);
    assert!(!world.told.iter().any(is_stuck));
    world.run_until(MINUTE, is_stuck);
    world.oracle.assert_kept();
}
