//! A copy of the tree in which something may be wrong.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{command::Command, failure::Failure, workspace::Workspace};

/// A copy of all files of the repository, and a folder for what is built from it.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Tree {
    /// The tree as it is now, in the folder `name` of the target directory. Files that are there
    /// already and the same keep their times, so that nothing is built twice.
    pub(crate) fn copy(workspace: &Workspace, name: &str) -> Result<Self, Failure> {
        let folder = workspace.target_dir().join(name);
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

    /// Writes a file of the copy, if it is not the same already.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> Result<(), Failure> {
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
