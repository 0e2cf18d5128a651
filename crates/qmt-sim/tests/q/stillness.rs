//! Asking again changes nothing, the same seed is the same run, and the end is the end.

use core::time::Duration;

use qmt_session::{Machine, Phase};

use super::*;

/// The hash of the dialogue with this module, the host being asked `extra` times more at each step.
fn hash(quirks: Quirks, extra: usize) -> u64 {
    let mut memory = Memory::new(1);
    let mut world = WorldIn::within(config(quirks), &mut memory);
    connect(&mut world, &[LINK]);
    for payload in dialogue::published() {
        let ticket = publish(&mut world, LINK, &payload);
        world.run_while(MINUTE, |world| {
            let now = world.now();
            for _ in 0..extra {
                world.client.handle_timeout(now);
                assert!(world.client.poll_timeout().is_none_or(|due| due >= now));
            }
            !world
                .told
                .iter()
                .any(|told| matches!(told, Told::Published(done, _) if *done == ticket))
        });
    }
    world.settle(5 * MINUTE);
    world.trace.hash()
}

#[test]
fn q17_q18_asking_again_without_news_does_nothing() {
    for set in tried() {
        let quirks = set.quirks;
        assert_eq!(hash(quirks, 3), hash(quirks, 0), "{set}");
    }
}

#[test]
fn q20_the_same_seed_is_the_same_run() {
    for set in tried() {
        let quirks = set.quirks;
        assert_eq!(hash(quirks, 0), hash(quirks, 0), "{set}");
    }
    let hashes = tried().into_iter().map(|set| hash(set.quirks, 0));
    let all: std::collections::BTreeSet<_> = hashes.collect();
    assert!(all.len() > 10, "the hash tells modules apart");
}

#[test]
fn q28_after_a_close_nothing_is_sent_and_everything_has_ended() {
    each_module(|set, world| {
        connect(world, &[LINK, OTHER]);
        for link in [LINK, OTHER] {
            world.network.lost[link.index()] = true;
            publish(world, link, b"in flight");
        }
        world.settle(Duration::from_millis(700));
        for link in [LINK, OTHER] {
            world.client.disconnect(world.now(), link);
        }
        for _ in 0..2 {
            world.run_until(10 * MINUTE, |told| matches!(told, Told::Closed(_)));
        }
        // A module that seems to have forgotten its links is brought up anew, whoever wants it.
        let ready = world.run_while(MINUTE, |world| world.client.phase() != Phase::Ready);
        assert!(ready, "{set}: {:#?}", world.told);
        let sent = world.sent.len();
        world.settle(10 * MINUTE);
        assert_eq!(world.sent.len(), sent, "{set}");
        assert_eq!(world.oracle.operations(), (2, 2), "{set}");
        world.oracle.assert_kept();
    });
}

#[test]
fn q28_after_an_abort_everything_has_ended_and_what_was_being_sent_is_not_sent_on() {
    each_module(|set, world| {
        connect(world, &[LINK, OTHER]);
        world.network.lost[OTHER.index()] = true;
        let waiting = publish(world, OTHER, b"its result is awaited");
        world.settle(Duration::from_millis(700));
        // The other one stops in its command, in its payload, or behind it.
        let from = world.sent.len();
        let ticket = publish(world, LINK, b"half a payload");
        let stop = from + set.number % 40;
        world.run_while(Duration::from_millis(300), |world| world.sent.len() < stop);
        let now = world.now();
        world.client.abort(now);
        assert_eq!(world.client.poll_transmit(), b"", "{set}");
        let sent = world.sent.len();
        world.settle(Duration::ZERO);
        for ticket in [waiting, ticket] {
            let ends = world
                .told
                .iter()
                .filter(|told| matches!(told, Told::Published(done, _) if *done == ticket));
            assert_eq!(ends.count(), 1, "{set}: {:#?}", world.told);
        }
        let rest = &world.sent[sent..];
        let payload = rest.windows(7).any(|part| part == b"payload");
        assert!(!payload, "{set}: {}", rest.escape_ascii());
        world.network.lost[OTHER.index()] = false;
        for link in [LINK, OTHER] {
            let ready = world.run_while(5 * MINUTE, |world| !world.client.can_publish(link));
            assert!(ready, "{set}: {:#?}", world.told);
        }
        world.oracle.at_rest();
        world.oracle.assert_kept();
    });
}
