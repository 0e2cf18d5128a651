//! The troubles, and how the virtual module is given each.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A trouble and the verdict that names it.
pub(super) struct Trouble {
    pub(super) what: &'static str,
    pub(super) verdict: &'static str,
    pub(super) patient: Patient,
    /// A scenario of the module.
    pub(super) scenario: &'static str,
    /// Commands that another host has sent before.
    pub(super) before: &'static [&'static str],
}

/// What is at the other end of the line.
#[derive(Clone, Copy)]
pub(super) enum Patient {
    /// The virtual module with these arguments; `@AT+X` stands for the number of that command.
    Module(&'static [&'static str]),
    /// No module.
    Other(Answer),
}

/// What something that is no module answers to everything.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Nothing,
    /// What it has read.
    Same,
    Text(&'static [u8]),
}

const fn fault(
    what: &'static str,
    verdict: &'static str,
    arguments: &'static [&'static str],
) -> Trouble {
    Trouble {
        what,
        verdict,
        patient: Patient::Module(arguments),
        scenario: "",
        before: &[],
    }
}

const fn scenario(what: &'static str, verdict: &'static str, text: &'static str) -> Trouble {
    Trouble {
        scenario: text,
        ..fault(what, verdict, &[])
    }
}

const fn after(
    what: &'static str,
    verdict: &'static str,
    before: &'static [&'static str],
) -> Trouble {
    Trouble {
        before,
        ..fault(what, verdict, &[])
    }
}

const fn other(what: &'static str, verdict: &'static str, answer: Answer) -> Trouble {
    Trouble {
        patient: Patient::Other(answer),
        ..fault(what, verdict, &[])
    }
}

pub(super) const TROUBLES: &[Trouble] = &[
    other("The module is off", "silent", Answer::Nothing),
    fault(
        "The firmware hangs after its start",
        "fell_silent",
        &["--fault", "dead"],
    ),
    fault(
        "The speeds of host and module differ",
        "wrong_speed",
        &["--fault", "wrong_baud@100%"],
    ),
    other(
        "TX and RX are connected to each other",
        "echo_only",
        Answer::Same,
    ),
    other(
        "The port is a console of something else",
        "no_module",
        Answer::Text(b"\r\nlogin: \r\n"),
    ),
    after(
        "Another program died while it published",
        "data_mode",
        &[">"],
    ),
    fault(
        "The module is in deep sleep",
        "asleep",
        &["--fault", "sleep"],
    ),
    fault(
        "A slow bridge delays every byte",
        "slow_line",
        &["--fault", "latency:1000"],
    ),
    fault(
        "The line stands still now and then",
        "stalls",
        &["--fault", "stall:1500@module_byte:3000"],
    ),
    fault(
        "A receiver without flow control loses bytes",
        "bytes_lost",
        &["--fault", "drop@0.1%"],
    ),
    fault(
        "Overruns lose many bytes at once",
        "bytes_lost",
        &["--fault", "overrun@0.1%"],
    ),
    fault(
        "Noise adds bytes",
        "bytes_added",
        &["--fault", "insert@0.1%"],
    ),
    fault("Bursts of noise", "bytes_added", &["--fault", "noise@0.1%"]),
    fault(
        "A second sender doubles bytes",
        "bytes_added",
        &["--fault", "duplicate@0.1%"],
    ),
    fault(
        "Bad levels change bits",
        "bytes_changed",
        &["--fault", "flip@0.1%"],
    ),
    fault(
        "The supply breaks down",
        "restarted",
        &["--fault", "reboot@AT+CSQ"],
    ),
    fault(
        "The supply breaks down, and no RDY comes",
        "restarted",
        &["--fault", "silent_reboot@AT+CSQ"],
    ),
    fault(
        "The firmware crashes",
        "fell_silent",
        &["--fault", "dead@AT+CSQ"],
    ),
    fault(
        "An OK is lost",
        "lost_answer",
        &["--fault", "lost_final@AT+CSQ"],
    ),
    fault(
        "A command is lost",
        "lost_answer",
        &["--fault", "lost_command@AT+CSQ"],
    ),
    fault(
        "An OK comes twice",
        "repeated_answer",
        &["--fault", "duplicate_final@AT+CSQ"],
    ),
    fault(
        "Another program switches the echo on",
        "echo_returned",
        &["--fault", "echo_on@AT+CSQ"],
    ),
    fault(
        "A command of the manual is refused",
        "refused",
        &["--fault", "error@AT+CSQ"],
    ),
    after(
        "The radio is switched off (AT+CFUN=4)",
        "radio_off",
        &["AT+CFUN=4"],
    ),
    fault("No SIM card", "no_sim", &["--fault", "cme:10@AT+CPIN?"]),
    fault(
        "The SIM card wants a PIN",
        "sim_pin",
        &["--fault", "cme:11@AT+CPIN?"],
    ),
    fault(
        "The SIM card is broken",
        "sim_failure",
        &["--fault", "cme:13@AT+CPIN?"],
    ),
    after(
        "Somebody has deregistered (AT+COPS=2)",
        "not_attached",
        &["AT+COPS=2"],
    ),
    after(
        "Somebody has detached (AT+CGATT=0)",
        "not_attached",
        &["AT+CGATT=0"],
    ),
    scenario(
        "No antenna, or no coverage",
        "no_signal",
        "[[event]]\nat_ms = 0\ndo = \"coverage\"\non = false\n",
    ),
    scenario("A bad place", "weak_signal", "signal = 2\n"),
    after(
        "A host that restarts leaves its links open",
        "no_free_link",
        &[
            "AT+QMTOPEN=0,\"h\",1883",
            "AT+QMTOPEN=1,\"h\",1883",
            "AT+QMTOPEN=2,\"h\",1883",
            "AT+QMTOPEN=3,\"h\",1883",
            "AT+QMTOPEN=4,\"h\",1883",
        ],
    ),
    fault(
        "Options are not kept",
        "lost_setting",
        &["--fault", "lost_setting@100%"],
    ),
    fault(
        "The host name is wrong",
        "unknown_host",
        &["--map", "h=no-such-host.invalid"],
    ),
    fault(
        "No broker at that port",
        "no_server",
        &["--map", "h=127.0.0.1:9"],
    ),
    fault(
        "The network carries nothing any more",
        "no_connack",
        &["--fault", "black_hole@AT+QMTOPEN="],
    ),
    fault(
        "The result of QMTOPEN comes 40 s late",
        "lost_result",
        &["--fault", "late_result@AT+QMTOPEN="],
    ),
    fault(
        "The result of QMTOPEN is lost",
        "lost_result",
        &["--fault", "lost_result@AT+QMTOPEN="],
    ),
    fault(
        "The result of QMTOPEN names another link",
        "wrong_result",
        &["--fault", "wrong_link@AT+QMTOPEN="],
    ),
    fault(
        "The server speaks no MQTT",
        "no_connack",
        &["--broker-fault", "mute@CONNECT"],
    ),
    fault(
        "The server hangs up at CONNECT",
        "server_closes",
        &["--broker-fault", "close@CONNECT"],
    ),
    fault(
        "CONNACK 1",
        "wrong_version",
        &["--broker-fault", "connack:1"],
    ),
    fault(
        "CONNACK 2",
        "wrong_client_id",
        &["--broker-fault", "connack:2"],
    ),
    fault("CONNACK 3", "unavailable", &["--broker-fault", "connack:3"]),
    fault(
        "CONNACK 4",
        "wrong_credentials",
        &["--broker-fault", "connack:4"],
    ),
    fault(
        "CONNACK 5",
        "not_authorized",
        &["--broker-fault", "connack:5"],
    ),
    fault(
        "SUBACK 128",
        "subscription_refused",
        &["--broker-fault", "suback:128"],
    ),
    fault("No SUBACK", "no_suback", &["--broker-fault", "lose@SUBACK"]),
    fault("No prompt", "lost_prompt", &["--fault", "lost_prompt"]),
    fault(
        "A late prompt",
        "slow_prompt",
        &["--fault", "late_prompt:2500"],
    ),
    fault("No PUBACK", "no_puback", &["--broker-fault", "lose@PUBACK"]),
    fault(
        "The result of QMTPUB names another message",
        "wrong_result",
        &["--fault", "wrong_id@AT+QMTPUB="],
    ),
    fault(
        "The server hangs up at PUBLISH",
        "link_lost",
        &["--broker-fault", "close@PUBLISH"],
    ),
    fault(
        "+QMTRECV is lost",
        "message_lost",
        &["--fault", "lost_report@AT+QMTPUB="],
    ),
    fault(
        "A broker that changes messages",
        "message_changed",
        &["--broker-fault", "oversize:100@PUBLISH"],
    ),
    fault(
        "+QMTRECV comes twice",
        "message_repeated",
        &["--fault", "duplicate_report@AT+QMTPUB="],
    ),
    fault(
        "QMTDISC or QMTCLOSE fails",
        "failed_close",
        &["--fault", "failed_close@AT+QMTDISC"],
    ),
];

/// Serves one line at a TCP port until the test ends. Gives its name for `-D`.
pub(super) async fn serve(answer: Answer) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buf = [0; 4096];
        while let Ok(len @ 1..) = stream.read(&mut buf).await {
            let bytes = match answer {
                Answer::Nothing => b"",
                Answer::Same => &buf[..len],
                Answer::Text(text) => text,
            };
            if stream.write_all(bytes).await.is_err() {
                break;
            }
        }
    });
    format!("tcp:127.0.0.1:{port}")
}

/// Connects a link of the module and asks for a publish whose data never comes.
pub(super) async fn leave_in_data_mode(path: &str) {
    let mut port = tokio::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .await
        .unwrap();
    let mut said = Vec::new();
    for (command, awaited) in [
        ("AT+QMTOPEN=0,\"h\",1883\r", "+QMTOPEN: 0,0"),
        ("AT+QMTCONN=0,\"c\"\r", "+QMTCONN: 0,0"),
        ("AT+QMTPUB=0,0,0,0,\"a\"\r", ">"),
    ] {
        port.write_all(command.as_bytes()).await.unwrap();
        port.flush().await.unwrap();
        let mut buf = [0; 256];
        while !String::from_utf8_lossy(&said).contains(awaited) {
            let len = port.read(&mut buf).await.unwrap();
            said.extend_from_slice(&buf[..len]);
        }
    }
}
