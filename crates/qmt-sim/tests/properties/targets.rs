//! Every fuzz target on random inputs, and on seeds of the corpus with a few bytes changed.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use qmt_sim::fuzz::TARGETS;

/// All seeds: target and input.
fn seeds() -> Vec<(usize, Vec<u8>)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut seeds = Vec::new();
    for (index, target) in TARGETS.iter().enumerate() {
        let mut files: Vec<_> = fs::read_dir(corpus.join(target.name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        seeds.extend(files.iter().map(|file| (index, fs::read(file).unwrap())));
    }
    seeds
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_target_holds_on_random_bytes(at in 0..TARGETS.len(), input in vec(any::<u8>(), 0..300)) {
        (TARGETS[at].run)(&input);
    }

    #[test]
    fn every_target_holds_on_damaged_seeds(
        seed in select(seeds()), damage in vec((any::<Index>(), any::<u8>()), 1..5),
    ) {
        let (at, mut input) = seed;
        for (place, byte) in damage {
            if !input.is_empty() {
                let place = place.index(input.len());
                input[place] = byte;
            }
        }
        (TARGETS[at].run)(&input);
    }
}
