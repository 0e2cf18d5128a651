//! The catalogue of faults: what each is called, does and comes from.

/// Where a fault strikes: what it waits for once its time has come.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// A byte on the serial line. The [`Wire`](crate::Wire) does it.
    Line,
    /// The end of a command line.
    Command,
    /// A QMTCFG that sets something.
    Setting,
    /// A prompt.
    Prompt,
    /// A final result code.
    Final,
    /// A deferred result.
    Result,
    /// An unsolicited line.
    Report,
    /// Nothing: it happens by itself, as soon as there is what it needs.
    Module,
}

/// The number behind the name of a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parameter {
    meaning: &'static str,
    default: u64,
}

impl Parameter {
    /// What the number is, for example `ms`.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// What it is when it is not given.
    #[must_use]
    pub const fn default(&self) -> u64 {
        self.default
    }
}

/// The enumeration and the table of its rows, from one list: doc comment, `[source]`, variant,
/// name, place, and the parameter with its default.
macro_rules! kinds {
    ($(
        $(#[doc = $text:literal])+
        [$source:literal]
        $Variant:ident = $name:literal, $Place:ident $(, $meaning:literal = $default:literal)?;
    )+) => {
        /// A fault that a module or its line can show, without its number.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum FaultKind {
            $(
                $(#[doc = $text])+
                #[doc = ""]
                #[doc = concat!("`", $name, "`, source: ", $source, ".")]
                $Variant,
            )+
        }

        impl FaultKind {
            /// All of them, line first.
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            /// How `--fault` calls it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $name,)+
                }
            }

            /// What happens, in one sentence.
            #[must_use]
            pub fn text(self) -> &'static str {
                let text = match self {
                    $(Self::$Variant => concat!($($text),+),)+
                };
                text.trim_start()
            }

            /// Its rows of RELIABILITY §2, or another source.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self {
                    $(Self::$Variant => $source,)+
                }
            }

            /// Where it strikes.
            #[must_use]
            pub const fn place(self) -> Place {
                match self {
                    $(Self::$Variant => Place::$Place,)+
                }
            }

            /// Its number, if it has one.
            #[must_use]
            pub const fn parameter(self) -> Option<Parameter> {
                match self {
                    $($(Self::$Variant => Some(Parameter {
                        meaning: $meaning,
                        default: $default,
                    }),)?)+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// Bytes are lost.
    ["W1, W2, W3, D2"]
    Drop = "drop", Line, "bytes" = 1;
    /// A byte comes several times more.
    ["W4"]
    Duplicate = "duplicate", Line, "times" = 1;
    /// A bit of a byte is inverted; from 8 on, any one.
    ["W5, W6"]
    Flip = "flip", Line, "bit" = 8;
    /// A byte comes that nobody sent; from 256 on, any one.
    ["W9"]
    Insert = "insert", Line, "byte" = 256;
    /// A burst of random bytes comes before the byte.
    ["W9"]
    Noise = "noise", Line, "bytes" = 16;
    /// The receiver is overrun: bytes are lost, and it knows.
    ["W7"]
    Overrun = "overrun", Line, "bytes" = 16;
    /// A byte has no stop bit: it is lost, and the receiver knows.
    ["W8"]
    Framing = "framing", Line;
    /// A byte has the wrong parity: it is lost, and the receiver knows.
    ["W8"]
    Parity = "parity", Line;
    /// The line is held low before the byte, and the receiver knows.
    ["W8"]
    Break = "break", Line;
    /// Bytes arrive as 00 and FF, as at a wrong rate.
    ["W8"]
    WrongBaud = "wrong_baud", Line, "bytes" = 16;
    /// Nothing moves for a while.
    ["W11, W12"]
    Stall = "stall", Line, "ms" = 500;
    /// From now on every byte takes longer.
    ["W12"]
    Latency = "latency", Line, "ms" = 100;

    /// The command is not carried out and gets ERROR.
    ["D7"]
    Error = "error", Command;
    /// The command is not carried out and fails with that code.
    ["D7, D14, B9"]
    Cme = "cme", Command, "code" = 8600;
    /// The command is not carried out and gets no answer.
    ["D5, D13"]
    LostCommand = "lost_command", Command;
    /// QMTCFG says OK and sets nothing.
    ["A2"]
    LostSetting = "lost_setting", Setting;
    /// Data mode begins without its prompt.
    ["D3"]
    LostPrompt = "lost_prompt", Prompt;
    /// Data mode begins, its prompt comes that much later.
    ["D4"]
    LatePrompt = "late_prompt", Prompt, "ms" = 5_000;

    /// A final result code is lost.
    ["D5"]
    LostFinal = "lost_final", Final;
    /// A final result code comes that much later; the module goes on.
    ["D5"]
    LateFinal = "late_final", Final, "ms" = 5_000;
    /// A final result code comes twice.
    ["D6"]
    DuplicateFinal = "duplicate_final", Final;
    /// A final result code ends with LF alone.
    ["D8"]
    BareLf = "bare_lf", Final;
    /// A final result code stands between CR CR LF.
    ["D8"]
    DoubleCr = "double_cr", Final;

    /// A deferred result is lost.
    ["D5, B3"]
    LostResult = "lost_result", Result;
    /// A deferred result comes that much later.
    ["D5"]
    LateResult = "late_result", Result, "ms" = 40_000;
    /// A deferred result comes twice.
    ["D6"]
    DuplicateResult = "duplicate_result", Result;
    /// A deferred result names another link.
    ["D15"]
    WrongLink = "wrong_link", Result;
    /// A deferred result of QMTSUB, QMTUNS or QMTPUB names another message.
    ["D15, B3"]
    WrongId = "wrong_id", Result;
    /// The result of QMTCLOSE or QMTDISC is -1.
    ["QMT §3.3.3, §3.3.5"]
    FailedClose = "failed_close", Result;
    /// A deferred result is cut after that many bytes, and its line never ends.
    ["D16"]
    CutResult = "cut_result", Result, "bytes" = 10;

    /// An unsolicited line is lost.
    ["FACTS §5.4"]
    LostReport = "lost_report", Report;
    /// An unsolicited line comes twice.
    ["A9, D6"]
    DuplicateReport = "duplicate_report", Report;
    /// An unsolicited line is cut after that many bytes, and never ends.
    ["D16, B9"]
    CutReport = "cut_report", Report, "bytes" = 24;

    /// The module restarts, with the boot banner of its quirks.
    ["D1"]
    Reboot = "reboot", Module;
    /// The module restarts and prints nothing.
    ["D1"]
    SilentReboot = "silent_reboot", Module;
    /// The module takes no command and prints nothing for so long, 0 for ever; its links live.
    ["D13"]
    Dead = "dead", Module, "ms" = 0;
    /// Nothing in the module moves, until its watchdog restarts it after so long.
    ["D13, FACTS §3.2"]
    Frozen = "frozen", Module, "ms" = 30_000;
    /// The module falls into deep sleep at once, whatever AT+QSCLK says.
    ["D2"]
    Sleep = "sleep", Module;
    /// The network carries nothing for so long; nobody is told.
    ["B7"]
    BlackHole = "black_hole", Module, "ms" = 60_000;
    /// A link ends with that cause.
    ["B4, B5"]
    DropLink = "drop_link", Module, "cause" = 1;
    /// A result of QMTPUB comes that nobody waits for.
    ["B3, D9, D15"]
    StrayResult = "stray_result", Module, "msgID" = 65_000;
    /// A line comes that is about nothing the host knows.
    ["D9"]
    StrayReport = "stray_report", Module;
    /// Result 1 comes so often for a publish under way.
    ["B8"]
    NoticeStorm = "notice_storm", Module, "lines" = 20;
    /// So many messages come at once on a link.
    ["A8"]
    Flood = "flood", Module, "messages" = 100;
    /// A message comes whose payload looks like module output, the nth of a list.
    ["A1, A3, A4, A5"]
    HostilePayload = "hostile_payload", Module, "index" = 0;
    /// A message comes whose topic looks like module output, the nth of a list.
    ["A6, A7"]
    HostileTopic = "hostile_topic", Module, "index" = 0;
    /// The module echoes again.
    ["A10"]
    EchoOn = "echo_on", Module;
}

impl FaultKind {
    /// The kind called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Its place in [`ALL`](Self::ALL).
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}
