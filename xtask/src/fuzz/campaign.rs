//! One run of one target, watched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::record::{self, Record};
use crate::{failure::Failure, stopwatch::Stopwatch};

/// Longest input, in bytes: a message of full size in hex and what goes around it.
const MAX_LEN: usize = 4_096;
/// Longest time for one input before it counts as a hang, in seconds.
const HANG: u64 = 5;
/// Most memory before it counts as a leak, in MiB.
const MEMORY: u64 = 1_024;
/// Seconds between two notes of how far a run is.
const NOTE_EVERY: u64 = 10;

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) seconds: u64,
    /// Inputs tried, the corpus among them.
    pub(super) execs: Option<u64>,
}

impl Limit {
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self {
            seconds,
            execs: None,
        }
    }
}

/// A target and where its finds go.
pub(super) struct Campaign<'a> {
    target: &'a str,
    program: PathBuf,
    folder: PathBuf,
}

/// What a line of libFuzzer tells.
#[derive(Debug, Default, Eq, PartialEq)]
struct News {
    /// Inputs tried in this run.
    execs: Option<u64>,
    /// Edges reached.
    edges: Option<u64>,
    /// Whether an input was found that reaches something new.
    found: bool,
}

impl<'a> Campaign<'a> {
    pub(super) fn new(target: &'a str, triple: &str) -> Self {
        let programs = Path::new("fuzz/target").join(triple).join("release");
        Self {
            target,
            program: programs.join(target),
            folder: record::folder(target),
        }
    }

    /// Fuzzes until `limit`, goes on from where the last run ended, and keeps the record up to
    /// date, so that it may be stopped at any time.
    pub(super) fn run(&self, limit: Limit) -> Result<(), Failure> {
        let (finds, crashes) = (self.folder.join("corpus"), self.folder.join("crashes"));
        for folder in [&finds, &crashes] {
            fs::create_dir_all(folder).map_err(|error| self.failure(&error.to_string()))?;
        }
        let mut child = self.start(limit, &finds, &crashes)?;
        let said = child.stderr.take().map(BufReader::new);
        self.watch(said)?;
        let status = child
            .wait()
            .map_err(|error| self.failure(&error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        Err(self.failure(&format!(
            "{status}; its input is in {}; fuzz/README.md says how to minimise it",
            crashes.display()
        )))
    }

    fn start(&self, limit: Limit, finds: &Path, crashes: &Path) -> Result<Child, Failure> {
        let mut command = std::process::Command::new(&self.program);
        command
            .arg(finds)
            .arg(Path::new("fuzz/corpus").join(self.target))
            .arg("-dict=fuzz/dictionary.txt")
            .arg(format!("-max_len={MAX_LEN}"))
            .arg(format!("-timeout={HANG}"))
            .arg(format!("-rss_limit_mb={MEMORY}"))
            .arg(format!("-max_total_time={}", limit.seconds))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .arg("-print_final_stats=1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(execs) = limit.execs {
            command.arg(format!("-runs={execs}"));
        }
        eprintln!("{}: {} s at most", self.target, limit.seconds);
        command
            .spawn()
            .map_err(|error| self.failure(&error.to_string()))
    }

    /// Reads what libFuzzer says until it ends; what it says of a crash is passed on.
    fn watch(&self, said: Option<impl BufRead>) -> Result<(), Failure> {
        let before = Record::load(self.target);
        let (mut now, watch) = (before, Stopwatch::start());
        let (mut noted, mut crashing) = (0, false);
        for line in said.into_iter().flat_map(BufRead::lines) {
            let line = line.unwrap_or_default();
            crashing |= line.starts_with("thread ") || line.starts_with("==");
            if crashing {
                eprintln!("{}: {line}", self.target);
            }
            let news = News::read(&line);
            let elapsed = watch.elapsed().as_secs();
            now.seconds = before.seconds + elapsed;
            if let Some(execs) = news.execs {
                now.execs = before.execs + execs;
            }
            now.inputs += u64::from(news.found);
            if let Some(edges) = news.edges.filter(|edges| *edges > now.edges) {
                now.edges = edges;
                if news.found {
                    now.last_edge_at = now.seconds;
                }
            }
            if elapsed >= noted + NOTE_EVERY {
                noted = elapsed;
                now.save(self.target)?;
                eprintln!(
                    "{}: {elapsed} s, {} execs, {} edges",
                    self.target,
                    now.execs - before.execs,
                    now.edges
                );
            }
        }
        now.save(self.target)
    }

    fn failure(&self, text: &str) -> Failure {
        Failure::new(format!("{}: {text}", self.target))
    }
}

impl News {
    /// `#123 NEW    cov: 45 ft: ..`, or one of the final lines.
    fn read(line: &str) -> Self {
        if let Some(execs) = line.strip_prefix("stat::number_of_executed_units:") {
            return Self {
                execs: execs.trim().parse().ok(),
                ..Self::default()
            };
        }
        let Some(rest) = line.strip_prefix('#') else {
            return Self::default();
        };
        let mut words = rest.split_whitespace();
        Self {
            execs: words.next().and_then(|word| word.parse().ok()),
            found: words.next() == Some("NEW"),
            edges: words
                .skip_while(|word| *word != "cov:")
                .nth(1)
                .and_then(|word| word.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(execs: u64, edges: Option<u64>, found: bool) -> News {
        News {
            execs: Some(execs),
            edges,
            found,
        }
    }

    #[test]
    fn lines_of_the_fuzzer_are_understood() {
        let line = "#88795\tNEW    cov: 645 ft: 2699 corp: 805/132Kb lim: 1465 exec/s: 4933";
        assert_eq!(News::read(line), news(88_795, Some(645), true));
        let line = "#88795\tREDUCE cov: 645 ft: 2699 corp: 805/132Kb";
        assert_eq!(News::read(line), news(88_795, Some(645), false));
        let line = "#7\tINITED cov: 12 ft: 13";
        assert_eq!(News::read(line), news(7, Some(12), false));
        let line = "stat::number_of_executed_units: 198447";
        assert_eq!(News::read(line), news(198_447, None, false));
        assert_eq!(News::read("INFO: seed corpus: files: 3"), News::default());
    }
}
