//! Whose code a program is.

use std::collections::BTreeMap;
use std::fs;

use super::FOLDER;
use crate::{command::Command, failure::Failure};

/// Bytes of code of each crate. What was inlined is its crate's; `core` has what no crate of ours
/// has called.
pub(super) fn code(program: &str) -> Result<BTreeMap<String, u64>, Failure> {
    let listing = Command::new("arm-none-eabi-objdump")
        .args(["-d", "--no-show-raw-insn", program])
        .capture()?;
    let addresses = addresses(&listing);
    // Too many for a command line.
    let list = format!("{FOLDER}/addresses");
    let text: Vec<String> = addresses.iter().map(|at| format!("{at:#x}")).collect();
    fs::write(&list, text.join("\n")).map_err(|error| Failure::new(format!("{list}: {error}")))?;
    let places = Command::new("arm-none-eabi-addr2line")
        .args(["-a", "-i", "-e", program, &format!("@{list}")])
        .capture()?;
    Ok(sum(&addresses, &places))
}

/// Where each instruction is.
fn addresses(listing: &str) -> Vec<u64> {
    let address = |line: &str| {
        let (address, rest) = line.trim_start().split_once(':')?;
        // Not a symbol.
        rest.starts_with('\t')
            .then(|| u64::from_str_radix(address, 16).ok())?
    };
    let mut all: Vec<u64> = listing.lines().filter_map(address).collect();
    all.sort_unstable();
    all
}

/// `places` has, for each address, the lines of source from the innermost function outwards.
fn sum(addresses: &[u64], places: &str) -> BTreeMap<String, u64> {
    let next = addresses.iter().skip(1).chain(addresses.last());
    // No instruction is longer than four bytes: the rest is padding or another section.
    let mut sizes = addresses
        .iter()
        .zip(next)
        .map(|(at, next)| match next - at {
            0 => 2,
            len => len.min(4),
        });
    let mut crates = BTreeMap::new();
    let mut size = 0;
    let mut is_known = true;
    for line in places.lines() {
        if line.starts_with("0x") {
            if !is_known {
                *crates.entry("core".to_owned()).or_default() += size;
            }
            size = sizes.next().unwrap_or_default();
            is_known = false;
        } else if let Some(owner) = owner(line).filter(|_| !is_known) {
            *crates.entry(owner.to_owned()).or_default() += size;
            is_known = true;
        }
    }
    if !is_known {
        *crates.entry("core".to_owned()).or_default() += size;
    }
    crates
}

/// The crate of ours that a line of source belongs to.
fn owner(place: &str) -> Option<&str> {
    if place.contains("/benches/src/") || place.contains("/size-probe/src/") {
        return Some("the harness");
    }
    let (_, inside) = place.split_once("/crates/")?;
    let (name, rest) = inside.split_once('/')?;
    rest.starts_with("src/").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_told_from_symbols() {
        let listing = "00000010 <a::b>:\n  10:\tpush\t{r4}\n\n  14:\tbl\t20 <c>\n   x:\tno\n";
        assert_eq!(addresses(listing), [0x10, 0x14]);
    }

    #[test]
    fn inlined_code_belongs_to_the_innermost_crate_of_ours() {
        let places = "0x10\n/rustc/core/src/a.rs:1\n/x/crates/at-syntax/src/b.rs:2\n\
                      /x/crates/qmt-proto/src/c.rs:3\n0x14\n??:?\n0x16\n/x/benches/src/d.rs:4\n";
        let crates = sum(&[0x10, 0x14, 0x16], places);
        let of = |name: &str| crates.get(name).copied();
        assert_eq!(of("at-syntax"), Some(4));
        assert_eq!(of("core"), Some(2));
        assert_eq!(of("the harness"), Some(2));
        assert_eq!(crates.len(), 3);
    }
}
