//! Who is to find a bug: a program of the tree with its arguments.

use core::fmt;
use core::time::Duration;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;

use crate::tree::Tree;
use crate::{command::Command, failure::Failure, fuzz};

/// A program that is to find a bug. As text: its first word says which kind, the others what it is
/// called with.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gate {
    kind: Kind,
    package: String,
    /// Name of the test or of the program.
    target: String,
    args: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// `unit PACKAGE FILTER..`: tests beside the code.
    #[default]
    Unit,
    /// `test PACKAGE NAME FILTER..`: tests in their own folder.
    Test,
    /// `run PACKAGE NAME ARGUMENT..`: a program.
    Run,
    /// `xtask VERB FLAG..`.
    Xtask,
    /// `fuzz TARGET RUNS`: so many inputs of libFuzzer, always the same ones.
    Fuzz,
}

/// A gate that has been built.
pub(super) struct Program {
    path: PathBuf,
    args: Vec<String>,
    folder: PathBuf,
    target: PathBuf,
}

/// How a gate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    Failed,
    /// It did not end.
    Endless,
}

impl Gate {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(str::to_owned);
        let kind = match words.next()?.as_str() {
            "unit" => Kind::Unit,
            "test" => Kind::Test,
            "run" => Kind::Run,
            "xtask" => Kind::Xtask,
            "fuzz" => Kind::Fuzz,
            _ => return None,
        };
        let package = match kind {
            Kind::Xtask => "xtask".to_owned(),
            Kind::Fuzz => "qmt-fuzz".to_owned(),
            _ => words.next()?,
        };
        let target = match kind {
            Kind::Test | Kind::Run | Kind::Fuzz => words.next()?,
            Kind::Unit | Kind::Xtask => package.clone(),
        };
        Some(Self {
            kind,
            package,
            target,
            args: words.collect(),
        })
    }

    /// Builds it, with optimization but without the long link of a release: the bugs are in
    /// programs of seconds.
    pub(super) fn build(&self, tree: &Tree) -> Result<Program, Failure> {
        let what: &[&str] = match self.kind {
            Kind::Fuzz => return self.build_fuzzer(tree),
            Kind::Unit => &["test", "--no-run", "--lib"],
            Kind::Test => &["test", "--no-run", "--test", &self.target],
            Kind::Run | Kind::Xtask => &["build", "--bin", &self.target],
        };
        let manifest = tree.root.join("Cargo.toml").display().to_string();
        let command = Command::new("cargo")
            .args(what.iter().copied())
            .args(["--quiet", "--offline", "--message-format=json"])
            .args(["--manifest-path".to_owned(), manifest])
            .args(["--package", self.package.as_str()])
            .env("CARGO_TARGET_DIR", &tree.target.display().to_string())
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        let said = command.capture()?;
        let path = said
            .lines()
            .filter_map(|line| self.executable(line))
            .next_back();
        let missing = || Failure::new("cargo names no program").with_repeat(&command);
        let folder = match self.package.as_str() {
            "xtask" => tree.root.clone(),
            package => tree.root.join("crates").join(package),
        };
        Ok(Program {
            path: path.ok_or_else(missing)?,
            args: self.args.clone(),
            folder,
            target: tree.target.clone(),
        })
    }

    /// The program of this gate, if a message of cargo tells of it. Cargo builds the programs of a
    /// package along with its tests.
    fn executable(&self, message: &str) -> Option<PathBuf> {
        let message: Value = serde_json::from_str(message).ok()?;
        let is_test = message.get("profile")?.get("test")?.as_bool()?;
        let name = message.get("target")?.get("name")?.as_str()?;
        let wanted = match self.kind {
            Kind::Unit => is_test,
            Kind::Test => is_test && name == self.target,
            Kind::Run | Kind::Xtask | Kind::Fuzz => !is_test && name == self.target,
        };
        let path = message.get("executable")?.as_str().map(PathBuf::from);
        path.filter(|_| wanted)
    }

    /// As `cargo xtask fuzz` builds it. The fuzzer begins with the corpus, whose names it does not
    /// change, and writes what it finds nowhere else than beside the tree.
    fn build_fuzzer(&self, tree: &Tree) -> Result<Program, Failure> {
        let folder = tree.root.join("fuzz");
        let triple = fuzz::host()?;
        let target = tree.target.join("fuzz");
        fuzz::build(&folder.display().to_string())
            .args(["--target-dir", &target.display().to_string(), &self.target])
            .capture()?;
        let runs = self.args.first().map_or("", String::as_str);
        let finds = tree.target.join("finds");
        let failure = |error| Failure::new(format!("cannot make {}: {error}", finds.display()));
        std::fs::create_dir_all(&finds).map_err(failure)?;
        let corpus = folder.join("corpus").join(&self.target);
        Ok(Program {
            path: target.join(triple).join("release").join(&self.target),
            args: vec![
                format!("-runs={runs}"),
                "-seed=1".to_owned(),
                "-max_len=1600".to_owned(),
                format!("-artifact_prefix={}/", finds.display()),
                finds.display().to_string(),
                corpus.display().to_string(),
            ],
            folder,
            target: tree.target.clone(),
        })
    }
}

impl Program {
    /// Runs it until it ends, or `limit` is over. Also gives what it said.
    pub(super) fn run(&self, limit: Duration) -> Result<(End, String), Failure> {
        let started = Process::new(&self.path)
            .args(&self.args)
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let failure = |error| Failure::new(format!("cannot run {}: {error}", self.path.display()));
        let mut child = started.map_err(failure)?;
        let said = child.stdout.take();
        let (over, is_over) = mpsc::channel();
        // Its end of the pipe is closed when it ends.
        thread::spawn(move || {
            let mut text = Vec::new();
            let read = said.map(|mut said| said.read_to_end(&mut text));
            over.send(String::from_utf8_lossy(&text).into_owned())
                .is_ok()
                && read.is_some()
        });
        let said = is_over.recv_timeout(limit);
        if said.is_err() {
            child.kill().map_err(failure)?;
        }
        let status = child.wait().map_err(failure)?;
        let end = match status.success() {
            _ if said.is_err() => End::Endless,
            true => End::Passed,
            false => End::Failed,
        };
        Ok((end, format!("{}{status}", said.unwrap_or_default())))
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            package, target, ..
        } = self;
        match self.kind {
            Kind::Unit => write!(f, "unit {package}")?,
            Kind::Test => write!(f, "test {package} {target}")?,
            Kind::Run => write!(f, "run {package} {target}")?,
            Kind::Xtask => f.write_str("xtask")?,
            Kind::Fuzz => write!(f, "fuzz {target}")?,
        }
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "NOT FOUND",
            Self::Failed => "found",
            Self::Endless => "ENDLESS",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_gate_is_written_as_it_is_read() {
        for text in [
            "unit at-syntax",
            "unit qmt-session tests::x",
            "test qmt-sim q q05 q06",
            "run qmt-sim exhaust 4",
            "xtask tidy",
            "fuzz recv_opaque 1000",
        ] {
            assert_eq!(Gate::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "unit", "test qmt-sim", "prove x"] {
            assert_eq!(Gate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn cargo_tells_of_the_program_and_of_others() {
        let message = |name: &str, test: bool| {
            let target = json!({"name": name});
            json!({"target": target, "profile": {"test": test}, "executable": "/t/x"}).to_string()
        };
        let program = Some(PathBuf::from("/t/x"));
        let test = Gate::parse("test qmt-sim corpus").unwrap();
        assert_eq!(test.executable(&message("corpus", true)), program);
        assert_eq!(test.executable(&message("corpus", false)), None);
        assert_eq!(test.executable(&message("campaign", true)), None);
        let run = Gate::parse("run qmt-sim crash 8").unwrap();
        assert_eq!(run.executable(&message("crash", false)), program);
        assert_eq!(run.executable(&message("exhaust", false)), None);
        assert_eq!(run.executable("{}"), None);
    }
}
