//! Every input in `fuzz/corpus` holds: the seeds, and whatever has broken a target once.

use std::fs;
use std::path::{Path, PathBuf};

use qmt_sim::fuzz::{self, TARGETS};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// Names and contents of the inputs of a target, in order.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fs::read_dir(corpus().join(target)).expect("a corpus for every target");
    let mut inputs: Vec<_> = folder
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

/// RELIABILITY H11, H12.
#[test]
fn every_input_of_the_corpus_holds() {
    for target in TARGETS {
        let inputs = inputs(target.name);
        assert!(inputs.len() >= 5, "{}: a curated corpus", target.name);
        for (name, input) in inputs {
            // A failing test shows what was printed last.
            println!("{}/{name}", target.name);
            (target.run)(&input);
        }
    }
}

#[test]
fn the_corpus_has_no_folder_that_nobody_reads_and_no_name_that_says_nothing() {
    for folder in fs::read_dir(corpus()).unwrap() {
        let folder = folder.unwrap().file_name().into_string().unwrap();
        let known = TARGETS.iter().any(|target| target.name == folder);
        assert!(known || folder == "README.md", "{folder}");
        if !known {
            continue;
        }
        for (name, input) in inputs(&folder) {
            let said = name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            let hash = name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(said && !hash, "{folder}/{name}: say what it is");
            assert!(input.len() <= 4_096, "{folder}/{name}: minimise it");
        }
    }
}

#[test]
fn every_target_has_its_program_and_its_layout_is_written_down() {
    let fuzz = corpus().join("..");
    let (manifest, readme) = (fuzz.join("Cargo.toml"), fuzz.join("README.md"));
    let manifest = fs::read_to_string(manifest).unwrap();
    let readme = fs::read_to_string(readme).unwrap();
    for target in TARGETS {
        let program = fs::read_to_string(fuzz.join(format!("fuzz_targets/{}.rs", target.name)));
        assert!(program.unwrap().contains(target.name));
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)));
        assert!(
            readme.contains(&format!("\n### {}\n", target.name)),
            "{}",
            target.name
        );
    }
}

#[test]
fn a_broken_property_is_a_panic() {
    // A target that could not fail would make every replay pass: an unknown one does.
    assert!(std::panic::catch_unwind(|| fuzz::run("no such target", b"")).is_err());
}
