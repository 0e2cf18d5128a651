//! Everything ends in time, and nothing happens before its time.

use core::time::Duration;

use qmt_modem::ConnectFailure;
use qmt_session::Machine;
use qmt_session::Outcome;
use qmt_session::proto::{Filter, Instant};
use qmt_sim::{Noise, Reach};

use super::*;

#[test]
fn q07_a_publish_that_is_retransmitted_for_ever_ends_in_time() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        world.network.lost[LINK.index()] = true;
        let ticket = publish(world, LINK, b"again and again");
        let since = world.now();
        let mut end = None;
        while end.is_none() {
            world.noise(b"\r\n+QMTPUB: 0,1,1,1\r\n");
            world.settle(Duration::from_secs(1));
            let waited = world.now().saturating_since(since);
            assert!(waited <= world.oracle.longest, "{set}: {waited:?}");
            end = world.told.iter().find_map(|told| match told {
                Told::Published(done, outcome) if *done == ticket => Some(*outcome),
                _ => None,
            });
        }
        assert!(matches!(end, Some(Outcome::Unknown(_))), "{set}: {end:?}");
    });
}

#[test]
fn q07_an_open_that_is_never_answered_ends_in_time() {
    each_module(|set, world| {
        world.network.reach = Reach::Hangs;
        world
            .client
            .connect(world.now(), LINK, &link_config("me"))
            .unwrap();
        world.run_while(MINUTE, |world| {
            !world
                .oracle
                .commands()
                .iter()
                .any(|line| line.starts_with(b"AT+QMTOPEN=0"))
        });
        let since = world.now();
        let down = world.run_until(5 * MINUTE, |told| matches!(told, Told::Down(LINK, ..)));
        let took = world.now().saturating_since(since);
        assert!(
            took <= Duration::from_secs(176),
            "{set}: {took:?}, {down:?}"
        );
    });
}

/// The longest way back of RELIABILITY.md §3: quarantine 66 s, close 0.3 s, open 176 s, connect and
/// one subscription 120 s each, and the cap of the backoff.
const CONVERGENCE: Duration = Duration::from_millis(66_000 + 300 + 176_000 + 120_000 * 2 + 120_000);

#[test]
fn q15_once_faults_stop_the_link_is_ready_in_bounded_time() {
    let (mut slowest, mut misled) = (Duration::ZERO, Vec::new());
    each_module(|set, world| {
        let filter = Filter::new("down/a").unwrap();
        let now = world.now();
        world
            .client
            .subscribe(now, LINK, filter, Qos::AtLeastOnce)
            .unwrap();
        connect(world, &[LINK]);
        for (wire, seed) in [(&mut world.to_module, 1), (&mut world.to_host, 2)] {
            wire.noise = Some(Noise::new(5_000, seed + 10 * set.number as u64));
        }
        let topic = Topic::new("up").unwrap();
        let end = world.now().saturating_add(2 * MINUTE);
        world.run_while(2 * MINUTE, |world| {
            let _ = world.publish(LINK, Qos::AtLeastOnce, topic, b"through the noise");
            // The network fails too, for a moment.
            world.network.lost[LINK.index()] = end.saturating_since(world.now()) < MINUTE / 6;
            world.now() < end
        });
        world.to_module.noise = None;
        world.to_host.noise = None;
        world.network.lost[LINK.index()] = false;
        let since = world.now();
        let ready = world.run_while(CONVERGENCE, |world| !world.client.can_publish(LINK));
        assert!(ready, "{set}: {:#?}", world.told);
        slowest = slowest.max(world.now().saturating_since(since));
        // And it is what it was: messages come, unless the line has changed a letter of the filter.
        // No answer of the module would show that.
        let mut subscriptions = world.oracle.commands().iter();
        let last = subscriptions.rfind(|line| line.starts_with(b"AT+QMTSUB="));
        let last = last.expect("a subscription").escape_ascii().to_string();
        if !last.contains("\\\"down/a\\\"") {
            misled.push(last);
            return;
        }
        let from = world.told.len();
        world.settle(Duration::from_secs(5));
        world.peer_publishes("down/a", b"news", qmt_mqtt::QoS::AtLeastOnce, false);
        let came = world.run_while(5 * MINUTE, |world| {
            !world.told[from..]
                .iter()
                .any(|told| matches!(told, Told::Message { payload, .. } if payload == b"news"))
        });
        assert!(came, "{set}: {:#?}", world.told);
    });
    assert!(
        slowest > Duration::from_secs(1),
        "no fault has cost any time"
    );
    assert!(misled.len() <= 2, "{misled:#?}");
}

#[test]
fn q16_an_hour_of_refusals_sees_few_attempts_and_no_two_devices_in_step() {
    let opens = |seed: u32, set: Habits| {
        let mut config = config(set.quirks);
        config.client.jitter_seed = seed;
        let mut memory = Memory::new(1);
        let mut world = WorldIn::within(config, &mut memory);
        connect(&mut world, &[LINK]);
        world.settle(2 * MINUTE);
        world.network.reach = Reach::Fails(ConnectFailure::Refused);
        world.drop_connection(LINK);
        let (from, end) = (world.told.len(), world.now().saturating_add(60 * MINUTE));
        let mut times = Vec::new();
        let mut seen = from;
        world.run_while(60 * MINUTE, |world| {
            for told in &world.told[seen..] {
                if matches!(told, Told::Down(LINK, ..)) {
                    times.push(world.now().as_millis());
                }
            }
            seen = world.told.len();
            world.now() < end
        });
        times
    };
    for set in tried().into_iter().step_by(4) {
        let (one, other) = (opens(1, set), opens(2, set));
        // At the cap an attempt every 60 s to 120 s, and before it a few more.
        for times in [&one, &other] {
            assert!((25..=70).contains(&times.len()), "{set}: {}", times.len());
        }
        assert_ne!(one, other, "{set}");
    }
}

#[test]
fn q16_waits_grow_to_their_cap_and_are_short_again_after_a_connection_that_lasted() {
    each_module(|set, world| {
        let (base, cap) = qmt_session::ClientConfig::new().backoff;
        connect(world, &[LINK]);
        let opens = |world: &WorldIn<'_>| {
            let lines = world.oracle.commands().iter();
            lines
                .filter(|line| line.starts_with(b"AT+QMTOPEN=0"))
                .count()
        };
        let mut waits = Vec::new();
        world.network.reach = Reach::Fails(ConnectFailure::Refused);
        world.drop_connection(LINK);
        for _ in 0..12 {
            world.run_until(5 * MINUTE, |told| matches!(told, Told::Down(LINK, ..)));
            let (since, before) = (world.now(), opens(world));
            world.run_while(10 * MINUTE, |world| opens(world) == before);
            waits.push(world.now().saturating_since(since));
        }
        // Options are read before the open, by a module that may be slow.
        let slack = Duration::from_secs(5);
        for (n, wait) in (0..).zip(&waits) {
            let bound = base.saturating_mul(1 << n).min(cap);
            let jittered = base.max(bound / 2)..=bound + slack;
            assert!(jittered.contains(wait), "{set}, {n}: {waits:?}");
        }
        world.network.reach = Reach::Good;
        world.run_until(10 * MINUTE, |told| *told == Told::Ready(LINK));
        world.settle(10 * MINUTE);
        let (since, before) = (world.now(), opens(world));
        world.drop_connection(LINK);
        world.run_while(10 * MINUTE, |world| opens(world) == before);
        let wait = world.now().saturating_since(since);
        assert!(wait < base + slack, "{set}: {wait:?}");
    });
}

#[test]
fn q18_the_49th_day_is_like_any_other() {
    each_module(|set, world| {
        let quirks = set.quirks;
        let mut memory = Memory::new(1);
        let mut plain = WorldIn::within(config(quirks), &mut memory);
        plain.settle(60 * MINUTE);
        let since = plain.now();
        dialogue::run(&mut plain, 5 * MINUTE).unwrap();
        let took = plain.now().saturating_since(since);
        // Milliseconds in 32 bits run out in the middle of the dialogue.
        world.settle(Duration::from_millis(u64::from(u32::MAX)) - took / 2);
        dialogue::run(world, 5 * MINUTE).unwrap();
        assert!(world.now().as_millis() > u64::from(u32::MAX), "{set}");
        assert_eq!(world.told, plain.told, "{set}");
    });
}

#[test]
fn q18_a_clock_that_goes_back_neither_panics_nor_fires() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        let ticket = publish(world, LINK, b"then the clock goes back");
        let sent = world.client.poll_transmit().len();
        for back in [1, 1_000, u64::MAX] {
            let earlier = world.now().as_millis().saturating_sub(back);
            world.client.handle_timeout(Instant::from_millis(earlier));
            assert_eq!(world.client.poll_transmit().len(), sent, "{set}");
        }
        let due = world.client.poll_timeout().expect("a deadline");
        assert!(due >= world.now(), "{set}: {due:?}");
        assert!(end_of(world, ticket).is_success(), "{set}");
    });
}

#[test]
fn q19_nothing_happens_a_millisecond_before_its_deadline() {
    let mut world = WorldIn::new(config(Quirks::NOTE));
    connect(&mut world, &[LINK]);
    world.settle(Duration::from_secs(1));
    publish(&mut world, LINK, b"into silence");
    // From here on nobody answers: the host is alone with its deadlines.
    let mut now = world.now();
    let client = &mut world.client;
    let mut rounds = 0;
    while rounds < 300 {
        let sent = client.poll_transmit().len();
        client.handle_transmitted(now, sent);
        while client.poll_event().is_some() {}
        let Some(due) = client.poll_timeout() else {
            break;
        };
        if due > now {
            let before = Instant::from_millis(due.as_millis() - 1);
            client.handle_timeout(before);
            assert_eq!(client.poll_transmit(), b"", "1 ms before {due:?}");
            assert!(client.poll_event().is_none(), "1 ms before {due:?}");
            assert_eq!(client.poll_timeout(), Some(due));
        }
        client.handle_timeout(due);
        let acted = !client.poll_transmit().is_empty()
            || client.poll_event().is_some()
            || client.poll_timeout() != Some(due);
        assert!(acted, "nothing is done at {due:?}");
        now = due;
        rounds += 1;
    }
    assert!(rounds > 50, "{rounds} deadlines");
}
