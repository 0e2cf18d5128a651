//! Where the repository is, which files it tracks and which crates it has.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{command::Command, failure::Failure};

/// The checkout that this run is about.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the root upwards from the current directory and makes it the current directory.
    pub(crate) fn find() -> Result<Self, Failure> {
        let here = env::current_dir()
            .map_err(|error| Failure::new(format!("no current directory: {error}")))?;
        let root = here
            .ancestors()
            .find(|dir| dir.join("xtask/Cargo.toml").is_file())
            .ok_or_else(|| Failure::new("run this inside the repository"))?
            .to_path_buf();
        env::set_current_dir(&root)
            .map_err(|error| Failure::new(format!("cannot enter {}: {error}", root.display())))?;
        Ok(Self { root })
    }

    /// Root directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a file by its path inside the repository.
    pub(crate) fn read(&self, path: &str) -> Result<String, Failure> {
        fs::read_to_string(self.root.join(path))
            .map_err(|error| Failure::new(format!("cannot read {path}: {error}")))
    }

    /// Writes a file by its path inside the repository.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        fs::write(self.root.join(path), text)
            .map_err(|error| Failure::new(format!("cannot write {path}: {error}")))
    }

    /// All files that are tracked, or new and not ignored, sorted. Deleted ones are left out.
    pub(crate) fn files(&self) -> Result<Vec<String>, Failure> {
        let list = Command::new("git")
            // Names beyond ASCII as they are, not escaped.
            .args(["-c", "core.quotePath=false", "ls-files"])
            .args(["--cached", "--others", "--exclude-standard"])
            .capture()?;
        let mut files: Vec<String> = list
            .lines()
            .filter(|path| self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    /// Names of the crates under `crates/`, which are also their folder names, sorted.
    pub(crate) fn crates(&self) -> Result<Vec<String>, Failure> {
        let dir = fs::read_dir(self.root.join("crates"))
            .map_err(|error| Failure::new(format!("cannot list crates/: {error}")))?;
        let mut names: Vec<String> = dir
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join("Cargo.toml").is_file())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Where cargo puts what it builds, as the environment says or `target`.
    pub(crate) fn target_dir(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }
}

/// The whole workspace with all features but `peers` of `qmt-benches`: once with these flags, once
/// for that crate.
///
/// Behind `peers` are the crates that ours are compared with, a third as much to build as the
/// rest. `cargo xtask bench peers` builds and checks them.
pub(crate) const EVERYTHING: [&[&str]; 2] = [
    &["--workspace", "--exclude", BENCHES, "--all-features"],
    &["--package", BENCHES],
];

/// The crate with the feature `peers`.
pub(crate) const BENCHES: &str = "qmt-benches";

/// Whether this is an unattended run, in which a missing tool must fail.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}
