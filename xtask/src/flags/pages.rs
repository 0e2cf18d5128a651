//! What README and guides name exists: verbs of `cargo xtask` with their flags, examples, files.
//!
//! Their `console` blocks are run by the tests of qmt-cli, and the examples by those of their crates.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Programs that are not of this project.
const OTHERS: [&str; 3] = ["minicom", "python3", "socat"];

/// Every page that users read, with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(ROOT);
    let listed = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let pages = listed(root.to_owned()).chain(listed(root.join("docs")));
    let pages = pages.filter(|path| path.extension().is_some_and(|it| it == "md"));
    pages
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The commands of the `sh` blocks, without comments.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.filter_map(|block| block.split("```").next());
    let lines = lines.flat_map(str::lines);
    lines.map(|line| line.split(" #").next().unwrap_or(line).trim())
}

/// What is wrong with a command, if it names something that is not there.
fn fault(command: &str) -> Option<String> {
    let words: Vec<&str> = command.split(' ').collect();
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    if let Some(verb) = command.strip_prefix("cargo xtask ") {
        let args: Vec<&str> = verb.split(' ').collect();
        let parsed = parse_from(Parser::from_args(&args));
        return parsed.err().map(|error| error.to_string());
    }
    let root = Path::new(ROOT);
    if let Some(folder) = after("--path") {
        return (!root.join(folder).join("Cargo.toml").is_file()).then(|| format!("no {folder}"));
    }
    if let (Some(package), Some(name)) = (after("-p"), after("--example")) {
        let examples = root.join("crates").join(package).join("examples");
        let is_there = [format!("{name}.rs"), format!("{name}/main.rs")]
            .iter()
            .any(|file| examples.join(file).is_file());
        return (!is_there).then(|| format!("{package} has no example {name}"));
    }
    if let Some(name) = after("--bin").filter(|_| command.starts_with("cd fuzz")) {
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        let is_there = manifest.contains(&format!("name = \"{name}\""));
        return (!is_there).then(|| format!("no fuzz target {name}"));
    }
    if let Some(package) = after("-p").filter(|_| command.starts_with("cargo run ")) {
        let is_there = root.join("crates").join(package).is_dir();
        return (!is_there).then(|| format!("no package {package}"));
    }
    // What others have made.
    if words.iter().any(|word| OTHERS.contains(word)) {
        return None;
    }
    Some("nobody checks this command: teach this test what it needs".to_owned())
}

#[test]
fn every_command_of_the_guides_names_what_exists() {
    assert!(fault("cargo xtask dance").is_some());
    assert!(fault("cargo run -q -p qmt-hal-tokio --example dance").is_some());
    assert!(fault("make").is_some());
    let mut count = 0;
    // Its commands were run when it was written.
    let is_written = |path: &Path| path.ends_with("evidence.md");
    for (path, text) in pages().into_iter().filter(|(path, _)| !is_written(path)) {
        for command in commands(&text).filter(|command| !command.is_empty()) {
            count += 1;
            let fault = fault(command);
            assert_eq!(fault, None, "{}: {command}", path.display());
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn every_link_between_pages_leads_to_a_file() {
    let mut count = 0;
    for (path, text) in pages() {
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap_or_default();
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || link.contains("://") || link.contains(' ') {
                continue;
            }
            count += 1;
            let target = path.parent().unwrap().join(file);
            assert!(target.exists(), "{}: {link}", path.display());
        }
    }
    assert!(count > 20, "{count}");
}
