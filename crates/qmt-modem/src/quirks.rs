//! Habits of firmware on which the documents are silent or differ.
//!
//! Each is a field with a name, its values and its source; `FACTS` and `PROTOCOL` are the
//! project's collections of facts about these modules. The default of each is the reading of the
//! application note.

mod choice;
mod profile;
mod sets;
mod table;

pub use choice::{
    AliAuthSign, BadOpen, BootBanner, CloseAfterDisc, CloseUnopened, Cmee, ConfigAnswer, ConnCode,
    ConnectTimeout, DataModeDelay, DataTimeoutResult, EmptyQuery, EscResult, HexLen, InlineQuotes,
    LfBeforeData, NoticeForm, Occupied, OkAfterData, Oversize, PacketFailure, ParameterError,
    Prompt, PublishInFlight, ResultOrder, ServerClose, SleepWords, SubValues, TopicsPerCommand,
    UrcFraming, UrcInData, WakeAnswer,
};
pub use profile::{Profile, UnknownProfile};
pub use table::{Quirk, QuirkError, QuirkValue};

use table::{Choice, quirks};

quirks! {
    /// The bytes of the prompt.
    ["QMT §3.3.8 prompt, PROTOCOL §6, FACTS §5.1, §10"]
    prompt: Prompt = Prompt::LineBlank;

    /// Whether OK comes at once or only behind the result that the network brings.
    ["QMT fig. 1 says at once; FACTS §7.1 saw results first"]
    result_order: ResultOrder = ResultOrder::OkFirst;

    /// When OK follows a payload that was typed.
    ["FACTS §5.2 (4 ms to 95 ms on an EC800M); RELIABILITY §2.5"]
    ok_after_data: OkAfterData = OkAfterData::AtOnce;

    /// The answer to Esc in data mode.
    ["PROTOCOL §6, FACTS §5.7, §10"]
    esc_result: EscResult = EscResult::Ok;

    /// Whether Esc also cancels when the length of the payload was given.
    ["FACTS §5.6; RELIABILITY §2.5"]
    esc_cancels_counted: bool = false;

    /// The answer when data mode ends for want of data.
    ["QMT §3.3.8 note 3, PROTOCOL §6, FACTS §5.9, §10"]
    data_timeout_result: DataTimeoutResult = DataTimeoutResult::Error;

    /// Whether the module listens right behind its prompt.
    ["FACTS §5.4, §10"]
    data_mode_delay: DataModeDelay = DataModeDelay::None;

    /// What a line feed right behind the CR of a command is that asks for data.
    ["QMT §3.1.2; RELIABILITY D10, FACTS §2.4"]
    lf_before_data: LfBeforeData = LfBeforeData::Data;

    /// Whether data mode echoes the Ctrl+Z or Esc that ends it, when "echomode" is on.
    ["no source says"]
    echo_terminator: bool = false;

    /// How the message stands on the command line of QMTPUB.
    ["PROTOCOL §6, FACTS §6.1"]
    inline_quotes: InlineQuotes = InlineQuotes::Either;

    /// What waits for the result of a publish.
    ["QMT §3.3.8 note 1, FACTS §4.13"]
    publish_in_flight: PublishInFlight = PublishInFlight::Link;

    /// Whether +QMTPUB comes at QoS 0.
    ["QMT §6.1 shows it, fig. 1 does not; FACTS §1.6"]
    qos0_result: bool = true;

    /// What is told when a packet is given up.
    ["QMT §5.1 table 4, FACTS §7.3"]
    packet_failure: PacketFailure = PacketFailure::Result;

    /// How result 1 is written.
    ["FACTS §7.2"]
    notice_form: NoticeForm = NoticeForm::Note;

    /// Topics in one QMTSUB or QMTUNS.
    ["PROTOCOL §6, FACTS §10"]
    topics_per_command: TopicsPerCommand = TopicsPerCommand::Four;

    /// The values of +QMTSUB for several topics.
    ["FACTS §4.10"]
    sub_values: SubValues = SubValues::PerTopic;

    /// What becomes of unsolicited lines while a command line is being echoed or data mode is on.
    ["PROTOCOL §6, FACTS §5.3, §5.4, §10"]
    urc_in_data: UrcInData = UrcInData::Hold;

    /// What stands around an unsolicited line.
    ["FACTS §2.8"]
    urc_framing: UrcFraming = UrcFraming::Single;

    /// Whether +QMTRECV puts the payload in quotes.
    ["FACTS §6.4"]
    payload_quoted: bool = true;

    /// Whether +QMTRECV has a blank before its topic.
    ["FACTS §6.4 (BC28)"]
    recv_blank: bool = false;

    /// What lengths count in hex format, those of commands and of +QMTRECV alike.
    ["PROTOCOL §6, FACTS §6.2, §6.3"]
    hex_len: HexLen = HexLen::Bytes;

    /// What a message longer than 1460 bytes becomes.
    ["QMT §5.2; FACTS §10"]
    oversize: Oversize = Oversize::Truncate;

    /// Whether a blank follows the colon of a response.
    ["QMT §3.1.2; FACTS §2.8 (BC95-G prints none)"]
    blank_after_colon: bool = true;

    /// Whether an empty line stands between an information response and its OK.
    ["FACTS §2.3, §2.10 (BG770A prints none)"]
    blank_before_ok: bool = true;

    /// Whether +CGPADDR puts the address in quotes.
    ["FACTS §3.11"]
    address_quoted: bool = true;

    /// The answer to a query of an option.
    ["QMT §6.1, FACTS §4.2"]
    config_answer: ConfigAnswer = ConfigAnswer::Bare;

    /// The answer to a query when there is nothing to show.
    ["QMT §3.3.1 note 4, notes of §3.3.2 and §3.3.4: OK or ERROR"]
    empty_query: EmptyQuery = EmptyQuery::Ok;

    /// Whether the options of a link outlive its end, or fall back to their defaults.
    ["PROTOCOL §6, FACTS §4.3, §10"]
    settings_survive_close: bool = true;

    /// The answer to QMTOPEN on a link that is open.
    ["FACTS §4.5"]
    occupied: Occupied = Occupied::Error;

    /// The answer to QMTOPEN with a parameter that is wrong.
    ["QMT §3.3.2, result 1"]
    bad_open: BadOpen = BadOpen::Error;

    /// The answer to QMTCLOSE on a link that is not open.
    ["FACTS §4.15"]
    close_unopened: CloseUnopened = CloseUnopened::Error;

    /// The answer to QMTCLOSE after QMTDISC.
    ["FACTS §4.14, §10"]
    close_after_disc: CloseAfterDisc = CloseAfterDisc::Result;

    /// Whether +QMTSTAT with cause 5 comes when the server closes after QMTDISC.
    ["PROTOCOL §6, FACTS §4.14, §10"]
    stat5_after_disc: bool = false;

    /// Whether +QMTSTAT with cause 4 follows a refused CONNECT.
    ["QMT §5.1 table 4; FACTS §4.8 saw it on a BG95, a clone omits it"]
    stat4_after_refusal: bool = true;

    /// How +QMTCONN ends when the server accepts.
    ["FACTS §4.8"]
    conn_code: ConnCode = ConnCode::Always;

    /// What is told when no CONNACK comes in time.
    ["FACTS §4.8"]
    connect_timeout: ConnectTimeout = ConnectTimeout::ResultThenStat;

    /// Whether CONNECT is sent again, with result 1, instead of closing at the first time-out.
    ["QMT §3.3.4 result 1; fig. 1 closes"]
    connect_resend: bool = false;

    /// Whether publishes without their acknowledgement go out again when a kept session is taken up;
    /// their results then come after all.
    ["MQTT 3.1.1 §4.4 demands it; FACTS §7.4 says that nothing follows +QMTSTAT"]
    session_resend: bool = false;

    /// Which cause +QMTSTAT gives when the server closes.
    ["FACTS §4.6, §7.5"]
    server_close: ServerClose = ServerClose::One;

    /// Whether AT+CMEE shows the codes of MQTT failures, or each of them is ERROR.
    ["QMT §4, PROTOCOL §6, FACTS §2.7, §10"]
    cme_errors: bool = true;

    /// How failures are told before the host has sent AT+CMEE, whose setting is saved.
    ["QMT §4, FACTS §2.6"]
    cmee: Cmee = Cmee::Plain;

    /// How a wrong argument is answered, an empty password for one.
    ["FACTS §2.6, §2.7, §4.7"]
    parameter_error: ParameterError = ParameterError::Plain;

    /// Whether a line that does not start with AT is answered ERROR, or not at all.
    ["QMT §3.1.2 only says that it must"]
    stray_line_error: bool = true;

    /// What a start prints.
    ["FACTS §3.1; RELIABILITY §2.5, D1"]
    boot_banner: BootBanner = BootBanner::Full;

    /// Whether the setting of ATE is saved.
    ["FACTS §2.2 (BC660K saves it)"]
    echo_saved: bool = false;

    /// Whether the module falls into deep sleep ten seconds after the last command, unless AT+QSCLK=0.
    ["QMT §6.1, FACTS §3.3, §3.5, §3.6, §9"]
    deep_sleep: bool = true;

    /// Whether what wakes the module from light sleep is lost.
    ["FACTS §3.4 (BC660K loses it)"]
    light_sleep_loses: bool = false;

    /// What the module says when it has been woken.
    ["FACTS §2.8, §3.4"]
    wake_answer: WakeAnswer = WakeAnswer::Nothing;

    /// How reports spell deep sleep.
    ["FACTS §3.8"]
    sleep_words: SleepWords = SleepWords::One;

    /// Hash of the password that "aliauth" makes.
    ["QMT §3.3.1 note 5; Alibaba Cloud takes all three"]
    aliauth_sign: AliAuthSign = AliAuthSign::Sha256;

    /// Whether "aliauth" signs and sends the time.
    ["Alibaba Cloud takes both"]
    aliauth_timestamp: bool = false;

    /// Whether the password of "aliauth" has capital digits.
    ["Alibaba Cloud takes both"]
    aliauth_capitals: bool = true;
}

impl Default for Quirks {
    fn default() -> Self {
        Self::NOTE
    }
}

#[cfg(test)]
mod tests;
