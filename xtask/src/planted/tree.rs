//! The copy of the tree in which bugs are planted.

use std::fs;
use std::path::{Path, PathBuf};

use super::bug::Bug;
use crate::{command::Command, failure::Failure, workspace::Workspace};

/// A copy of all files of the repository, and a folder for what is built from it.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) target: PathBuf,
}

impl Tree {
    /// The tree as it is now. Files that are there already and the same keep their times, so that
    /// nothing is built twice.
    pub(super) fn copy(workspace: &Workspace) -> Result<Self, Failure> {
        let folder = workspace.target_dir().join("planted");
        let tree = Self {
            root: folder.join("tree"),
            target: folder.join("target"),
        };
        let files = workspace.files()?;
        for path in &files {
            let content = fs::read(workspace.root().join(path)).map_err(|e| wrong(path, &e))?;
            tree.write(path, &content)?;
        }
        // What `cargo xtask tidy` asks git for are the files of the copy.
        let git = || Command::new("git").args(["-C".to_owned(), tree.root.display().to_string()]);
        git().args(["init", "--quiet"]).capture()?;
        let listed = git().args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let known: std::collections::BTreeSet<&str> = files.iter().map(String::as_str).collect();
        for path in listed
            .capture()?
            .lines()
            .filter(|path| !known.contains(path))
        {
            fs::remove_file(tree.root.join(path)).map_err(|error| wrong(path, &error))?;
        }
        Ok(tree)
    }

    pub(super) fn plant(&self, bug: &Bug) -> Result<(), Failure> {
        let path = self.root.join(&bug.file);
        let text = fs::read_to_string(&path).map_err(|error| wrong(&bug.file, &error))?;
        let planted = bug.plant(&text).ok_or_else(|| {
            let Bug { name, file, .. } = bug;
            Failure::new(format!("{name}: its place is not once in {file}"))
        })?;
        // Beside the copy: nothing but a bug that was planted leaves a file here.
        fs::write(self.before(), &text).map_err(|error| wrong(&bug.file, &error))?;
        self.write(&bug.file, planted.as_bytes())
    }

    /// The file is as it was before the bug.
    pub(super) fn heal(&self, bug: &Bug) -> Result<(), Failure> {
        let text = fs::read(self.before()).map_err(|error| wrong(&bug.file, &error))?;
        self.write(&bug.file, &text)
    }

    fn before(&self) -> PathBuf {
        self.target.with_file_name("before")
    }

    fn write(&self, path: &str, content: &[u8]) -> Result<(), Failure> {
        let to = self.root.join(path);
        if fs::read(&to).is_ok_and(|there| there == content) {
            return Ok(());
        }
        let folder = to.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder).map_err(|error| wrong(path, &error))?;
        fs::write(&to, content).map_err(|error| wrong(path, &error))
    }
}

fn wrong(path: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot copy {path}: {error}"))
}
