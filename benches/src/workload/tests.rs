//! Every workload is the one of the recipe, byte for byte.

use at_syntax::Writer;
use sha2::{Digest, Sha256};

use super::{Encode, Workload};

fn prefix(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn is(load: &Workload, lines: usize, bytes: usize, hash: &str) {
    assert_eq!(load.sent.len(), lines);
    assert_eq!(load.ends.len(), lines);
    assert_eq!(load.bytes.len(), bytes);
    assert_eq!(prefix(&load.bytes), hash);
}

#[test]
fn w1_is_the_recipe_s() {
    is(
        &Workload::w1(100_000),
        100_000,
        25_696_922,
        "e8dbc45ef8218650",
    );
    is(&Workload::w1(1000), 1000, 259_894, "ceb51f158d4b40fc");
}

#[test]
fn w2_is_the_recipe_s() {
    is(
        &Workload::w2(100_000),
        100_000,
        1_768_992,
        "5911c0cf39bba80d",
    );
}

#[test]
fn w3_is_the_recipe_s() {
    is(
        &Workload::w3(10_000),
        10_000,
        15_411_217,
        "d719d364071f15f3",
    );
}

#[test]
fn w4_is_the_recipe_s() {
    is(&Workload::w4(5000), 5000, 15_004_578, "fa07e8666e48b5d2");
}

#[test]
fn w7_is_the_recipe_s() {
    let load = Workload::w7(20_000);
    // The last hostile message brings its small lines with it.
    assert_eq!(load.hostile, 6655);
    is(&load, load.sent.len(), 2_823_077, "227b05186ae654b9");
    assert!((20_000..20_003).contains(&load.sent.len()));
}

#[test]
fn w8_is_the_recipe_s() {
    is(&Workload::w8(10_000), 10_001, 205_916, "931b8b5fbaff821d");
}

#[test]
fn w9_is_the_recipe_s() {
    is(
        &Workload::w9(100_000),
        100_000,
        26_056_453,
        "b37c61cd67b96b0a",
    );
}

#[test]
fn w6_is_the_recipe_s_and_our_encoder_writes_it() {
    let expected = [
        (361_908, "e640ec21"),
        (3_081_882, "c2b569de"),
        (57_375, "4ace0ba2"),
        (472_789, "51478822"),
    ];
    for (kind, (bytes, hash)) in Encode::ALL.into_iter().zip(expected) {
        let commands = kind.commands(2000);
        let all: Vec<u8> = commands.iter().flat_map(|c| c.line.clone()).collect();
        assert_eq!(all.len(), bytes, "{kind:?}");
        assert!(prefix(&all).starts_with(hash), "{kind:?}");
        for command in &commands {
            let mut buf = [0; 2048];
            let mut out = Writer::new(&mut buf);
            command.command(kind).unwrap().emit(&mut out);
            assert_eq!(out.finish_request().unwrap(), command.line);
        }
    }
}
