//! Hosts that share no code with this project: a Python program, a pytest suite, socat, minicom.
//!
//! Where one of them is not installed its test says so and passes.

use std::path::Path;
use std::process::Stdio;

use qmt_mosquitto::{Mosquitto, find};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{PATIENCE, Running, temporary};

/// The examples that are tested here.
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/python");

/// A Python that has these modules.
async fn python(modules: &str) -> Option<&'static str> {
    for python in ["python3", "/usr/bin/python3"] {
        let import = ["-c", &format!("import {modules}")];
        let tried = Command::new(python)
            .args(import)
            .stderr(Stdio::null())
            .status()
            .await;
        if tried.is_ok_and(|status| status.success()) {
            return Some(python);
        }
    }
    println!("skipped: no Python with {modules}");
    None
}

fn is_missing(program: &str) -> bool {
    let missing = find(program).is_none();
    if missing {
        println!("skipped: {program} is not installed");
    }
    missing
}

#[tokio::test]
async fn a_python_program_publishes_and_receives() {
    let Some(python) = python("serial").await else {
        return;
    };
    let Some(broker) = Mosquitto::start().await else {
        return;
    };
    let link = temporary("python");
    let flags = [
        "modem",
        "--pty",
        &link,
        "--instant-boot",
        "--exit-when",
        "disconnected=1",
    ];
    let mut modem = Running::qmt(&flags);
    modem.line().await;
    let host = Command::new(python)
        .arg(Path::new(EXAMPLES).join("host.py"))
        .args([&link, "127.0.0.1", &broker.port().to_string()])
        .output();
    let host = timeout(PATIENCE, host)
        .await
        .expect("an end in time")
        .unwrap();
    assert!(host.status.success(), "{host:?}");
    assert_eq!(host.stdout, b"published and received\n");
    modem.finish().await.succeeded();
}

#[tokio::test]
async fn the_pytest_fixture_passes_its_tests() {
    let Some(python) = python("serial, pytest").await else {
        return;
    };
    let tests = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLES])
        .env("QMT", env!("CARGO_BIN_EXE_qmt"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output();
    let tests = timeout(PATIENCE, tests)
        .await
        .expect("an end in time")
        .unwrap();
    let said = String::from_utf8_lossy(&tests.stdout).into_owned();
    assert!(
        tests.status.success() && said.contains("3 passed"),
        "{said}"
    );
}

/// The recipe of the guide: a module on a TCP port becomes a terminal elsewhere.
#[tokio::test]
async fn socat_makes_a_terminal_of_a_port() {
    if is_missing("socat") {
        return;
    }
    let link = temporary("socat");
    let mut modem = Running::qmt(&[
        "modem",
        "--listen",
        "127.0.0.1:0",
        "--instant-boot",
        "--print-address",
    ]);
    let address = modem.line().await;
    let mut socat = Command::new("socat")
        .args([
            "-d",
            "-d",
            &format!("PTY,link={link},raw,echo=0"),
            &format!("TCP:{address}"),
        ])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut log = BufReader::new(socat.stderr.take().unwrap()).lines();
    let ready = async {
        while let Some(line) = log.next_line().await.unwrap() {
            if line.contains("starting data transfer loop") {
                return;
            }
        }
        panic!("socat ended");
    };
    timeout(PATIENCE, ready).await.expect("socat in time");
    let line = tokio::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&link)
        .await;
    let mut line = line.unwrap();
    line.write_all(b"AT\r").await.unwrap();
    line.flush().await.unwrap();
    let mut came = Vec::new();
    let answer = async {
        while !came.ends_with(b"AT\r\r\nOK\r\n") {
            came.push(line.read_u8().await.unwrap());
        }
    };
    timeout(PATIENCE, answer).await.expect("an answer in time");
}

/// The recipe of the guide. minicom wants a terminal of its own, which `script` gives it.
#[tokio::test]
async fn minicom_talks_to_the_module() {
    if is_missing("minicom") || is_missing("script") {
        return;
    }
    let link = temporary("minicom");
    let flags = [
        "modem",
        "--pty",
        &link,
        "--instant-boot",
        "--log",
        "--exit-when",
        "shown=OK",
    ];
    let mut modem = Running::qmt(&flags);
    modem.line().await;
    let mut minicom = Command::new("script")
        .args([
            "-qefc",
            &format!("minicom -o -D {link} -b 9600"),
            "/dev/null",
        ])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut screen = minicom.stdout.take().unwrap();
    let mut keys = minicom.stdin.take().unwrap();
    let mut shown = String::new();
    let welcome = async {
        while !shown.contains("Press CTRL-A Z") {
            let mut room = [0; 1_024];
            let len = screen.read(&mut room).await.unwrap();
            assert_ne!(len, 0, "{shown}");
            shown.push_str(&String::from_utf8_lossy(&room[..len]));
        }
    };
    timeout(PATIENCE, welcome).await.expect("minicom in time");
    keys.write_all(b"AT\r").await.unwrap();
    let finished = modem.finish().await;
    assert_eq!(finished.code, 0, "{finished:?}");
}
