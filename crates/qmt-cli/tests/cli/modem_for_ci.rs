//! `qmt modem` as a test runs it: many at once, at a speed, until something has happened, with a
//! report of what the host made use of.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::support::{Running, is_gone, qmt, temporary};

/// A host that publishes once and leaves.
const SESSION: &str = "ATE0\rAT+QMTCFG=\"echomode\",0,0\rAT+QMTOPEN=0,\"h\",1883\r";

/// A caller of a module's TCP port that asks and waits.
struct Host(TcpStream);

impl Host {
    async fn call(address: &str) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    async fn ask(&mut self, line: &str, wanted: &str) {
        self.0.write_all(line.as_bytes()).await.unwrap();
        let mut came = String::new();
        let answer = async {
            while !came.contains(wanted) {
                let mut room = [0; 512];
                let len = self.0.read(&mut room).await.unwrap();
                assert_ne!(len, 0, "waited for {wanted:?}, came {came:?}");
                came.push_str(&String::from_utf8_lossy(&room[..len]));
            }
        };
        tokio::time::timeout(crate::support::PATIENCE, answer)
            .await
            .unwrap_or_else(|_| panic!("no {wanted:?}"));
    }

    async fn publish(&mut self) {
        self.ask(SESSION, "+QMTOPEN: 0,0\r\n").await;
        self.ask("AT+QMTCONN=0,\"c\"\r", "+QMTCONN: 0,0,0\r\n")
            .await;
        self.ask("AT+QMTPUB=0,1,1,0,\"a\",2\r", "> ").await;
        self.ask("hi", "+QMTPUB: 0,1,0\r\n").await;
    }
}

fn listening(more: &[&str]) -> Running {
    let common = [
        "modem",
        "--listen",
        "127.0.0.1:0",
        "--instant-boot",
        "--loopback-broker",
        "--print-address",
    ];
    Running::qmt(&[&common[..], more].concat())
}

#[tokio::test]
async fn the_module_ends_well_when_everything_waited_for_has_happened() {
    let (report, junit) = (temporary("report.txt"), temporary("report.xml"));
    let mut modem = listening(&[
        "--exit-when",
        "published=1",
        "--exit-when",
        "connected=1",
        "--report",
        &report,
        "--junit",
        &junit,
        "--broker-fault",
        "duplicate@PUBACK",
    ]);
    let address = modem.line().await;
    Host::call(&address).await.publish().await;
    modem.finish().await.succeeded();

    let text = std::fs::read_to_string(&report).unwrap();
    for line in [
        "4 of 39 command forms answered OK, 4 of 41 codes shown, 1 faults met",
        "  x  AT+QMTPUB= (counted)             OK 1",
        "     AT+QMTPUB= (inline)",
        "  x  ATE                              OK 1",
        "  x  +QMTPUB 0                        1",
        "     +QMTSTAT 2",
        "  x  broker duplicate                 1",
        "  x  published=1                      came true",
    ] {
        assert!(text.lines().any(|own| own == line), "{line:?} in\n{text}");
    }
    let xml = std::fs::read_to_string(&junit).unwrap();
    for line in [
        "  <testsuite name=\"command forms\" tests=\"39\" failures=\"0\" skipped=\"35\">",
        "    <testcase classname=\"qmt-modem.codes\" name=\"+QMTPUB 0\"/>",
        "    <testcase classname=\"qmt-modem.codes\" name=\"+QMTPUB 2\"><skipped message=\"not used\"/></testcase>",
        "    <testcase classname=\"qmt-modem.conditions\" name=\"published=1\"/>",
    ] {
        assert!(xml.lines().any(|own| own == line), "{line:?} in\n{xml}");
    }
    assert_eq!(
        xml.matches("<testsuite ").count(),
        xml.matches("</testsuite>").count()
    );
    std::fs::remove_file(report).unwrap();
    std::fs::remove_file(junit).unwrap();
}

#[tokio::test]
async fn a_host_that_hangs_up_too_early_ends_it_with_79() {
    let mut modem = listening(&["--exit-when", "hang-up", "--exit-when", "published=2"]);
    let address = modem.line().await;
    let mut host = Host::call(&address).await;
    host.publish().await;
    drop(host);
    let finished = modem.finish().await;
    assert_eq!(finished.code, 79);
    assert_eq!(finished.stderr, "qmt: not done: published=2: 1\n");
}

#[tokio::test]
async fn a_host_on_a_pseudo_terminal_hangs_up_too() {
    let path = temporary("hang-up");
    let mut modem = Running::qmt(&["modem", "--pty", &path, "--exit-when", "hang-up"]);
    modem.line().await;
    let host = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path);
    std::io::Write::write_all(&mut host.unwrap(), b"AT\r").unwrap();
    modem.finish().await.succeeded();
    assert!(is_gone(&path));
}

#[tokio::test]
async fn time_that_runs_out_ends_it_with_27() {
    let finished = qmt(&["modem", "--listen", "127.0.0.1:0", "-W", "0"]).await;
    assert_eq!((finished.code, finished.stderr.as_str()), (27, ""));
    let waiting = [
        "modem",
        "--listen",
        "127.0.0.1:0",
        "-W",
        "0",
        "--exit-when",
        "shown=+QMTSTAT 2",
    ];
    let finished = qmt(&waiting).await;
    assert_eq!(finished.code, 27);
    assert_eq!(finished.stderr, "qmt: not done: +QMTSTAT 2 was not shown\n");
    let mut modem = listening(&["--exit-when", "published=1"]);
    modem.line().await;
    modem.signal("TERM").await;
    assert_eq!(modem.finish().await.code, 143);
}

#[tokio::test]
async fn many_modules_have_lines_of_their_own() {
    let link = temporary("many");
    let log = temporary("many.jsonl");
    let mut modem = Running::qmt(&[
        "modem",
        "--pty",
        &link,
        "--count",
        "3",
        "--print-address",
        "--instant-boot",
        "--log=jsonl",
        "--log-file",
        &log,
    ]);
    for number in 0..3 {
        let path = modem.line().await;
        assert_eq!(path, format!("{link}-{number}"));
        let finished = qmt(&[
            "pub",
            "-D",
            &path,
            "-h",
            "127.0.0.1",
            "-p",
            "1",
            "-t",
            "a",
            "-n",
        ])
        .await;
        assert_eq!(finished.code, 69, "{finished:?}");
    }
    modem.signal("INT").await;
    modem.finish().await.succeeded();
    assert!(is_gone(&format!("{link}-0")));
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    for number in 0..3 {
        let opened = text.lines().any(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            line["module"] == number
                && line["from"] == "host"
                && line["ms"].is_u64()
                && line["bytes"] == "AT+QMTOPEN=0,\"127.0.0.1\",1\\r"
        });
        assert!(opened, "{number} in {text}");
    }
    // The next port after the last there is.
    let many = ["modem", "--listen", "127.0.0.1:65535", "--count", "2"];
    let finished = qmt(&many).await;
    assert!([64, 73].contains(&finished.code), "{finished:?}");
    assert_eq!(qmt(&["modem", "--stdio", "--count", "2"]).await.code, 64);
}

#[tokio::test]
async fn a_slow_line_takes_its_time() {
    let mut modem = listening(&["--baud", "2400"]);
    let address = modem.line().await;
    let mut host = Host::call(&address).await;
    let start = Instant::now();
    // 8 bytes and 6 back, and the test answer of QMTCFG: 400 and some, at 240 a second.
    host.ask(
        "ATE0\rAT+QMTCFG=?\r",
        "\"dataformat\",(0-4),(0,1),(0,1)\r\n\r\nOK\r\n",
    )
    .await;
    let span = start.elapsed().as_millis();
    assert!((1_500..6_000).contains(&span), "{span} ms");
}

#[tokio::test]
async fn a_real_serial_port_is_served() {
    // The other end of the cable is a pseudo-terminal of this test.
    let pty = qmt_modem::runner::Pty::open().unwrap();
    let device = pty.path().to_str().unwrap().to_owned();
    let mut modem = Running::qmt(&[
        "modem",
        "--serial",
        &device,
        "--instant-boot",
        "--baud",
        "115200",
    ]);
    assert_eq!(modem.line().await, format!("ready: {device}"));
    let (mut reader, mut writer) = tokio::io::split(pty);
    writer.write_all(b"AT\r").await.unwrap();
    let mut came = Vec::new();
    while !came.ends_with(b"AT\r\r\nOK\r\n") {
        came.push(reader.read_u8().await.unwrap());
    }
    modem.signal("TERM").await;
    modem.finish().await.succeeded();
    let finished = qmt(&["modem", "--serial", "/dev/no-such-port"]).await;
    assert_eq!(finished.failed().0, 66);
}

#[tokio::test]
async fn quirks_are_listed_and_set_by_name() {
    let finished = qmt(&["modem", "--list-quirks"]).await;
    finished.succeeded();
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(
        text.contains("\nprompt: ") || text.starts_with("prompt: "),
        "{text}"
    );
    assert!(text.contains("(note, "), "{text}");
    for (wrong, words) in [
        ("prompt", "NAME=VALUE"),
        ("prompt=none", "prompt is one of "),
        ("no-such-quirk=1", "--list-quirks"),
    ] {
        let finished = qmt(&["modem", "--stdio", "--quirk", wrong]).await;
        assert_eq!(finished.code, 64);
        assert!(finished.stderr.contains(words), "{finished:?}");
    }
    let mut modem = Running::qmt(&[
        "modem",
        "--stdio",
        "--instant-boot",
        "--profile",
        "strict",
        "--quirk",
        "blank_after_colon=off",
    ]);
    modem.said("ready: stdio").await;
    modem.feed(b"ATE0\rAT+QMTCFG=\"keepalive\",0\r").await;
    let finished = modem.finish().await;
    let said = String::from_utf8(finished.stdout).unwrap();
    assert!(said.contains("+QMTCFG:120\r\n"), "{said:?}");
}
