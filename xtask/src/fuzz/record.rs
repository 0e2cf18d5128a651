//! What the campaign on one target has come to, over all its runs.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;

/// Sums over all runs of a campaign. Kept in a file of lines `name value`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Record {
    /// Inputs tried.
    pub(super) execs: u64,
    /// Seconds of fuzzing.
    pub(super) seconds: u64,
    /// Edges reached, as libFuzzer counts them.
    pub(super) edges: u64,
    /// Inputs found that reach something new.
    pub(super) inputs: u64,
    /// When an edge was last reached for the first time, in seconds of fuzzing.
    pub(super) last_edge_at: u64,
}

impl Record {
    /// The record of `target`; zeros if there is none.
    pub(super) fn load(target: &str) -> Self {
        fs::read_to_string(path(target)).map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    pub(super) fn save(&self, target: &str) -> Result<(), Failure> {
        let path = path(target);
        fs::write(&path, self.emit())
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
    }

    fn parse(text: &str) -> Self {
        let mut record = Self::default();
        for (name, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            let Ok(value) = value.parse() else { continue };
            match name {
                "execs" => record.execs = value,
                "seconds" => record.seconds = value,
                "edges" => record.edges = value,
                "inputs" => record.inputs = value,
                "last_edge_at" => record.last_edge_at = value,
                _ => {}
            }
        }
        record
    }

    fn emit(&self) -> String {
        format!(
            "execs {}\nseconds {}\nedges {}\ninputs {}\nlast_edge_at {}\n",
            self.execs, self.seconds, self.edges, self.inputs, self.last_edge_at
        )
    }
}

/// Where a target's campaign is.
pub(super) fn folder(target: &str) -> PathBuf {
    PathBuf::from("fuzz/campaign").join(target)
}

fn path(target: &str) -> PathBuf {
    folder(target).join("record.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_file() {
        let record = Record {
            execs: 1,
            seconds: 2,
            edges: 3,
            inputs: 4,
            last_edge_at: 5,
        };
        assert_eq!(Record::parse(&record.emit()), record);
        assert_eq!(Record::parse("execs x\nmore 3\n"), Record::default());
    }
}
