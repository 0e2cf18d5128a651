//! `cargo xtask tools`: finds what `ci` needs, installs what is missing, or says what to do.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::narrow::TARGET;
use crate::{command::Command, failure::Failure};

/// The versions that are installed where none is found; any other that is there is taken.
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
const CARGO_LLVM_COV: &str = "0.9.1";
const CARGO_MUTANTS: &str = "27.1.0";
/// Debian's package of the broker, and the name of its service.
const BROKER: &str = "mosquitto";
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// What became of looking for a tool.
#[derive(Debug)]
pub(crate) enum Tool {
    /// It is there; the text says what or where.
    Ready(String),
    /// It is not; the text says why and what to do.
    Missing(String),
}

/// Looks for every tool, installs the missing ones unless `check`, and fails if one is still missing.
pub(crate) fn run(check: bool) -> Result<(), Failure> {
    let mut missing = 0;
    for tool in [
        mosquitto(!check),
        hosts(!check),
        cargo_deny(!check),
        valgrind(!check),
        nextest(),
    ] {
        match tool {
            Tool::Ready(what) => println!("found    {what}"),
            Tool::Missing(why) => {
                missing += 1;
                println!("missing  {why}");
            }
        }
    }
    match missing {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} missing, see above"))),
    }
}

/// The real broker and its two clients, which the end-to-end tests talk to.
pub(crate) fn mosquitto(install: bool) -> Tool {
    let mut why = String::new();
    let missing = missing_mosquitto();
    if install
        && !missing.is_empty()
        && let Err(failure) = apt_install(&missing)
    {
        why = format!(" ({failure})");
    }
    let missing = missing_mosquitto().join(" ");
    match find("mosquitto") {
        Some(path) if missing.is_empty() => Tool::Ready(format!("mosquitto: {}", path.display())),
        _ => Tool::Missing(format!(
            "mosquitto: install {missing} with the system's package manager{why}"
        )),
    }
}

/// Debian's names of the packages whose programs are not there.
fn missing_mosquitto() -> Vec<&'static str> {
    [
        (BROKER, ["mosquitto"].as_slice()),
        ("mosquitto-clients", &["mosquitto_pub", "mosquitto_sub"]),
    ]
    .into_iter()
    .filter(|(_, programs)| programs.iter().any(|program| find(program).is_none()))
    .map(|(package, _)| package)
    .collect()
}

/// Debian's compiler, which comes with the sources of its libraries.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// What builds and runs firmware, with Debian's compiler for a target that rustup does not have.
pub(crate) fn firmware(install: bool) -> Tool {
    let missing = || {
        let programs = [
            ("binutils-arm-none-eabi", "arm-none-eabi-ld"),
            ("qemu-system-arm", "qemu-system-arm"),
        ];
        let mut missing: Vec<&str> = programs
            .into_iter()
            .filter(|(_, program)| find(program).is_none())
            .map(|(package, _)| package)
            .collect();
        if !Path::new(DEBIAN_RUSTC).exists() {
            missing.extend(["rustc-web", "rust-web-src"]);
        }
        missing
    };
    let mut why = String::new();
    if install
        && !missing().is_empty()
        && let Err(failure) = apt_install(&missing())
    {
        why = format!(" ({failure})");
    }
    match missing().join(" ") {
        missing if missing.is_empty() => {
            Tool::Ready("qemu-system-arm, arm-none-eabi-ld".to_owned())
        }
        missing => Tool::Missing(format!(
            "firmware: install {missing} with the system's package manager{why}"
        )),
    }
}

/// What makes programs of 32 bits that run on this machine.
pub(crate) fn narrow(install: bool) -> Tool {
    let missing = || {
        let libc = Command::new("cc").args(["-m32", "-print-file-name=crti.o"]);
        // A file that is not there is printed as it was asked for.
        !libc.capture().is_ok_and(|path| path.contains('/'))
    };
    let mut why = String::new();
    if install
        && missing()
        && let Err(failure) = apt_install(&["gcc-multilib"])
    {
        why = format!(" ({failure})");
    }
    if missing() {
        return Tool::Missing(format!(
            "{TARGET}: install gcc-multilib with the system's package manager{why}"
        ));
    }
    let installed = || {
        let list = Command::new("rustup").args(["target", "list", "--installed"]);
        list.capture().is_ok_and(|list| list.contains(TARGET))
    };
    let add = Command::new("rustup").args(["target", "add", TARGET]);
    if installed() || (install && add.run().is_ok()) {
        Tool::Ready(format!("{TARGET}, gcc-multilib"))
    } else {
        Tool::Missing(format!("{TARGET}: rustup target add {TARGET}"))
    }
}

/// The path of a program that is there, or its name.
pub(crate) fn program(name: &str) -> String {
    find(name).map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

/// What the tests with hosts of others need. Never missing: without them those tests say so and pass.
pub(crate) fn hosts(install: bool) -> Tool {
    let missing = missing_hosts();
    let mut why = String::new();
    if install
        && !missing.is_empty()
        && let Err(failure) = apt_install(&missing)
    {
        why = format!(" ({failure})");
    }
    let missing = missing_hosts().join(" ");
    Tool::Ready(if missing.is_empty() {
        "hosts of others: pyserial, pytest, socat, minicom".to_owned()
    } else {
        format!("hosts of others, but not {missing}: their tests are skipped{why}")
    })
}

/// Debian's names of the packages that are not there.
fn missing_hosts() -> Vec<&'static str> {
    let has_module = |module: &str| {
        let import = format!("import {module}");
        ["python3", "/usr/bin/python3"].into_iter().any(|python| {
            Command::new(python)
                .args(["-c", import.as_str()])
                .succeeds()
        })
    };
    let modules = [("python3-serial", "serial"), ("python3-pytest", "pytest")];
    let modules = modules.into_iter().filter(|(_, name)| !has_module(name));
    let programs = ["socat", "minicom"].into_iter();
    modules
        .map(|(package, _)| package)
        .chain(programs.filter(|name| find(name).is_none()))
        .collect()
}

/// What counts instructions.
pub(crate) fn valgrind(install: bool) -> Tool {
    let name = "valgrind";
    let mut why = String::new();
    if install
        && find(name).is_none()
        && let Err(failure) = apt_install(&[name])
    {
        why = format!(" ({failure})");
    }
    match find(name) {
        Some(path) => Tool::Ready(format!("{name}: {}", path.display())),
        None => Tool::Missing(format!(
            "{name}: install it with the system's package manager{why}"
        )),
    }
}

/// The licence checker, built from source where it is missing: about three minutes on two cores.
pub(crate) fn cargo_deny(install: bool) -> Tool {
    cargo_tool("deny", CARGO_DENY, install)
}

/// What builds the fuzzers.
pub(crate) fn cargo_fuzz(install: bool) -> Tool {
    cargo_tool("fuzz", CARGO_FUZZ, install)
}

/// Runs tests and merges what they covered; a minute and a half to build.
pub(crate) fn cargo_llvm_cov(install: bool) -> Tool {
    cargo_tool("llvm-cov", CARGO_LLVM_COV, install)
}

/// Changes the code in one place at a time; two minutes to build.
pub(crate) fn cargo_mutants(install: bool) -> Tool {
    cargo_tool("mutants", CARGO_MUTANTS, install)
}

/// A verb of cargo that is a program of its own, built from source where it is missing.
fn cargo_tool(verb: &str, version: &str, install: bool) -> Tool {
    let name = format!("cargo-{verb}");
    let found = Command::cargo([verb, "--version"]);
    let build = Command::cargo(["install", name.as_str(), "--locked", "--version", version]);
    let mut why = String::new();
    if install
        && !found.succeeds()
        && let Err(failure) = build.run()
    {
        why = format!(" ({failure})");
    }
    match found.capture() {
        Ok(version) => Tool::Ready(version.trim().to_owned()),
        Err(_) => Tool::Missing(format!("{name}: install it with `{build}`{why}")),
    }
}

/// Programs that read what an instrumented test has left.
#[derive(Debug)]
pub(crate) struct Llvm {
    /// Makes reports.
    pub(crate) cov: String,
    /// Merges profiles.
    pub(crate) profdata: String,
}

/// LLVM's tools, of the compiler's own LLVM version: others cannot read its profiles.
pub(crate) fn llvm(install: bool) -> Result<Llvm, Failure> {
    let compiler = Command::new("rustc").args(["-vV"]).capture()?;
    let version = compiler
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))
        .and_then(|version| version.split('.').next())
        .ok_or_else(|| Failure::new("rustc does not tell the version of its LLVM"))?;
    let package = format!("llvm-{version}");
    let programs = || {
        let find = |name: &str| find(&format!("{name}-{version}"));
        let (cov, profdata) = (find("llvm-cov")?, find("llvm-profdata")?);
        Some(Llvm {
            cov: cov.display().to_string(),
            profdata: profdata.display().to_string(),
        })
    };
    if install && programs().is_none() {
        apt_install(&[&package])?;
    }
    let why = format!("{package}: install it with the system's package manager");
    programs().ok_or_else(|| Failure::new(why))
}

/// The test runner; not needed, because `cargo test` runs the same tests, without a limit on hangs.
fn nextest() -> Tool {
    Tool::Ready(if has_nextest() {
        "cargo-nextest".to_owned()
    } else {
        "cargo test (cargo-nextest is not there, nor needed)".to_owned()
    })
}

/// Whether `cargo nextest` can be run.
pub(crate) fn has_nextest() -> bool {
    Command::cargo(["nextest", "--version"]).succeeds()
}

/// A program in PATH or where servers are installed, which an ordinary user's PATH leaves out.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(servers)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// Installs Debian packages without leaving a service running.
fn apt_install(packages: &[&str]) -> Result<(), Failure> {
    if find("apt-get").is_none() {
        return Err(Failure::new("there is no apt-get to do it"));
    }
    if Command::new("id").args(["-u"]).capture()?.trim() != "0" {
        return Err(Failure::new("only root may install packages"));
    }
    let _no_services = ServicesOff::while_installing();
    let apt = || {
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-q", "-o", "DPkg::Lock::Timeout=120"])
    };
    apt().args(["update"]).run()?;
    apt()
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages.iter().copied())
        .run()?;
    if packages.contains(&BROKER) && Path::new("/run/systemd/system").is_dir() {
        // Not started, by the policy below, but enabled: it must not come up at the next boot either.
        Command::new("systemctl")
            .args(["disable", "--now", BROKER])
            .run()?;
    }
    Ok(())
}

/// Tells the packages' scripts to start nothing, for as long as it lives.
///
/// Debian asks a policy file before it starts a service, with systemd and without. A file that is
/// already there is somebody's decision and stays as it is.
struct ServicesOff {
    ours: bool,
}

impl ServicesOff {
    fn while_installing() -> Self {
        let ours =
            !Path::new(POLICY).exists() && fs::write(POLICY, "#!/bin/sh\nexit 101\n").is_ok();
        if ours && !Command::new("chmod").args(["755", POLICY]).succeeds() {
            eprintln!("cannot make {POLICY} executable: a package may start its service");
        }
        Self { ours }
    }
}

impl Drop for ServicesOff {
    fn drop(&mut self) {
        if self.ours {
            // Left behind, the file would only keep later installs from starting services.
            if let Err(error) = fs::remove_file(POLICY) {
                eprintln!("cannot remove {POLICY}: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_path_and_others_are_not() {
        assert!(find("cargo").is_some());
        assert!(find("no-such-program-of-ours").is_none());
    }
}
