//! `cargo xtask deny`: licences, bans and sources of everything we depend on.

use crate::{
    command::Command,
    failure::Failure,
    tools::{self, Tool},
    workspace::Workspace,
};

/// Runs cargo-deny by the rules of `deny.toml`; installs nothing.
pub(crate) fn run(_workspace: &Workspace) -> Result<(), Failure> {
    match tools::cargo_deny(false) {
        Tool::Ready(_) => check(),
        Tool::Missing(why) => Err(Failure::new(why)),
    }
}

/// The check itself, for when cargo-deny is known to be there.
pub(crate) fn check() -> Result<(), Failure> {
    // Advisories are left out: see deny.toml.
    Command::cargo(["deny", "check", "licenses", "bans", "sources"]).run()
}
