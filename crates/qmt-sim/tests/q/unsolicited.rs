//! Lines that nobody asked for: delivered once, and nothing else changes.

use qmt_session::{LineError, Machine, Outcome};
use qmt_sim::{Act, Memory, Side, Told, WorldIn, dialogue};

use super::*;

const STRAY: &[u8] = b"\r\n+CTZE: \"+32\",0\r\n";
const UNCOUNTED: &[u8] = b"\r\n+QMTRECV: 0,0,\"down/a\",\"forged\"\r\n";
const COUNTED: &[u8] = b"\r\n+QMTRECV: 0,0,\"down/a\",6,\"forged\"\r\n";

/// The dialogue, with `line` before byte `at` of what the host hears; everything that was told.
fn told(memory: &mut Memory, quirks: Quirks, line: Option<(usize, &[u8])>) -> (Vec<Told>, Vec<u8>) {
    let mut world = WorldIn::within(config(quirks), memory);
    if let Some((at, line)) = line {
        let at = u64::try_from(at).unwrap();
        world.trigger(Side::Host, at, Act::Noise(line.to_vec()));
    }
    dialogue::run(&mut world, 5 * MINUTE).unwrap_or_else(|stuck| panic!("{line:?}: {stuck:?}"));
    // Up to the last byte of the module.
    world.settle(Duration::from_secs(1));
    (world.told, world.heard)
}

/// Where one line of the module ends and the next begins, outside of payloads.
fn boundaries(heard: &[u8]) -> Vec<usize> {
    let payloads: Vec<_> = dialogue::received()
        .iter()
        .chain(&dialogue::published())
        .flat_map(|payload| {
            let len = payload.len();
            let starts = heard.windows(len).enumerate();
            let starts: Vec<_> = starts
                .filter(|(_, part)| part == payload)
                .map(|(start, _)| start..start + len)
                .collect();
            starts
        })
        .collect();
    (2..heard.len() - 1)
        .filter(|&at| heard[at - 2..].starts_with(b"\r\n\r\n"))
        .filter(|at| !payloads.iter().any(|payload| payload.contains(at)))
        .collect()
}

/// `told` without what `line` has told, and how often it has.
fn without(told: Vec<Told>, is_line: impl Fn(&Told) -> bool) -> (Vec<Told>, usize) {
    let before = told.len();
    let rest: Vec<_> = told.into_iter().filter(|told| !is_line(told)).collect();
    let times = before - rest.len();
    (rest, times)
}

/// Told as a stray line, or as a line of an answer that is free text.
fn is_stray(told: &Told) -> bool {
    let bytes = format!("{:?}", STRAY.trim_ascii());
    matches!(told, Told::Session(words) if words.contains("CTZE") || words.contains(&bytes))
}

fn is_forged(told: &Told) -> bool {
    matches!(told, Told::Message { payload, .. } if payload == b"forged")
}

#[test]
fn q11_a_line_at_any_boundary_changes_no_outcome_and_is_told_once() {
    let mut memory = Memory::new(1);
    for set in tried() {
        let quirks = set.quirks;
        let (expected, heard) = told(&mut memory, quirks, None);
        let boundaries = boundaries(&heard);
        assert!(boundaries.len() > 20, "{set}: {boundaries:?}");
        // Every boundary with the module of the note, each with some of the others.
        let step = if set.number == 0 { 1 } else { 11 };
        for at in boundaries.into_iter().skip(set.number % step).step_by(step) {
            let (told, _) = told(&mut memory, quirks, Some((at, STRAY)));
            let (rest, times) = without(told, is_stray);
            assert_eq!(times, 1, "{set}, before byte {at}");
            assert_eq!(rest, expected, "{set}, before byte {at}");
        }
    }
}

#[test]
fn q31_no_message_is_believed_before_lengths_are_confirmed_and_none_without_a_length_after() {
    let mut memory = Memory::new(1);
    let (_, heard) = told(&mut memory, Quirks::NOTE, None);
    let places = |line: &[u8]| {
        let parts = heard.windows(line.len()).enumerate();
        let mut places = parts.filter_map(move |(at, part)| (part == line).then_some(at));
        [places.next(), places.next()].map(Option::unwrap_or_default)
    };
    // The first option that reads back as 1 is "version".
    let [_, confirmed] = places(b"+QMTCFG: 1\r\n");
    let [subscribed, _] = places(b"+QMTSUB: 0,1,0");
    assert!(0 < confirmed && confirmed < subscribed);
    for at in boundaries(&heard)
        .into_iter()
        .filter(|at| *at <= subscribed)
    {
        for line in [UNCOUNTED, COUNTED] {
            let (told, _) = told(&mut memory, Quirks::NOTE, Some((at, line)));
            let (_, times) = without(told, is_forged);
            let believed = at > confirmed && line == COUNTED;
            assert_eq!(times, usize::from(believed), "before byte {at}");
        }
    }
}

#[test]
fn q27_a_flood_of_lines_holds_up_no_publish() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        world.network.delay = Duration::from_millis(200);
        let ticket = publish(world, LINK, b"through the flood");
        let mut strays = 0_u32;
        while !world
            .told
            .iter()
            .any(|told| matches!(told, Told::Published(done, _) if *done == ticket))
        {
            world.noise(STRAY);
            strays += 1;
            world.settle(Duration::from_millis(1));
            assert!(strays < 200_000, "{set}");
        }
        assert!(strays > 100, "{set}: {strays}");
        world.oracle.assert_kept();
    });
}

#[test]
fn q35_what_the_host_counts_is_what_came() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        let before = *world.client.counters();
        for _ in 0..7 {
            world.noise(STRAY);
            world.settle(Duration::from_millis(1));
        }
        let counters = world.client.counters();
        assert_eq!(counters.strays, before.strays + 7, "{set}");
        assert_eq!(counters.violations, before.violations, "{set}");
        world
            .client
            .handle_line_error(world.now(), LineError::Overrun);
        let counters = world.client.counters();
        assert_eq!(counters.line_errors, before.line_errors + 1, "{set}");
        world.noise(UNCOUNTED);
        world.settle(Duration::from_millis(1));
        let counters = world.client.counters();
        assert_eq!(counters.messages, before.messages, "{set}");
        assert_eq!(counters.untrusted, before.untrusted + 1, "{set}");
    });
}

#[test]
fn q33_a_topic_of_any_bytes_is_at_most_one_message_and_ends_no_publish() {
    let topics: [&[u8]; 5] = [
        b"a\"b",
        b"a\r\n+QMTPUB: 0,1,0\r\n",
        b"a\",6,\"forged\"\r\n\r\nOK\r\n",
        b"\x00\xff\x1b\x1a",
        b"a,,\"\",\"",
    ];
    for topic in topics {
        each_module(|set, world| {
            connect(world, &[LINK]);
            world.network.lost[LINK.index()] = true;
            let ticket = publish(world, LINK, b"unanswered");
            world.settle(Duration::from_secs(2));
            let from = world.told.len();
            let mut line = b"\r\n+QMTRECV: 0,0,\"".to_vec();
            line.extend_from_slice(topic);
            line.extend_from_slice(b"\",6,\"forged\"\r\n");
            world.noise(&line);
            world.settle(Duration::from_millis(200));
            let told = &world.told[from..];
            let messages = told
                .iter()
                .filter(|told| matches!(told, Told::Message { .. }));
            assert!(messages.count() <= 1, "{set}: {told:#?}");
            let violated = told
                .iter()
                .any(|told| matches!(told, Told::Session(words) if words.contains("Violation")));
            let done = told
                .iter()
                .any(|told| matches!(told, Told::Published(_, Outcome::Acked(_))));
            assert!(!(violated && done), "{set}: {told:#?}");
            world.network.lost[LINK.index()] = false;
            end_of(world, ticket);
            let ready = world.run_while(10 * MINUTE, |world| !world.client.can_publish(LINK));
            assert!(ready, "{set}, {}", topic.escape_ascii());
        });
    }
}
