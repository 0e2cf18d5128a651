//! Habits of firmware on which the documents are silent or differ.
//!
//! Each is a field with its source; `FACTS` is the project's collection of facts about these
//! modules. The default of each is the reading of the application note.

/// One value for each open question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Quirks {
    /// The bytes of the prompt (QMT §3.3.8 prompt, FACTS §5.1).
    pub prompt: Prompt,
    /// Whether `OK` comes at once or only behind the result that the network brings (QMT fig. 1
    /// says at once; FACTS §7.1 saw results first).
    pub result_order: ResultOrder,
    /// The answer to Esc in data mode (FACTS §5.7, §10).
    pub esc_result: EscResult,
    /// The answer when data mode ends for want of data (QMT §3.3.8 note 3, FACTS §5.9, §10).
    pub data_timeout_result: DataTimeoutResult,
    /// Whether `+QMTPUB` comes at QoS 0: QMT §6.1 shows it, fig. 1 does not (FACTS §1.6).
    pub qos0_result: bool,
    /// Whether `+QMTSTAT: <link>,5` comes when the server closes after QMTDISC (FACTS §4.14).
    pub stat5_after_disc: bool,
    /// Whether `+QMTSTAT: <link>,4` follows a refused CONNECT (QMT §5.1 table 4; FACTS §4.8 saw
    /// it on a BG95, a clone omits it).
    pub stat4_after_refusal: bool,
    /// The values of `+QMTSUB` for several topics (FACTS §4.10).
    pub sub_values: SubValues,
    /// What becomes of unsolicited lines while a command line is being echoed or data mode is on
    /// (FACTS §5.3, §5.4, §10).
    pub urc_in_data: UrcInData,
    /// Whether `+QMTRECV` puts the payload in quotes (FACTS §6.4).
    pub payload_quoted: bool,
    /// What lengths count in hex format, `<msglen>` and `<payload_len>` alike (FACTS §6.2, §6.3).
    pub hex_len: HexLen,
    /// What a message longer than 1460 bytes becomes (QMT §5.2; FACTS §10).
    pub oversize: Oversize,
    /// The answer to QMTOPEN on a link that is open (FACTS §4.5).
    pub occupied: Occupied,
    /// Whether a blank follows the colon of a response (QMT §3.1.2; FACTS §2.8, BC95-G prints
    /// none).
    pub blank_after_colon: bool,
    /// Whether the options of a link outlive its end, or fall back to their defaults (FACTS §4.3,
    /// §10).
    pub settings_survive_close: bool,
    /// The answer to QMTCLOSE after QMTDISC (FACTS §4.14).
    pub close_after_disc: CloseAfterDisc,
    /// Whether `AT+CMEE=1` and `=2` show the codes of failures, or every failure is `ERROR`
    /// (QMT §4; FACTS §2.7: a clone never uses them).
    pub cme_errors: bool,
    /// Whether data mode echoes the Ctrl+Z or Esc that ends it, when "echomode" is on. No source
    /// says.
    pub echo_terminator: bool,
    /// The answer to a line that does not start with `AT`: `ERROR`, or nothing (QMT §3.1.2 only
    /// says that it must).
    pub stray_line_error: bool,
}

/// See [`Quirks::prompt`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Prompt {
    /// `\r\n> `: seen on BG96 and BG770A, and what QMT §6.1 shows.
    LineBlank,
    /// `\r\n>`: EC20x.
    Line,
    /// `> `: EC600S.
    Blank,
    /// `>`: BC660K.
    Bare,
    /// `\r\n>\r\n`: a clone's firmware.
    OwnLine,
}

/// See [`Quirks::result_order`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ResultOrder {
    /// `OK` at once, the result when the network has answered.
    OkFirst,
    /// The result, then `OK`; commands in between wait.
    ResultFirst,
}

/// See [`Quirks::esc_result`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EscResult {
    /// `OK` and no `+QMTPUB`: a clone and the chip vendor's base code.
    Ok,
    /// `ERROR`.
    Error,
    /// Error 571, "Cancel send", of the module's socket commands.
    Cancelled,
    /// Nothing.
    Silent,
}

/// See [`Quirks::data_timeout_result`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DataTimeoutResult {
    /// `ERROR`.
    Error,
    /// `OK` and no `+QMTPUB`.
    Ok,
    /// A line `Timeout`, then `OK`: a clone.
    TimeoutOk,
    /// Nothing.
    Silent,
}

/// See [`Quirks::sub_values`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SubValues {
    /// One for each topic, in order: BC660K, BC26.
    PerTopic,
    /// One for all of them, the first: the letter of QMT §3.3.6.
    One,
}

/// See [`Quirks::urc_in_data`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum UrcInData {
    /// They wait for the end of the command.
    Hold,
    /// They come at once, in the middle of everything.
    Interleave,
}

/// See [`Quirks::hex_len`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum HexLen {
    /// Bytes, half the digits: the module's socket commands.
    Bytes,
    /// Digits.
    Digits,
}

/// See [`Quirks::oversize`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Oversize {
    /// Its first 1460 bytes are reported, as QMT §3.3.8 note 2 has it for the other direction.
    Truncate,
    /// It is not reported.
    Drop,
}

/// See [`Quirks::occupied`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Occupied {
    /// `ERROR`, or `+CME ERROR: 3`: BC660K.
    Error,
    /// `OK`, then `+QMTOPEN: <link>,2`: BG95, and QMT §3.3.2 has the code.
    Result,
}

/// See [`Quirks::close_after_disc`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CloseAfterDisc {
    /// `OK` and its result: QMT fig. 1.
    Result,
    /// `ERROR`, because QMTDISC has closed the network and freed the link: a clone.
    Error,
    /// `OK` and no result: BG95.
    Silent,
}

impl Quirks {
    /// The reading of the application note.
    pub const NOTE: Self = Self {
        prompt: Prompt::LineBlank,
        result_order: ResultOrder::OkFirst,
        esc_result: EscResult::Ok,
        data_timeout_result: DataTimeoutResult::Error,
        qos0_result: true,
        stat5_after_disc: false,
        stat4_after_refusal: true,
        sub_values: SubValues::PerTopic,
        urc_in_data: UrcInData::Hold,
        payload_quoted: true,
        hex_len: HexLen::Bytes,
        oversize: Oversize::Truncate,
        occupied: Occupied::Error,
        blank_after_colon: true,
        settings_survive_close: true,
        close_after_disc: CloseAfterDisc::Result,
        cme_errors: true,
        echo_terminator: false,
        stray_line_error: true,
    };
}

impl Default for Quirks {
    fn default() -> Self {
        Self::NOTE
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
