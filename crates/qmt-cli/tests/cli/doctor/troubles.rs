//! The troubles, and how the virtual module is given each.

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
    /// The virtual module with these arguments; `@AT+X` stands for the number of that command, and
    /// `@data` for a byte in the middle of the data of the publish.
    Module(&'static [&'static str]),
    /// The virtual module at a port of another speed than the 9600 bit/s that are tried first.
    AtSpeed(u32),
    /// The virtual module, of which lines that begin so are replaced, or left out.
    Rewritten(&'static [(&'static str, &'static str)]),
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

/// What happens in the network or in another module, of which the virtual one has no model.
const fn rewritten(
    what: &'static str,
    verdict: &'static str,
    lines: &'static [(&'static str, &'static str)],
) -> Trouble {
    Trouble {
        patient: Patient::Rewritten(lines),
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
    Trouble {
        patient: Patient::AtSpeed(115_200),
        ..fault(
            "The module's speed was changed (AT+IPR)",
            "other_speed",
            &[],
        )
    },
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
    rewritten(
        "The module is a sibling",
        "other_module",
        &[("Quectel_BC260Y", "Quectel_BC28")],
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
    rewritten(
        "The APN or the band is wrong",
        "not_registered",
        &[("+CEREG: ", "+CEREG: 0,2")],
    ),
    rewritten(
        "The contract of the SIM card has ended",
        "denied",
        &[("+CEREG: ", "+CEREG: 0,3")],
    ),
    rewritten(
        "The network gives no address",
        "no_address",
        &[("+CGPADDR: ", "+CGPADDR: 0")],
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
    rewritten(
        "The data of the contract are used up",
        "no_context",
        &[("+QMTOPEN: 4,0", "+QMTOPEN: 4,3")],
    ),
    rewritten(
        "A firewall drops what goes to the broker",
        "no_result",
        &[("+QMTOPEN: 4,", "")],
    ),
    fault(
        "The module does not open links",
        "open_refused",
        &["--fault", "cme:8500@AT+QMTOPEN="],
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
    fault(
        "The host's bytes overrun the module's buffer",
        "data_lost",
        &["--fault", "drop:30@data"],
    ),
    fault(
        "The module does not publish",
        "publish_refused",
        &["--fault", "error@AT+QMTPUB="],
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
