//! Lines that nobody asked for: delivered once, and nothing else changes.

use qmt_session::proto::Filter;
use qmt_session::{LineError, Machine, Outcome};
use qmt_sim::{Act, Change, Memory, Rng, Side, Told, WorldIn, dialogue};

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

fn is_forged(told: &Told) -> bool {
    matches!(told, Told::Message { payload, .. } if payload == b"forged")
}

/// Lines that nobody has asked for and that concern nothing in flight, of every kind there is.
const UNASKED: [&[u8]; 12] = [
    STRAY,
    COUNTED,
    b"\r\n+CEREG: 1\r\n",
    b"\r\n+QMTSTAT: 4,1\r\n",
    b"\r\n+QMTPUB: 0,65000,0\r\n",
    b"\r\n+QMTPUB: 0,65000,1,2\r\n",
    b"\r\n+QMTSUB: 0,65000,0,1\r\n",
    b"\r\n+QMTUNS: 0,65000,0\r\n",
    b"\r\n+QMTOPEN: 4,0\r\n",
    b"\r\n+QMTCONN: 4,0,0\r\n",
    b"\r\n+QMTDISC: 4,0\r\n",
    b"\r\nwords of nobody\r\n",
];

#[test]
fn q11_a_line_of_any_kind_at_any_boundary_changes_no_outcome_and_is_told_once() {
    let mut memory = Memory::new(1);
    for set in tried() {
        let quirks = set.quirks;
        let (expected, heard) = told(&mut memory, quirks, None);
        let boundaries = boundaries(&heard);
        assert!(boundaries.len() > 20, "{set}: {boundaries:?}");
        // Every boundary with the module of the note, and in a whole campaign every line there; some
        // with each of the others.
        let (step, every) = match (set.number, share()) {
            (0, Share::Whole) => (1, 1),
            (0, Share::Part(_)) => (1, 4),
            _ => (11, UNASKED.len()),
        };
        for (n, at) in boundaries
            .into_iter()
            .enumerate()
            .skip(set.number % step)
            .step_by(step)
        {
            for line in UNASKED.iter().skip((set.number + n) % every).step_by(every) {
                let (told, _) = told(&mut memory, quirks, Some((at, line)));
                let place = told
                    .iter()
                    .zip(&expected)
                    .take_while(|(a, b)| a == b)
                    .count();
                let shown = line.escape_ascii();
                assert_eq!(
                    told.len(),
                    expected.len() + 1,
                    "{set}, {at}: {shown} {told:#?}"
                );
                assert_eq!(told[place + 1..], expected[place..], "{set}, {at}: {shown}");
            }
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
fn q27_a_flood_of_lines_holds_up_no_operation() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        world.network.delay = Duration::from_millis(200);
        let filter = Filter::new("down/a").unwrap();
        // 18 bytes each millisecond: more than the line carries at its fastest rate in a tenth of
        // the time.
        let mut strays = 0_u32;
        let mut flood_until = |world: &mut WorldIn<'_>, done: &dyn Fn(&Told) -> bool| {
            let (from, since) = (world.told.len(), world.now());
            while !world.told[from..].iter().any(done) {
                world.noise(STRAY);
                strays += 1;
                world.settle(Duration::from_millis(1));
                let took = world.now().saturating_since(since);
                assert!(took <= world.oracle.longest, "{set}: {:#?}", world.told);
            }
        };
        let ticket = publish(world, LINK, b"through the flood");
        flood_until(
            world,
            &|told| matches!(told, Told::Published(done, outcome) if *done == ticket && outcome.is_success()),
        );
        let now = world.now();
        world
            .client
            .subscribe(now, LINK, filter, Qos::AtLeastOnce)
            .unwrap();
        flood_until(world, &|told| matches!(told, Told::Subscribed(..)));
        let now = world.now();
        world.client.unsubscribe(now, LINK, filter);
        flood_until(world, &|told| matches!(told, Told::Unsubscribed(..)));
        let now = world.now();
        world.client.disconnect(now, LINK);
        flood_until(world, &|told| *told == Told::Closed(LINK));
        assert!(strays > 500, "{set}: {strays}");
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
fn q35_every_byte_is_in_one_class_and_no_more_damage_is_told_than_was_done() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        let filter = Filter::new("down/a").unwrap();
        let now = world.now();
        world
            .client
            .subscribe(now, LINK, filter, Qos::AtLeastOnce)
            .unwrap();
        let balanced = |world: &WorldIn<'_>| {
            let counters = world.client.counters();
            let classes = counters.bytes_echoed + counters.bytes_read + counters.bytes_dropped;
            assert_eq!(counters.bytes_in, classes, "{set}: {counters:?}");
            assert_eq!(counters.bytes_in, world.to_host.carried(), "{set}");
        };
        world.settle(Duration::from_secs(2));
        balanced(world);
        let before = *world.client.counters();
        // One fault after the other, at a byte of a message, each byte with some module.
        let faults = 12;
        for fault in 0..faults {
            let at = world.to_host.carried() + (7 * fault + set.number as u64) % 60;
            match fault % 4 {
                0 => world.to_host.damage(at, Change::Drop),
                1 => world.to_host.damage(at, Change::Flip(fault as u8 % 8)),
                2 => world.trigger(Side::Host, at, Act::LineError(LineError::Parity)),
                _ => world.trigger(Side::Host, at, Act::Stall(Duration::from_secs(1))),
            }
            let payload = [b'x'; 30];
            world.peer_publishes("down/a", &payload, qmt_mqtt::QoS::AtMostOnce, false);
            world.settle(Duration::from_secs(10));
        }
        let damaged = faults / 4;
        // A byte that was lost has not come.
        assert_eq!(
            world.client.counters().bytes_in + damaged,
            world.to_host.carried()
        );
        let counters = world.client.counters();
        let line_errors = u64::from(counters.line_errors - before.line_errors);
        assert_eq!(line_errors, damaged, "{set}");
        // The rest can be seen at most, and no other.
        let violations = u64::from(counters.violations - before.violations);
        assert!(
            (1..=faults - damaged).contains(&violations),
            "{set}: {violations}"
        );
        assert_eq!(counters.restarts, before.restarts, "{set}");
    });
}

/// Parts of topics that look like parts of lines.
const PARTS: [&[u8]; 14] = [
    b"\r\n",
    b"\"",
    b",",
    b"\",",
    b"\",6,\"forged\"",
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b"+QMTPUB: 0,1,0\r\n",
    b"+QMTSTAT: 0,1\r\n",
    b"+QMTRECV: 0,0,\"down/a\",1,\"x\"",
    b"+QMTCLOSE: (0-4)\r\n",
    b"RDY\r\n",
    b"> ",
    b"\x1a\x1b\0",
];

fn topic(rng: &mut Rng) -> Vec<u8> {
    let mut topic = Vec::new();
    for _ in 0..=rng.below(5) {
        if rng.one_in(2) {
            let part: &&[u8] = rng.pick(&PARTS);
            topic.extend_from_slice(part);
        } else {
            topic.extend((0..rng.below(8)).map(|_| rng.byte()));
        }
    }
    topic
}

#[test]
fn q33_a_topic_of_any_bytes_is_at_most_one_message_and_ends_no_publish() {
    let mut rng = Rng::new(33);
    for round in 0..4 {
        each_module(|set, world| {
            connect(world, &[LINK]);
            world.network.lost[LINK.index()] = true;
            let ticket = publish(world, LINK, b"unanswered");
            world.settle(Duration::from_secs(2));
            let from = world.told.len();
            let topic = topic(&mut rng);
            let story = format!("{set}, {round}: {}", topic.escape_ascii());
            let mut line = b"\r\n+QMTRECV: 0,0,\"".to_vec();
            line.extend_from_slice(&topic);
            line.extend_from_slice(b"\",6,\"forged\"\r\n");
            world.noise(&line);
            world.settle(Duration::from_millis(200));
            let told = &world.told[from..];
            let messages = told
                .iter()
                .filter(|told| matches!(told, Told::Message { .. }));
            assert!(messages.count() <= 1, "{story}: {told:#?}");
            let violation = told.iter().position(
                |told| matches!(told, Told::Session(words) if words.contains("Violation")),
            );
            let probed =
                |told: &Told| matches!(told, Told::Session(words) if words == "Resynchronized");
            let after = violation.map_or(&[][..], |at| &told[at..]);
            let doubted = after.iter().take_while(|told| !probed(told));
            let done = doubted
                .into_iter()
                .find(|told| matches!(told, Told::Published(_, Outcome::Acked(_))));
            assert_eq!(done, None, "{story}: {told:#?}");
            world.network.lost[LINK.index()] = false;
            end_of(world, ticket);
            let ready = world.run_while(10 * MINUTE, |world| !world.client.can_publish(LINK));
            assert!(ready, "{story}");
        });
    }
}
