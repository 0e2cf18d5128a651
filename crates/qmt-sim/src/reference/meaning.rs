//! A form in which two readers can be compared: what kind of line it is, and its values.

use qmt_proto::{Answer, FinalResult, Notice, Payload, Received, Report, Response, Setting};

/// What a line says, whoever read it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Meaning {
    kind: &'static str,
    fields: Vec<Field>,
}

/// One value of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Field {
    /// Left out.
    Nothing,
    /// A number.
    Number(i64),
    /// Text or data.
    Bytes(Vec<u8>),
}

impl Meaning {
    pub(super) const fn new(kind: &'static str) -> Self {
        let fields = Vec::new();
        Self { kind, fields }
    }

    pub(super) fn number(mut self, value: i64) -> Self {
        self.fields.push(Field::Number(value));
        self
    }

    pub(super) fn nothing(mut self) -> Self {
        self.fields.push(Field::Nothing);
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.fields.push(Field::Bytes(bytes.to_vec()));
        self
    }

    pub(super) fn int(self, value: impl Into<i64>) -> Self {
        self.number(value.into())
    }

    fn option(self, value: Option<impl Into<i64>>) -> Self {
        match value {
            Some(value) => self.int(value),
            None => self.nothing(),
        }
    }

    /// What kind of line it is, in words of its own.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Its values in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What the parser under test understood.
    ///
    /// # Panics
    /// On a response of a kind that did not exist when this was written.
    pub fn of(response: &Response<'_>) -> Self {
        match *response {
            Response::Final(FinalResult::Ok) => Self::new("ok"),
            Response::Final(FinalResult::Error) => Self::new("error"),
            Response::Final(FinalResult::CmeError(code)) => Self::new("cme code").int(code.0),
            Response::Final(FinalResult::CmeText(text)) => Self::new("cme text").bytes(text),
            Response::Prompt => Self::new("prompt"),
            Response::Malformed { line, .. } => Self::new("malformed").bytes(line),
            Response::Unknown(line) => Self::new("unknown").bytes(line),
            Response::Violation(violation) => {
                Self::new("violation").bytes(violation.to_string().as_bytes())
            }
            Response::Report(report) => Self::of_report(&report),
            ref other => panic!("no meaning for {other:?}"),
        }
    }

    fn of_report(report: &Report<'_>) -> Self {
        match *report {
            Report::Opened { link, result } => Self::new("opened").int(link.get()).int(result.0),
            Report::Closed { link, result } => Self::new("closed").int(link.get()).int(result.0),
            Report::Connected { link, result, code } => {
                let meaning = Self::new("connected").int(link.get()).int(result.0);
                meaning.option(code.map(|code| code.0))
            }
            Report::Disconnected { link, result } => {
                Self::new("disconnected").int(link.get()).int(result.0)
            }
            Report::Subscribed {
                link,
                msg_id,
                result,
                values,
            } => {
                let meaning = Self::new("subscribed").int(link.get()).int(msg_id.get());
                values.iter().fold(meaning.int(result.0), Self::int)
            }
            Report::Unsubscribed {
                link,
                msg_id,
                result,
            } => {
                let meaning = Self::new("unsubscribed").int(link.get());
                meaning.int(msg_id.get()).int(result.0)
            }
            Report::Published {
                link,
                msg_id,
                result,
                value,
            } => {
                let meaning = Self::new("published").int(link.get()).int(msg_id);
                meaning.int(result.0).option(value)
            }
            Report::LinkLost { link, cause } => Self::new("link lost").int(link.get()).int(cause.0),
            Report::Received(received) => Self::of_message(&received),
            Report::Answer(answer) => Self::of_answer(&answer),
            Report::Notice(notice) => Self::of_notice(&notice),
            ref other => panic!("no meaning for {other:?}"),
        }
    }

    fn of_message(received: &Received<'_>) -> Self {
        let (hex, payload) = match received.payload {
            Payload::Text(bytes) => (false, bytes.to_vec()),
            Payload::Hex(hex) => (true, hex.bytes().collect()),
        };
        Self::new("message")
            .int(received.link.get())
            .int(received.msg_id)
            .bytes(received.topic)
            .int(received.counted)
            .int(hex)
            .bytes(&payload)
    }

    fn of_notice(notice: &Notice<'_>) -> Self {
        match *notice {
            Notice::Ready => Self::new("ready"),
            Notice::Functionality(fun) => Self::new("functionality").int(fun),
            Notice::Sim(code) => Self::new("sim").bytes(code),
            Notice::Address(address) => Self::new("ip").bytes(address),
            Notice::Registration(status) => Self::new("registration").int(status.0),
            Notice::Power(event) => Self::new("power").bytes(event),
            Notice::Indication(text) => Self::new("indication").bytes(text),
            ref other => panic!("no meaning for {other:?}"),
        }
    }

    fn of_answer(answer: &Answer<'_>) -> Self {
        match *answer {
            Answer::Setting(setting) => Self::of_setting(&setting),
            Answer::Client { link, host, port } => {
                let meaning = Self::new("client").int(link.get());
                meaning.bytes(host.as_str().as_bytes()).int(port)
            }
            Answer::State { link, state } => Self::new("state").int(link.get()).int(state.0),
            Answer::Test { name, values } => {
                let meaning = Self::new("values").bytes(name.as_str().as_bytes());
                meaning.bytes(values)
            }
            Answer::ErrorFormat(n) => Self::new("error format").int(n),
            Answer::Sleep(n) => Self::new("sleep").int(n),
            Answer::Attached(on) => Self::new("attached").int(on),
            Answer::Registration { reports, status } => {
                Self::new("registered").int(reports).int(status.0)
            }
            Answer::Signal { rssi, ber } => Self::new("signal").int(rssi).int(ber),
            Answer::Address { cid, address } => {
                let meaning = Self::new("address").int(cid);
                match address {
                    Some(address) => meaning.bytes(address.as_bytes()),
                    None => meaning.nothing(),
                }
            }
            Answer::BaudRate(rate) => Self::new("baud rate").int(rate),
            ref other => panic!("no meaning for {other:?}"),
        }
    }

    /// A timeout update does not tell its fields, so they come as it writes them.
    pub(super) fn of_setting(setting: &Setting<'_>) -> Self {
        let meaning = Self::new("setting").bytes(setting.option().as_str().as_bytes());
        match *setting {
            Setting::Will(None) => meaning.nothing(),
            Setting::Will(Some(will)) => meaning
                .int(will.qos.level())
                .int(will.retain)
                .bytes(will.topic.as_str().as_bytes())
                .bytes(will.message.expose().as_bytes()),
            Setting::Timeout(update) => Self::of_timeout(meaning, &Setting::Timeout(update)),
            Setting::CleanSession(on) | Setting::ShowRecvLen(on) | Setting::EchoMode(on) => {
                meaning.int(on)
            }
            Setting::KeepAlive(time) => meaning.int(time.seconds()),
            Setting::AliAuth(auth) => meaning
                .bytes(auth.product_key.expose().as_bytes())
                .bytes(auth.device_name.as_str().as_bytes())
                .bytes(auth.device_secret.expose().as_bytes()),
            Setting::Version(version) => meaning.int(version as u8),
            Setting::DataFormat { send, recv } => meaning.int(send as u8).int(recv as u8),
        }
    }

    fn of_timeout(meaning: Self, setting: &Setting<'_>) -> Self {
        let mut buf = [0; 64];
        let mut out = at_syntax::Writer::new(&mut buf);
        Report::Answer(Answer::Setting(*setting)).emit(&mut out);
        let line = out.finish().unwrap_or_default();
        let list = line.strip_prefix(b"\r\n+QMTCFG: ").unwrap_or_default();
        let values: Vec<Option<i64>> = String::from_utf8_lossy(list)
            .split(',')
            .map(|value| value.parse().ok())
            .collect();
        (0..3).fold(meaning, |meaning, at| {
            meaning.option(values.get(at).copied().flatten())
        })
    }
}
