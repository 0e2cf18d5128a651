//! `cargo xtask mutants`: what a test would not notice if it were wrong.
//!
//! cargo-mutants changes the two lower crates in one place at a time, in a copy of the tree, and runs
//! the quickest tests first; what survives those faces all tests of both crates, then the same where a
//! register holds 32 bits, for what is only built there, and what survives these and is not listed the
//! simulator's properties. Survivors are listed in `docs/survivors.txt`, with reasons. A whole run takes an hour of
//! an idle processor or two; `--shard 0/8` takes every eighth change and keeps what came of it, and
//! `--merge 8` judges all eight as a whole run; `--file PATH` takes those of one file,
//! `--since COMMIT` those of new code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::{
    command::Command,
    failure::Failure,
    listed::{Found, Listed},
    narrow,
    tools::{self, Tool},
    tree::Tree,
    workspace::{self, Workspace},
};

/// The crates that are changed.
const CRATES: [&str; 2] = ["at-syntax", "qmt-proto"];
/// What survives, and why that is no harm.
const LIST: &str = "docs/survivors.txt";
/// Share of the changes that tests must notice, in percent.
const SCORE: usize = 95;

/// Changes that are none: what says which parts are built is decided before the tests are.
const NONE: &str = "match guard cfg!";

/// Tests that a change faces, the cheapest first; each step tries what the one before it left.
const STEPS: [Step; 4] = [
    // Building takes most of the time: one program for each change, without its long tests.
    Step {
        name: "lib",
        tested: &[],
        tests: &[
            "--lib",
            "--",
            "--skip=every_cut_of",
            "--skip=every_byte_is_found",
            "--skip=no_byte_is_looked_at",
            "--skip=numbers_of_any",
        ],
        narrow: false,
    },
    Step {
        name: "own",
        tested: &CRATES,
        tests: &["--tests"],
        narrow: false,
    },
    Step {
        name: "narrow",
        tested: &CRATES,
        tests: &["--lib", "--tests"],
        narrow: true,
    },
    Step {
        name: "sim",
        tested: &["qmt-sim"],
        tests: &["--lib", "--test=properties"],
        narrow: false,
    },
];

/// Some tests.
struct Step {
    name: &'static str,
    /// The packages they are of; none: of the one that is changed.
    tested: &'static [&'static str],
    /// Which of their tests, as `cargo test` is told.
    tests: &'static [&'static str],
    /// Whether they run where a register holds 32 bits.
    narrow: bool,
}

/// Which part of the changes to try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `k/n`: the k-th of n parts.
    pub(crate) shard: Option<String>,
    /// Files, if not all of them.
    pub(crate) files: Vec<String>,
    /// Only what was changed since a commit.
    pub(crate) since: Option<String>,
    /// Nothing: add up what came of so many shards.
    pub(crate) merge: Option<u32>,
}

/// Tries the changes, prints the score, and fails below [`SCORE`] or for a survivor that is not
/// listed.
pub(crate) fn run(workspace: &Workspace, part: &Part) -> Result<(), Failure> {
    let listed = Listed::read(workspace, LIST)?;
    let result = match part.merge {
        Some(shards) => merge(workspace, shards)?,
        None => attempt(workspace, part, &listed)?,
    };
    judge(part, &listed, &result)
}

/// What came of trying some changes.
#[derive(Debug, Default)]
struct Attempt {
    /// How many compiled.
    tried: usize,
    /// Those that did not, which are no changes of a program.
    broken: Vec<String>,
    /// Those that no test noticed, as cargo-mutants names them.
    survivors: Vec<String>,
}

/// Tries changes, step by step.
fn attempt(workspace: &Workspace, part: &Part, listed: &Listed) -> Result<Attempt, Failure> {
    let install = !workspace::is_ci();
    for tool in [tools::cargo_mutants(install), tools::narrow(install)] {
        if let Tool::Missing(why) = tool {
            return Err(Failure::new(why));
        }
    }
    let mut which = Vec::new();
    for file in &part.files {
        which.extend(["--file".to_owned(), file.clone()]);
    }
    if let Some(shard) = &part.shard {
        let sharding = ["--sharding", "round-robin", "--shard"].map(str::to_owned);
        which.extend(sharding.into_iter().chain([shard.clone()]));
    }
    if let Some(since) = &part.since {
        which.extend(["--in-diff".to_owned(), diff(workspace, since)?]);
    }
    let tree = Tree::copy(workspace, "mutants")?;
    let name = part.shard.as_deref().unwrap_or("part");
    let folder = results(workspace, name);
    let mut result: Option<Attempt> = None;
    let mut explained = Vec::new();
    for step in &STEPS {
        if let Some(result) = &mut result {
            if step.name == "sim" {
                // It is long, and what is listed has survived it once.
                let known = |line: &mut String| survivor(line).is_some_and(|it| listed.has(&it));
                explained.extend(result.survivors.extract_if(.., known));
            }
            let left = result.survivors.iter();
            which = left
                .flat_map(|line| ["--re".to_owned(), exactly(line)])
                .collect();
        }
        if result.as_ref().is_some_and(|all| all.survivors.is_empty()) {
            break;
        }
        let now = try_with(&tree, &folder.join(step.name), step, which.drain(..))?;
        result = Some(match result {
            None => now,
            Some(before) => before.narrowed_to(now)?,
        });
    }
    let mut result = result.unwrap_or_default();
    result.survivors.extend(explained);
    let path = folder.join("result.txt");
    std::fs::write(&path, result.emit())
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    Ok(result)
}

/// Where what came of a shard is kept, or of a part with another name.
fn results(workspace: &Workspace, name: &str) -> PathBuf {
    let name = name.replace('/', "-of-");
    workspace.target_dir().join("mutants/results").join(name)
}

/// Adds up what came of all shards.
fn merge(workspace: &Workspace, shards: u32) -> Result<Attempt, Failure> {
    let mut all = Attempt::default();
    for shard in 0..shards {
        let path = results(workspace, &format!("{shard}/{shards}")).join("result.txt");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        let result = Attempt::parse(&text)
            .ok_or_else(|| Failure::new(format!("{}: no result of a shard", path.display())))?;
        all.tried += result.tried;
        all.survivors.extend(result.survivors);
    }
    Ok(all)
}

impl Attempt {
    /// What is left after a further step, which takes up some changes by itself that were not asked
    /// for. Fails if it tried fewer than were left: what nobody has tried, nobody has noticed.
    fn narrowed_to(self, step: Self) -> Result<Self, Failure> {
        let mut survivors = self.survivors;
        let tried = step.tried + step.broken.len();
        if tried < survivors.len() {
            let words = format!("only {tried} of {} were tried", survivors.len());
            return Err(Failure::new(words));
        }
        // What is only built where this step ran was not known to be broken before.
        let before = survivors.len();
        survivors.retain(|line| !step.broken.contains(line));
        let tried = self.tried - (before - survivors.len());
        survivors.retain(|line| step.survivors.contains(line));
        Ok(Self {
            tried,
            survivors,
            ..self
        })
    }

    fn emit(&self) -> String {
        let lines = self.survivors.iter().map(|line| format!("{line}\n"));
        format!("tried {}\n", self.tried) + &lines.collect::<String>()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let tried = lines.next()?.strip_prefix("tried ")?.parse().ok()?;
        let survivors = lines.map(str::to_owned).collect();
        Some(Self {
            tried,
            broken: Vec::new(),
            survivors,
        })
    }
}

/// Tries changes with some tests.
fn try_with(
    tree: &Tree,
    output: &Path,
    step: &Step,
    which: impl IntoIterator<Item = String>,
) -> Result<Attempt, Failure> {
    std::fs::create_dir_all(output)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", output.display())))?;
    let shown = |path: &Path| path.display().to_string();
    let command = Command::cargo(["mutants", "--no-shuffle", "--colors=never", "--in-place"])
        .args(["--dir", &shown(&tree.root), "--output", &shown(output)])
        .args(["--all-features", "--minimum-test-timeout=20"])
        .args(["--exclude-re", NONE])
        .args(CRATES.iter().flat_map(|name| ["--package", name]))
        .args(step.tested.iter().flat_map(|name| ["--test-package", name]))
        .args(which)
        .args(["--"])
        .args(step.tests.iter().copied())
        .env("CARGO_TARGET_DIR", &shown(&tree.target))
        .env("PROPTEST_CASES", "64")
        // Building takes most of the time.
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    let result = match step.narrow {
        true => command.env("CARGO_BUILD_TARGET", narrow::TARGET),
        false => command,
    }
    .run_and_keep();
    let list = |name: &str| {
        let path = output.join("mutants.out").join(name).with_extension("txt");
        std::fs::read_to_string(path)
    };
    let lists = ["missed", "caught", "timeout", "unviable"].map(list);
    let [Ok(missed), Ok(caught), Ok(timeout), Ok(unviable)] = lists else {
        // It ended before it tried anything.
        return Err(result.err().map_or_else(
            || Failure::new("cargo-mutants left no lists"),
            |(_, failure)| failure,
        ));
    };
    let count = |list: &str| list.lines().count();
    Ok(Attempt {
        tried: count(&missed) + count(&caught) + count(&timeout),
        broken: unviable.lines().map(str::to_owned).collect(),
        survivors: missed.lines().map(str::to_owned).collect(),
    })
}

/// A pattern that matches `text` and nothing else. `\<` and `\>` would be the ends of a word.
fn exactly(text: &str) -> String {
    let mut pattern = "^".to_owned();
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "$"
}

/// The difference from a commit, in a file.
fn diff(workspace: &Workspace, since: &str) -> Result<String, Failure> {
    let text = Command::new("git")
        .args(["diff", since, "--", "crates"])
        .capture()?;
    let path = workspace.target_dir().join("mutants.diff");
    std::fs::write(&path, text)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    Ok(path.display().to_string())
}

fn judge(part: &Part, listed: &Listed, result: &Attempt) -> Result<(), Failure> {
    let Attempt {
        tried, survivors, ..
    } = result;
    if *tried == 0 {
        return Err(Failure::new("there was nothing to change"));
    }
    let missed = survivors.len();
    let noticed = tried - missed;
    // Rounded down: 94.99 are not 95.
    let score = 1_000 * noticed / tried;
    println!(
        "mutants tried={tried} noticed={noticed} score={}.{} missed={missed}",
        score / 10,
        score % 10
    );
    let survivors: BTreeSet<Found> = survivors.iter().filter_map(|line| survivor(line)).collect();
    // A part of the changes says nothing about the survivors of the others.
    let whole = part.shard.is_none() && part.since.is_none();
    let looked_at = |path: &str| {
        let files = &part.files;
        whole && (files.is_empty() || files.iter().any(|file| path.ends_with(file.as_str())))
    };
    let mistakes = listed.mistakes(&survivors, looked_at);
    for mistake in &mistakes {
        eprintln!("error: {mistake}");
    }
    if !mistakes.is_empty() {
        let n = mistakes.len();
        return Err(Failure::new(format!(
            "{n} differences from {LIST}, see above"
        )));
    }
    if score < 10 * SCORE {
        return Err(Failure::new(format!("less than {SCORE} % were noticed")));
    }
    Ok(())
}

/// `crates/a/src/b.rs:12:5: replace x with y in f` without its place in the file, which every
/// edit moves.
fn survivor(line: &str) -> Option<Found> {
    let (place, what) = line.split_once(": ")?;
    let path = place.split(':').next()?;
    Some(Found {
        path: path.to_owned(),
        what: what.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_is_known_by_what_was_changed() {
        let line = "crates/a/src/b.rs:12:5: replace A::f -> Option<u8> with None";
        let found = survivor(line).unwrap();
        assert_eq!(found.path, "crates/a/src/b.rs");
        assert_eq!(found.what, "replace A::f -> Option<u8> with None");
        assert_eq!(survivor(""), None);
    }

    #[test]
    fn a_step_tries_all_that_the_one_before_it_left() {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let of = |tried, lines: &[&str]| Attempt {
            tried,
            broken: Vec::new(),
            survivors: owned(lines),
        };
        let left = of(9, &["a", "b"]).narrowed_to(of(3, &["b", "unasked"]));
        let left = left.unwrap();
        assert_eq!((left.tried, left.survivors), (9, owned(&["b"])));
        assert!(of(9, &["a", "b"]).narrowed_to(of(1, &[])).is_err());
    }

    #[test]
    fn what_is_broken_where_it_is_built_was_not_tried() {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let before = Attempt {
            tried: 9,
            broken: owned(&["c"]),
            survivors: owned(&["a", "b"]),
        };
        let step = Attempt {
            tried: 1,
            broken: owned(&["b", "unasked"]),
            survivors: owned(&["a"]),
        };
        let left = before.narrowed_to(step).unwrap();
        assert_eq!((left.tried, left.survivors), (8, owned(&["a"])));
    }

    #[test]
    fn what_came_of_a_shard_survives_its_file() {
        let text = "tried 3\na.rs:1:2: x\nb.rs:3:4: y\n";
        let result = Attempt::parse(text).unwrap();
        assert_eq!((result.tried, result.survivors.len()), (3, 2));
        assert_eq!(result.emit(), text);
        assert!(Attempt::parse("").is_none());
        assert!(Attempt::parse("tried much\n").is_none());
    }

    #[test]
    fn a_survivor_is_tried_again_alone() {
        assert_eq!(exactly("a.rs:1:2: + with -"), r"^a\.rs\:1\:2\: \+ with \-$");
        assert_eq!(exactly("< with =="), r"^< with \=\=$");
    }
}
