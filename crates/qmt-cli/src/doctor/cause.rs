//! Everything that `qmt doctor` can find, with what to do about it.

use crate::exit::Exit;

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Level {
    /// As it should be.
    Fine,
    /// It works, but not as well as it could.
    Warning,
    /// It does not work.
    Problem,
}

/// The enumeration and its table, from one list: variant, name, level, status, meaning, remedy.
macro_rules! causes {
    ($($Variant:ident = $name:literal, $level:ident, $exit:expr, $text:literal, $remedy:literal;)*) => {
        /// What is wrong.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Cause {
            $($Variant,)*
        }

        impl Cause {
            /// How programs know it.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $name,)*
                }
            }

            pub(crate) const fn level(self) -> Level {
                match self {
                    $(Self::$Variant => Level::$level,)*
                }
            }

            /// The status that a problem ends with.
            pub(crate) const fn exit(self) -> Exit {
                match self {
                    $(Self::$Variant => $exit,)*
                }
            }

            pub(crate) const fn text(self) -> &'static str {
                match self {
                    $(Self::$Variant => $text,)*
                }
            }

            pub(crate) const fn remedy(self) -> &'static str {
                match self {
                    $(Self::$Variant => $remedy,)*
                }
            }
        }
    };
}

causes! {
    Silent = "silent", Problem, Exit::SILENT,
        "nothing comes from the module",
        "check power and PWRKEY, that TX leads to RX and RX to TX, common ground, and the device name";
    OtherSpeed = "other_speed", Problem, Exit::SILENT,
        "the module talks at another speed",
        "give it with -b, or set the module's with AT+IPR";
    WrongSpeed = "wrong_speed", Problem, Exit::SILENT,
        "what comes is no text",
        "check the speed (-b) and the level of the signals: those of the module's UART, not RS-232";
    EchoOnly = "echo_only", Problem, Exit::SILENT,
        "what is sent comes back, and no answer with it",
        "TX and RX are connected to each other, or the module is off behind an echoing adapter";
    NoModule = "no_module", Problem, Exit::SILENT,
        "text comes, but no answer to AT",
        "this is no AT port: a module has several ports, and another program may be using this one";
    DataMode = "data_mode", Warning, Exit::OK,
        "the module was waiting for the data of a publish; Esc has ended that",
        "whoever publishes must send all of the data, or end it with Ctrl+Z or Esc";
    Asleep = "asleep", Warning, Exit::OK,
        "the module was asleep: the first commands only woke it",
        "send AT until it answers, and AT+QSCLK=0 to keep it awake";
    SlowLine = "slow_line", Problem, Exit::MODULE,
        "answers come later than the note allows (300 ms)",
        "look for what delays the bytes: a busy USB hub, a network bridge, a debugger";
    Stalls = "stalls", Warning, Exit::OK,
        "the line stands still at times",
        "look for what delays the bytes: a busy USB hub, a network bridge, flow control";
    BytesLost = "bytes_lost", Problem, Exit::IO,
        "bytes are lost on the line",
        "lower the speed, use flow control or a larger receive buffer, shorten the wires";
    BytesAdded = "bytes_added", Problem, Exit::IO,
        "bytes come that nobody sent, or come twice",
        "look for noise: ground, shielding, a second program on the port";
    BytesChanged = "bytes_changed", Problem, Exit::IO,
        "bytes are changed on the line",
        "look for noise: ground, shielding, levels; the speeds of both ends may differ by a few percent";

    Restarted = "restarted", Problem, Exit::MODULE,
        "the module restarts by itself",
        "check the supply: it must not break down under the peaks of the radio, see the hardware manual";
    FellSilent = "fell_silent", Problem, Exit::SILENT,
        "the module was there, and answers no more",
        "reset it; if it happens again look at its supply and its firmware";
    LostAnswer = "lost_answer", Problem, Exit::MODULE,
        "a command got no answer, though the module is there",
        "repeat the command; if it happens often, look at the line and the firmware";
    RepeatedAnswer = "repeated_answer", Warning, Exit::OK,
        "an answer came twice",
        "the host must not take the second one for the answer to its next command";
    EchoReturned = "echo_returned", Warning, Exit::OK,
        "the echo was switched off, and is on again",
        "look for another program that talks to the module";
    Refused = "refused", Problem, Exit::MODULE,
        "the module refuses a command that every module of this kind takes",
        "check that it is a BC260Y-CN, and its firmware";
    OtherModule = "other_module", Warning, Exit::OK,
        "the module does not call itself BC260Y",
        "what qmt knows is about the BC260Y-CN; siblings differ";

    RadioOff = "radio_off", Problem, Exit::UNREACHABLE,
        "the radio is switched off",
        "AT+CFUN=1";
    NoSim = "no_sim", Problem, Exit::UNREACHABLE,
        "there is no SIM card",
        "insert it, check its contacts, then restart the module";
    SimPin = "sim_pin", Problem, Exit::UNREACHABLE,
        "the SIM card wants its PIN",
        "AT+CPIN=\"1234\" with the right number, or have the PIN switched off";
    SimFailure = "sim_failure", Problem, Exit::UNREACHABLE,
        "the SIM card cannot be used",
        "try it in another device, or try another card";
    NotAttached = "not_attached", Problem, Exit::UNREACHABLE,
        "the module has been told to stay away from the network",
        "AT+CGATT=1, or AT+COPS=0";
    NoSignal = "no_signal", Problem, Exit::UNREACHABLE,
        "there is no network in reach",
        "check the antenna and its connector, the place, and that the operator has NB-IoT here";
    WeakSignal = "weak_signal", Warning, Exit::OK,
        "the signal is weak",
        "a better place or antenna saves time-outs and energy";
    NotRegistered = "not_registered", Problem, Exit::UNREACHABLE,
        "there is a signal, but the network has not taken the module in",
        "wait; then check the APN (AT+CGDCONT?), the band (AT+QBAND?) and the contract of the SIM card";
    Denied = "denied", Problem, Exit::UNREACHABLE,
        "the network refuses the module",
        "check the contract of the SIM card: NB-IoT, this region, this IMEI";
    NoAddress = "no_address", Problem, Exit::UNREACHABLE,
        "the network has given no address",
        "check the APN (AT+CGDCONT?), then AT+CGATT=0 and AT+CGATT=1";

    NoFreeLink = "no_free_link", Problem, Exit::MODULE,
        "all five links are in use",
        "close one (AT+QMTCLOSE=0); a host that restarts must close what it has left open";
    LostSetting = "lost_setting", Problem, Exit::MODULE,
        "the module says OK to an option and does not keep it",
        "read options back after setting them, and set them again";

    UnknownHost = "unknown_host", Problem, Exit::UNREACHABLE,
        "the host name of the broker has no address",
        "check the name (-h); private networks may not resolve public names: try an address";
    NoServer = "no_server", Problem, Exit::UNREACHABLE,
        "nobody answers at that address and port",
        "check -h and -p, that the broker runs, and firewalls between the operator's network and it";
    NoContext = "no_context", Problem, Exit::UNREACHABLE,
        "the module could not get its data connection",
        "check the APN (AT+CGDCONT?) and whether the contract has data left";
    NoResult = "no_result", Problem, Exit::UNREACHABLE,
        "the connection to the broker was neither made nor refused in time",
        "firewalls that drop packets look like this; see --patience for slow networks";
    LostResult = "lost_result", Problem, Exit::MODULE,
        "the link is open, but its result never came",
        "ask AT+QMTOPEN? and AT+QMTCONN? when a result is overdue";
    OpenRefused = "open_refused", Problem, Exit::MODULE,
        "the module refuses to open a link",
        "check host and port; restart the module if it persists";
    NoConnack = "no_connack", Problem, Exit::UNREACHABLE,
        "somebody is there, but does not answer as an MQTT broker",
        "check that the port is that of MQTT without TLS (1883, not 8883 or 80)";
    ServerCloses = "server_closes", Problem, Exit::UNREACHABLE,
        "the server closes the connection",
        "check that it is an MQTT broker, its log, and that no other client has the same client id";
    WrongVersion = "wrong_version", Problem, Exit::refused(1),
        "the broker refuses the protocol version",
        "try the other one (-V)";
    WrongClientId = "wrong_client_id", Problem, Exit::refused(2),
        "the broker refuses the client id",
        "choose another (-i)";
    Unavailable = "unavailable", Problem, Exit::refused(3),
        "the broker is there and does not serve",
        "try again later, look at its log";
    WrongCredentials = "wrong_credentials", Problem, Exit::refused(4),
        "the broker refuses user name or password",
        "check -u and -P; for Alibaba Cloud see qmt aliauth";
    NotAuthorized = "not_authorized", Problem, Exit::refused(5),
        "the broker does not let this client in",
        "check what it allows this client id and user";
    SubscriptionRefused = "subscription_refused", Problem, Exit::NOT_SUBSCRIBED,
        "the broker refuses the subscription",
        "check what this user may subscribe to, or choose another --topic";
    NoSuback = "no_suback", Problem, Exit::UNREACHABLE,
        "the broker does not answer a subscription",
        "look at its log; a network that loses much looks like this too";
    LostPrompt = "lost_prompt", Problem, Exit::MODULE,
        "no prompt comes for the data of a publish",
        "wait a minute before the next command: the module may be waiting for data";
    SlowPrompt = "slow_prompt", Warning, Exit::OK,
        "the prompt for data comes late",
        "a host that gives up too early must then be silent for a minute";
    DataLost = "data_lost", Problem, Exit::MODULE,
        "the data of a publish does not arrive in the module as it was sent",
        "check the line; the host must wait for the module, up to a minute, before its next command";
    PublishRefused = "publish_refused", Problem, Exit::MODULE,
        "the module refuses to publish",
        "restart the module if it persists";
    NoPuback = "no_puback", Problem, Exit::UNKNOWN,
        "the broker does not acknowledge a message",
        "look at its log; a network that loses much looks like this too";
    WrongResult = "wrong_result", Problem, Exit::MODULE,
        "a result names another message or link than the one it belongs to",
        "the host must compare link and message identifier of every result";
    MessageLost = "message_lost", Problem, Exit::UNREACHABLE,
        "a message that was acknowledged does not come back",
        "check what this user may publish and read; unsolicited lines may be lost on the way";
    MessageChanged = "message_changed", Problem, Exit::MODULE,
        "a message comes back changed",
        "send in hex (--send-format hex), or wrap payloads so that damage shows";
    MessageRepeated = "message_repeated", Warning, Exit::OK,
        "a message comes twice",
        "at QoS 1 that may be; the receiver must recognise it";
    LinkLost = "link_lost", Problem, Exit::UNREACHABLE,
        "the connection is lost while it is used",
        "look at the broker's log and the signal; the host must connect again";
    FailedClose = "failed_close", Warning, Exit::OK,
        "disconnecting or closing fails",
        "none if the link is free afterwards (AT+QMTOPEN?)";
}
