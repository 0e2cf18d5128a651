//! A line that has lost bytes is believed again only after a probe, and sent nothing before.

use core::time::Duration;

use qmt_session::{LineError, Machine};
use qmt_sim::{Change, Side};

use super::*;

/// Where `part` begins in `all`.
fn position(all: &[u8], part: &[u8]) -> Option<usize> {
    all.windows(part.len()).position(|window| window == part)
}

#[test]
fn q29_a_payload_that_lost_bytes_is_followed_by_silence_until_the_module_has_ended_it() {
    let payload = b"a payload whose bytes are counted";
    each_module(|set, world| {
        connect(world, &[LINK]);
        world.settle(Duration::from_secs(1));
        // In the middle of the payload, which follows its command of some 27 bytes.
        let inside = world.to_module.carried() + 45;
        for at in inside..=inside + set.number as u64 % 3 {
            world.to_module.damage(at, Change::Drop);
        }
        let from = world.sent.len();
        let ticket = publish(world, LINK, payload);
        let out = world.run_while(MINUTE, |world| !world.sent[from..].ends_with(payload));
        assert!(out, "{set}: {}", world.sent[from..].escape_ascii());
        let (since, sent, heard) = (world.now(), world.sent.len(), world.heard.len());
        let told = world.told.len();
        world.run_while(2 * MINUTE, |world| world.sent.len() == sent);
        let silence = world.now().saturating_since(since);
        let said = &world.heard[heard..];
        let ended = [&b"OK\r\n"[..], b"ERROR", b"TIMEOUT"];
        let ended = ended.iter().any(|end| position(said, end).is_some());
        assert!(ended || silence >= MINUTE, "{set}: {silence:?}");
        let end = end_of(world, ticket);
        assert!(!end.is_success(), "{set}: {end:?}");
        // 60 s of data mode, its margin of 5 s, the gap and a probe.
        let trusts =
            |told: &Told| matches!(told, Told::Session(words) if words == "Resynchronized");
        let from = told;
        world.run_while(MINUTE, |world| !world.told[from..].iter().any(trusts));
        let idle = world.now().saturating_since(since);
        assert!(idle <= Duration::from_secs(66), "{set}: {idle:?}");
        let ready = world.run_while(5 * MINUTE, |world| !world.client.can_publish(LINK));
        assert!(ready, "{set}");
        let next = publish(world, LINK, b"the next one");
        assert!(end_of(world, next).is_success(), "{set}");
        world.oracle.at_rest();
        world.oracle.assert_kept();
    });
}

#[test]
fn q30_a_host_whose_first_bytes_are_lost_finds_the_module_before_it_asks_for_anything() {
    let mut memory = Memory::new(1);
    for set in tried() {
        let quirks = set.quirks;
        for lost in [0, 1, 2, 3, 5, 8, 16] {
            let mut world = WorldIn::within(config(quirks), &mut memory);
            for at in 0..lost {
                world.to_module.damage(at, Change::Drop);
            }
            connect(&mut world, &[LINK]);
            // Until the answer that only a probe has, nothing but probes was said.
            let found = position(&world.heard, b": (").unwrap();
            let mut pieces = world.dialogue().into_iter();
            let before: Vec<u8> = pieces
                .by_ref()
                .take_while(|(side, from, bytes)| {
                    *side == Side::Module || from + bytes.len() < found
                })
                .filter(|(side, ..)| *side == Side::Module)
                .flat_map(|(.., bytes)| bytes.to_vec())
                .collect();
            let before = String::from_utf8_lossy(&before);
            let probes = [
                "",
                "AT",
                "ATV1",
                "ATE0",
                "X\"X",
                "AT+QMTCLOSE=?",
                "AT+QMTDISC=?",
            ];
            let lines: Vec<_> = before
                .split('\r')
                .map(|line| line.trim_matches('\x1b'))
                .collect();
            let other = lines.iter().find(|line| !probes.contains(*line));
            assert_eq!(other, None, "{set}, {lost} lost: {lines:?}");
            let tries = lines.iter().filter(|line| line.ends_with("=?")).count();
            assert!((1..=5).contains(&tries), "{set}, {lost} lost: {lines:?}");
            world.oracle.assert_kept();
        }
    }
}

#[test]
fn q32_no_number_of_oks_ends_the_doubt() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        let before = world.client.counters().untrusted;
        world.cut = true;
        world
            .client
            .handle_line_error(world.now(), LineError::Framing);
        let from = world.told.len();
        // Into the silence, behind the spoiler, and where the answer to a probe is awaited.
        for pause in [130, 300, 700, 1_500].into_iter().cycle().take(200) {
            world.noise(b"\r\nOK\r\n");
            world.settle(Duration::from_millis(pause));
        }
        let told = &world.told[from..];
        let believed =
            |told: &&Told| matches!(told, Told::Session(words) if words.contains("Resynchronized"));
        assert_eq!(told.iter().find(believed), None, "{set}");
        assert!(world.client.counters().untrusted > before, "{set}");
        world.cut = false;
        let ready = world.run_while(10 * MINUTE, |world| !world.client.can_publish(LINK));
        assert!(ready, "{set}");
    });
}
