//! A share of the single-byte faults of the canonical dialogue, others on request, beside the
//! committed list of those that spell another valid line. `cargo xtask sim --bytes` runs all of
//! them, `--envelope` with sealed payloads.

use qmt_proto::{Expect, RequestDialect, ResponseDialect};
use qmt_sim::dialogue::{self, Wrapping};
use qmt_sim::reference::{self, Meaning};
use qmt_sim::single_byte::{self, BOUND, Effects, Fault, Kind, Places};
use qmt_sim::{Change, Memory, Share, Side, World};

/// One fault in so many: a prime, so that all kinds and all bytes take part.
const EVERY: usize = 2_003;

fn list() -> Effects {
    single_byte::parse(include_str!("../single_byte.txt")).expect("a list")
}

fn share(total: u64) -> impl Iterator<Item = u64> {
    let total = usize::try_from(total).unwrap();
    Share::asked_for().of(total, EVERY).map(|n| n as u64)
}

/// Runs the dialogue with each of these faults: it comes to its end, and only what is listed is
/// untrue. How many there were, and how many of them made something untrue.
fn run_all(faults: impl Iterator<Item = Fault>, places: &Places) -> (usize, usize) {
    let (mut memory, list) = (Memory::new(1), list());
    let (mut runs, mut untrue) = (0, 0);
    for fault in faults {
        let verdict = single_byte::run(fault, Wrapping::Bare, &mut memory);
        assert_eq!(verdict.failed, None, "{fault:?}");
        assert!(verdict.longest_wait <= BOUND, "{fault:?}");
        for promise in &verdict.broken {
            let place = places.get(fault.side, fault.at);
            assert!(
                list.knows(places, fault, promise),
                "{promise}: {fault:?} {place:?}; if it spells another line: cargo xtask sim --bytes"
            );
        }
        untrue += usize::from(!verdict.broken.is_empty());
        runs += 1;
    }
    (runs, untrue)
}

/// RELIABILITY W1, D1.
#[test]
fn after_any_single_byte_fault_the_link_is_ready_in_time_and_only_what_is_listed_is_untrue() {
    let (passage, places) = single_byte::baseline(Wrapping::Bare);
    let numbers = share(single_byte::total(&passage));
    let faults = numbers.map(|number| Fault::numbered(&passage, number));
    let (runs, untrue) = run_all(faults, &places);
    assert!(runs > 300 && untrue > 10, "{runs} {untrue}");
}

/// RELIABILITY W6. Line ends, quotes, prompts and keys made by one wrong bit, everywhere in the dialogue.
#[test]
fn w06_a_wrong_bit_that_makes_a_byte_with_a_meaning_forges_nothing_that_is_not_listed() {
    let (_, places) = single_byte::baseline(Wrapping::Bare);
    let mut world = World::new(dialogue::world_config());
    dialogue::run(&mut world, BOUND).unwrap();
    let lines = [(Side::Module, &world.sent), (Side::Host, &world.heard)];
    let bytes = lines.into_iter().flat_map(|(side, bytes)| {
        let bytes = (0..).zip(bytes);
        bytes.map(move |(at, byte)| (side, at, *byte))
    });
    let flips: Vec<_> = bytes
        .filter(|(side, at, _)| places.get(*side, *at).is_some())
        .flat_map(|(side, at, byte)| {
            let bits = (0..8).filter(move |bit| b"\r\n\">\x1A\x1B".contains(&(byte ^ 1 << bit)));
            bits.map(move |bit| Fault {
                side,
                at,
                kind: Kind::Change(Change::Flip(bit)),
            })
        })
        .collect();
    assert!(flips.len() > 1_000, "{}", flips.len());
    let tried = Share::asked_for().of(flips.len(), 41);
    let (runs, untrue) = run_all(tried.map(|at| flips[at]), &places);
    assert!(runs > 20 && untrue > 0, "{runs} {untrue}");
}

/// G14.
#[test]
fn in_envelopes_no_damaged_payload_is_delivered() {
    let (passage, places) = single_byte::baseline(Wrapping::Sealed);
    let mut memory = Memory::new(1);
    for number in share(single_byte::total(&passage)) {
        let fault = Fault::numbered(&passage, number);
        let verdict = single_byte::run(fault, Wrapping::Sealed, &mut memory);
        let place = places.get(fault.side, fault.at);
        assert_eq!(verdict.failed, None, "{fault:?} {place:?}");
        assert_eq!(verdict.broken, [""; 0], "{fault:?} {place:?}");
    }
}

/// What a line would say by itself, as the independent reader understands it.
fn meanings(side: Side, line: &[u8]) -> Vec<Meaning> {
    match side {
        Side::Module => {
            let commands = reference::commands(line, &RequestDialect::default());
            commands.into_iter().flatten().collect()
        }
        Side::Host => {
            let mut line = line.to_vec();
            if line.ends_with(b",260,\"") {
                // The head of a message.
                line.extend([b'.'; 260]);
                line.extend(b"\"\r\n");
            }
            let dialect = ResponseDialect::default();
            let mut meanings = reference::meanings(&line, &dialect, 0, Expect::Nothing);
            meanings
                .retain(|meaning| !["malformed", "unknown", "violation"].contains(&meaning.kind()));
            meanings
        }
    }
}

/// Whether a change of a line makes another valid line of it.
fn spells_another(side: Side, line: &str, at: usize, kind: Kind) -> bool {
    if line.starts_with("(payload ") {
        // Any bytes are a payload.
        return true;
    }
    let line = unescaped(line);
    let mut changed = line.clone();
    match kind {
        Kind::Change(Change::Drop) => drop(changed.remove(at)),
        Kind::Change(Change::Duplicate) => changed.insert(at, line[at]),
        Kind::Change(Change::Flip(bit)) => changed[at] ^= 1 << bit,
        Kind::Change(Change::Insert(byte)) => changed.insert(at, byte),
        Kind::Reset => return false,
    }
    // A CR behind that of a command is the first byte of its payload.
    let is_payload = || changed.strip_prefix(&line[..]) == Some(b"\r");
    let (before, after) = (meanings(side, &line), meanings(side, &changed));
    assert_eq!(before.len(), 1, "{}", line.escape_ascii());
    let other = |meaning: &Meaning| meaning.kind() == before[0].kind() && *meaning != before[0];
    after.iter().any(other) || is_payload()
}

fn unescaped(line: &str) -> Vec<u8> {
    let line = line.replace("\\r", "\r").replace("\\n", "\n");
    line.replace("\\\"", "\"").into_bytes()
}

#[test]
fn every_change_in_the_list_spells_another_valid_line() {
    let list = list();
    assert!(list.len() > 1_000);
    for (side, line, at, kind) in list.each() {
        assert!(spells_another(side, line, at, kind), "{line} {at} {kind:?}");
    }
    let flip = Kind::Change(Change::Flip(0));
    assert!(spells_another(Side::Host, r"+QMTPUB: 0,2,1\r\n", 13, flip));
    assert!(!spells_another(Side::Host, r"+QMTPUB: 0,2,0\r\n", 3, flip));
    assert!(!spells_another(
        Side::Host,
        r"+QMTPUB: 0,2,0\r\n",
        13,
        Kind::Reset
    ));
}
