//! Campaigns in small: what once failed is run again, a few seeds of today, and each seed twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use qmt_sim::campaign::{HOSTS, Mode, Report, Row, Tally, generate, parse, run};
use qmt_sim::{Memory, Share};

/// Seeds of a mode in one run of the tests.
const SAFETY: u64 = 2;
const LIVENESS: u64 = 40;

fn run_seed(seed: u64, mode: Mode, memory: &mut Memory) -> Report {
    let report = run(&generate(seed, mode, None), mode, memory);
    assert_eq!(report.failure, None, "{mode:?}, seed {seed}");
    report
}

/// The first seed; `QMT_SIM_SHARE` chooses another.
fn first() -> u64 {
    let share = Share::asked_for().of(1_000_000, 1_000_000).next();
    1_000_000 + 1_000 * share.unwrap_or_default() as u64
}

#[test]
fn what_once_failed_does_not_fail_again() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaign");
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let scenario = parse(&fs::read_to_string(&path).unwrap()).unwrap();
        let mode = match name.starts_with("liveness") {
            true => Mode::Liveness,
            false => Mode::Safety,
        };
        let report = run(&scenario, mode, &mut Memory::new(HOSTS));
        assert_eq!(report.failure, None, "{name}");
        files += 1;
    }
    assert!(files >= 6, "{files}");
}

#[test]
fn nothing_untrue_is_told_whatever_goes_wrong() {
    let mut memory = Memory::new(HOSTS);
    let mut all = Tally::default();
    for seed in (first()..).take(SAFETY as usize) {
        all.merge(run_seed(seed, Mode::Safety, &mut memory).tally);
    }
    // An honest seed has 36 kinds.
    let struck = Row::ALL.iter().filter(|row| all.row(**row).0 > 0);
    assert!(struck.count() >= 30, "{all}");
}

#[test]
fn q15_every_link_is_ready_again_in_time_once_nothing_goes_wrong() {
    let mut memory = Memory::new(HOSTS);
    let mut all = Tally::default();
    for seed in (first()..).take(LIVENESS as usize) {
        all.merge(run_seed(seed, Mode::Liveness, &mut memory).tally);
    }
    assert_eq!(all.sum("seeds"), LIVENESS);
    assert!(all.recovered_within(1000).is_some());
}

#[test]
fn q20_the_same_seed_is_the_same_run_and_another_is_another() {
    let mut memory = Memory::new(HOSTS);
    let mut hashes = BTreeSet::new();
    for seed in 0..4 {
        let first = run_seed(seed, Mode::Liveness, &mut memory).hash;
        let again = run_seed(seed, Mode::Liveness, &mut memory).hash;
        assert_eq!(first, again, "seed {seed}");
        hashes.insert(first);
    }
    assert_eq!(hashes.len(), 4);
}
