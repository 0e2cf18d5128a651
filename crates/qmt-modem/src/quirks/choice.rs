//! The answers to the open questions, where they are more than yes and no.

use super::table::{Choice, QuirkValue, choices};

choices! {
    /// The bytes of the prompt.
    Prompt {
        /// CR LF, `>`, blank: seen on BG96 and BG770A, and what QMT §6.1 shows.
        LineBlank = "line_blank",
        /// CR LF, `>`: EC20x.
        Line = "line",
        /// `>`, blank: EC600S.
        Blank = "blank",
        /// `>`: BC660K.
        Bare = "bare",
        /// CR LF, `>`, CR LF: a clone's firmware.
        OwnLine = "own_line",
    }

    /// Which comes first, `OK` or the result that the network brings.
    ResultOrder {
        /// `OK` at once, the result when the network has answered.
        OkFirst = "ok_first",
        /// The result, then `OK`; commands in between wait.
        ResultFirst = "result_first",
    }

    /// When `OK` follows a payload that was typed.
    OkAfterData {
        /// At once.
        AtOnce = "at_once",
        /// A second later; results and reports wait for it.
        Late = "late",
    }

    /// The answer to Esc in data mode.
    EscResult {
        /// `OK` and no `+QMTPUB`: a clone and the chip vendor's base code.
        Ok = "ok",
        /// `ERROR`.
        Error = "error",
        /// Error 571, "Cancel send", of the module's socket commands.
        Cancelled = "cancelled",
        /// Nothing.
        Silent = "silent",
    }

    /// The answer when data mode ends for want of data.
    DataTimeoutResult {
        /// `ERROR`.
        Error = "error",
        /// `OK` and no `+QMTPUB`.
        Ok = "ok",
        /// A line `Timeout`, then `OK`: a clone.
        TimeoutOk = "timeout_ok",
        /// Nothing.
        Silent = "silent",
    }

    /// Whether the module listens right behind its prompt.
    DataModeDelay {
        /// It does.
        None = "none",
        /// After 500 ms; what comes before is swallowed: BC660K.
        HalfSecond = "500ms",
    }

    /// What a line feed right behind the CR of a command is that asks for data.
    LfBeforeData {
        /// The first byte of the payload: EC21.
        Data = "data",
        /// Part of the line end.
        Ignored = "ignored",
    }

    /// How `<msg>` stands on the command line of QMTPUB.
    InlineQuotes {
        /// In quotes or without: a clone.
        Either = "either",
        /// In quotes only, as in the module's socket commands; else `ERROR`.
        Required = "required",
        /// Without quotes only, as the note prints it; else `ERROR`.
        Bare = "bare",
    }

    /// What waits for the result of a publish.
    PublishInFlight {
        /// The next publish of that link.
        Link = "link",
        /// The next publish of any link.
        Module = "module",
    }

    /// Topics in one QMTSUB or QMTUNS; more are `ERROR`.
    TopicsPerCommand {
        /// Four: a clone, and what this project's command type takes.
        Four = "4",
        /// One.
        One = "1",
    }

    /// The values of `+QMTSUB` for several topics.
    SubValues {
        /// One for each topic, in order: BC660K, BC26.
        PerTopic = "per_topic",
        /// One for all of them, the first: the letter of QMT §3.3.6.
        One = "one",
    }

    /// What becomes of unsolicited lines while a command line is being echoed or data mode is on.
    UrcInData {
        /// They wait for the end of the command.
        Hold = "hold",
        /// They come at once, in the middle of everything.
        Interleave = "interleave",
    }

    /// What stands around an unsolicited line.
    UrcFraming {
        /// CR LF before and after it.
        Single = "single",
        /// CR LF twice before and twice after it: BG96.
        Double = "double",
    }

    /// What lengths count in hex format.
    HexLen {
        /// Bytes, half the digits: the module's socket commands.
        Bytes = "bytes",
        /// Digits.
        Digits = "digits",
    }

    /// What a message longer than 1460 bytes becomes.
    Oversize {
        /// Its first 1460 bytes are reported, as QMT §3.3.8 note 2 has it for the other direction.
        Truncate = "truncate",
        /// It is not reported.
        Drop = "drop",
        /// It is reported with all its bytes.
        Whole = "whole",
    }

    /// The answer to a query of an option.
    ConfigAnswer {
        /// The values: QMT §6.1.
        Bare = "bare",
        /// The name of the option in quotes, then the values: BC26 and most others.
        Named = "named",
    }

    /// The answer to a query when there is nothing to show.
    EmptyQuery {
        /// `OK`.
        Ok = "ok",
        /// `ERROR`.
        Error = "error",
    }

    /// The answer to QMTOPEN on a link that is open.
    Occupied {
        /// `ERROR`, or `+CME ERROR: 3`: BC660K.
        Error = "error",
        /// `OK`, then `+QMTOPEN: <link>,2`: BG95, and QMT §3.3.2 has the code.
        Result = "result",
    }

    /// The answer to QMTOPEN with a parameter that is wrong.
    BadOpen {
        /// `ERROR`.
        Error = "error",
        /// `OK`, then `+QMTOPEN: <link>,1`.
        Result = "result",
    }

    /// The answer to QMTCLOSE on a link that is not open.
    CloseUnopened {
        /// `ERROR`: EG800AK and a clone.
        Error = "error",
        /// `OK` and its result: EC600S.
        Result = "result",
    }

    /// The answer to QMTCLOSE after QMTDISC.
    CloseAfterDisc {
        /// `OK` and its result: QMT fig. 1.
        Result = "result",
        /// `ERROR`, because QMTDISC has closed the network and freed the link: a clone.
        Error = "error",
        /// `OK` and no result: BG95.
        Silent = "silent",
    }

    /// How `+QMTCONN` ends when the server accepts.
    ConnCode {
        /// With `<retcode>` 0.
        Always = "always",
        /// Without it; only a refusal has one.
        Refusals = "refusals",
    }

    /// What is told when no CONNACK comes in time.
    ConnectTimeout {
        /// `+QMTCONN: <link>,2`, then `+QMTSTAT`.
        ResultThenStat = "result_stat",
        /// `+QMTSTAT`, then `+QMTCONN: <link>,2`: a clone.
        StatThenResult = "stat_result",
        /// `+QMTCONN: <link>,2` alone.
        Result = "result",
    }

    /// What is told when a packet is given up.
    PacketFailure {
        /// Result 2; the link stays.
        Result = "result",
        /// Result 2, then `+QMTSTAT: <link>,6`, and the link has ended.
        ResultThenStat = "result_stat",
    }

    /// Which cause `+QMTSTAT` gives when the server closes.
    ServerClose {
        /// 1.
        One = "1",
        /// 7: BC660K.
        Seven = "7",
    }

    /// How result 1 is written.
    NoticeForm {
        /// As any result, with the count: QMT §3.3.6, §3.3.8.
        Note = "note",
        /// `<link>,1,<msgID>`, and `+QMTPUBREL` for the second half of QoS 2: BC660K.
        Bc660k = "bc660k",
    }

    /// How failures are told before the host has sent AT+CMEE, whose setting is saved.
    Cmee {
        /// `ERROR`.
        Plain = "0",
        /// Numbers.
        Numeric = "1",
        /// Words.
        Verbose = "2",
    }

    /// How a wrong argument is answered.
    ParameterError {
        /// `ERROR`, whatever AT+CMEE says.
        Plain = "plain",
        /// Error 50, "Incorrect parameters": BC660K.
        Incorrect = "50",
        /// Error 8507, "MQTT invalid parameter", for QMT commands, 50 for others.
        Mqtt = "8507",
    }

    /// What a start prints.
    BootBanner {
        /// `RDY`, `+CFUN: 1`, `+CPIN: READY`, `+IP`.
        Full = "full",
        /// The same without `RDY`.
        WithoutRdy = "without_rdy",
        /// Nothing.
        Silent = "silent",
    }

    /// What the module says when it has been woken.
    WakeAnswer {
        /// Nothing.
        Nothing = "nothing",
        /// An empty line: BC660K.
        BlankLine = "blank_line",
    }

    /// How reports spell deep sleep.
    SleepWords {
        /// `DEEPSLEEP`.
        One = "deepsleep",
        /// `DEEP SLEEP`: a flow chart of the terminal design guide.
        Two = "deep_sleep",
    }

    /// Hash of the password that "aliauth" makes.
    AliAuthSign {
        /// `hmacsha256`: what a BC260Y-CN was seen to send.
        Sha256 = "hmacsha256",
        /// `hmacsha1`.
        Sha1 = "hmacsha1",
        /// `hmacmd5`.
        Md5 = "hmacmd5",
    }
}

impl TopicsPerCommand {
    /// How many.
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::Four => 4,
            Self::One => 1,
        }
    }
}

impl Prompt {
    /// The bytes on the line.
    #[must_use]
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::LineBlank => b"\r\n> ",
            Self::Line => b"\r\n>",
            Self::Blank => b"> ",
            Self::Bare => b">",
            Self::OwnLine => b"\r\n>\r\n",
        }
    }
}
