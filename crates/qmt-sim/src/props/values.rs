//! P1 to P3, P12: whatever is written is read back as the same value.

use core::num::NonZeroU16;

use at_syntax::Framer;
use qmt_proto::{
    AliAuth, Answer, Body, ClientId, CloseResult, Command, Config, ConfigOption, Connect,
    ConnectCode, ConnectionState, Credentials, DataFormat, Delivery, DeviceName, DeviceSecret,
    DisconnectResult, Expect, Few, Filter, Host, Inline, KeepAlive, LinkId, LinkLossCode,
    MqttVersion, MsgId, Name, Notice, Open, OpenResult, PacketResult, PacketTimeout, Password,
    Payload, PayloadLen, ProductKey, Publish, Qos, Received, Registration, RegistrationReports,
    Report, RequestDialect, Response, ResponseDialect, Setting, Subscribe, Subscription, Topic,
    Unsubscribe, Username, Values, Will, WillMessage, hex, hex::Hex,
};

use super::shown::{a_command_can_be_shown, report_can_be_shown};
use super::wire::{obeyed, printed, sent, understood};

/// What commands and reports are made of.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Parts {
    /// Any link.
    pub link: LinkId,
    /// Any message identifier.
    pub id: MsgId,
    /// 0 to 2.
    pub level: u8,
    /// Yes or no.
    pub flag: bool,
    /// A code.
    pub byte: u8,
    /// A result that may be -1.
    pub signed: i8,
    /// A number of 16 bits.
    pub number: u16,
    /// A number of 32 bits.
    pub rate: u32,
    /// Four legal topics.
    pub topics: Vec<String>,
    /// Four legal strings of 1 to 64 bytes.
    pub texts: Vec<String>,
    /// Up to 1460 bytes.
    pub payload: Vec<u8>,
    /// Up to four values.
    pub values: Vec<u8>,
}

impl Parts {
    fn qos(&self) -> Qos {
        Qos::new(self.level).unwrap()
    }

    fn delivery(&self) -> Delivery {
        let id = (self.level > 0).then_some(self.id);
        Delivery::new(self.qos(), id).unwrap()
    }

    fn topic(&self, at: usize) -> Topic<'_> {
        Topic::new(&self.topics[at]).unwrap()
    }

    /// One setting for each option.
    fn settings(&self) -> Vec<Setting<'_>> {
        let will = Will {
            qos: self.qos(),
            retain: self.flag,
            topic: self.topic(0),
            message: WillMessage::new(&self.texts[0]).unwrap(),
        };
        let timeout = PacketTimeout::new(self.byte % 60 + 1, self.byte % 11, self.flag).unwrap();
        let format = |on| {
            if on {
                DataFormat::Hex
            } else {
                DataFormat::Text
            }
        };
        vec![
            Setting::Will(self.flag.then_some(will)),
            Setting::Timeout(timeout.into()),
            Setting::CleanSession(self.flag),
            Setting::KeepAlive(KeepAlive::new(self.number % 3601).unwrap()),
            Setting::AliAuth(AliAuth {
                product_key: ProductKey::new(&self.texts[0]).unwrap(),
                device_name: DeviceName::new(&self.texts[1]).unwrap(),
                device_secret: DeviceSecret::new(&self.texts[2]).unwrap(),
            }),
            Setting::Version(if self.flag {
                MqttVersion::V3_1_1
            } else {
                MqttVersion::V3_1
            }),
            Setting::ShowRecvLen(self.flag),
            Setting::EchoMode(self.flag),
            Setting::DataFormat {
                send: format(self.flag),
                recv: format(self.level == 1),
            },
        ]
    }

    fn publish<'a>(&'a self, body: Body<'a>) -> Command<'a> {
        Command::Publish(Publish {
            link: self.link,
            delivery: self.delivery(),
            retain: self.flag,
            topic: self.topic(3),
            body,
        })
    }

    fn received<'a>(&'a self, payload: Payload<'a>) -> Report<'a> {
        Report::Received(Received {
            link: self.link,
            msg_id: self.number,
            topic: self.topics[0].as_bytes(),
            counted: true,
            payload,
        })
    }

    fn commands(&self) -> Vec<Command<'_>> {
        let link = self.link;
        let mut topics = Few::one(Filter::from(self.topic(0)));
        let subscription = |at| Subscription {
            filter: Filter::from(self.topic(at)),
            qos: self.qos(),
        };
        let mut subscriptions = Few::one(subscription(0));
        for at in 1..=usize::from(self.level) {
            topics.push(self.topic(at).into()).unwrap();
            subscriptions.push(subscription(at)).unwrap();
        }
        let password = Password::new(&self.texts[3]).unwrap();
        let credentials = Credentials {
            username: Username::new(&self.texts[2]).unwrap(),
            password: (self.level == 0).then_some(password),
        };
        let mut commands = vec![
            Command::Open(Open {
                link,
                host: Host::new(&self.texts[1]).unwrap(),
                port: NonZeroU16::new(self.id.get()).unwrap(),
            }),
            Command::Close(link),
            Command::Disconnect(link),
            Command::Connect(Connect {
                link,
                client_id: ClientId::new(&self.texts[0]).unwrap(),
                credentials: self.flag.then_some(credentials),
            }),
            Command::Subscribe(Subscribe {
                link,
                msg_id: self.id,
                topics: subscriptions,
            }),
            Command::Unsubscribe(Unsubscribe {
                link,
                msg_id: self.id,
                topics,
            }),
            self.publish(Body::Prompt),
            self.publish(Body::PromptCounted(
                PayloadLen::new(usize::from(self.number) % 1461).unwrap(),
            )),
            self.publish(Body::Inline(Inline::text(&self.payload).unwrap())),
            Command::Attention,
            Command::Identify,
            Command::Restart,
            Command::Echo(self.flag),
            Command::Verbose(self.flag),
            Command::Attach(self.flag),
            Command::RegistrationReports(RegistrationReports::new(self.byte % 6).unwrap()),
            Command::BaudRate(self.rate),
        ];
        commands.extend(
            self.settings()
                .into_iter()
                .map(|setting| Command::Config(Config::Set(link, setting))),
        );
        commands
            .extend(ConfigOption::ALL.map(|option| Command::Config(Config::Query(link, option))));
        for &name in Name::ALL {
            commands.extend([
                Command::Test(name),
                Command::Read(name),
                Command::Execute(name),
            ]);
        }
        commands
    }

    fn reports(&self) -> Vec<Report<'_>> {
        let (link, msg_id) = (self.link, self.id);
        let result = PacketResult(self.byte);
        vec![
            Report::Opened {
                link,
                result: OpenResult(self.signed),
            },
            Report::Closed {
                link,
                result: CloseResult(self.signed),
            },
            Report::Disconnected {
                link,
                result: DisconnectResult(self.signed),
            },
            Report::Connected {
                link,
                result,
                code: self.flag.then_some(ConnectCode(self.byte)),
            },
            Report::Subscribed {
                link,
                msg_id,
                result,
                values: Values::new(&self.values).unwrap(),
            },
            Report::Unsubscribed {
                link,
                msg_id,
                result,
            },
            Report::Published {
                link,
                msg_id: self.number,
                result,
                value: self.flag.then_some(self.byte),
            },
            Report::LinkLost {
                link,
                cause: LinkLossCode(self.byte),
            },
            self.received(Payload::Text(&self.payload)),
            Report::Notice(Notice::Ready),
            Report::Notice(Notice::Functionality(self.byte)),
            Report::Notice(Notice::Registration(Registration(self.byte))),
            Report::Notice(Notice::Power(self.texts[0].as_bytes())),
        ]
    }

    fn answers(&self) -> Vec<(Answer<'_>, Expect)> {
        let link = self.link;
        let mut answers: Vec<_> = self
            .settings()
            .into_iter()
            .map(|setting| (Answer::Setting(setting), Expect::Config(setting.option())))
            .collect();
        let client = Answer::Client {
            link,
            host: Host::new(&self.texts[0]).unwrap(),
            port: self.number,
        };
        let state = Answer::State {
            link,
            state: ConnectionState(self.byte),
        };
        let registration = Answer::Registration {
            reports: self.byte,
            status: Registration(self.byte),
        };
        let signal = Answer::Signal {
            rssi: self.byte,
            ber: self.level,
        };
        let address = Answer::Address {
            cid: self.byte,
            address: self.flag.then_some(&self.texts[0]),
        };
        for (answer, name) in [
            (client, Name::Open),
            (state, Name::Conn),
            (Answer::ErrorFormat(self.byte), Name::Cmee),
            (Answer::Sleep(self.byte), Name::Qsclk),
            (Answer::Attached(self.flag), Name::Cgatt),
            (registration, Name::Cereg),
            (signal, Name::Csq),
            (address, Name::Cgpaddr),
            (Answer::BaudRate(self.rate), Name::Ipr),
        ] {
            answers.push((answer, Expect::Read(name)));
        }
        let (name, values) = (Name::Close, &b"(0-4)"[..]);
        answers.push((Answer::Test { name, values }, Expect::Test(name)));
        answers
    }
}

/// P1: the module reads the command that the host wrote, in text, and in hex counted either way.
///
/// # Panics
/// When it reads another.
pub fn commands_survive(parts: &Parts) {
    let text = RequestDialect::default();
    for command in parts.commands() {
        a_command_can_be_shown(&command);
        assert_eq!(obeyed(&sent(&command, &text), &text), Ok(command));
    }
    let hex = Inline::new(Payload::Hex(Hex::of_bytes(&parts.payload))).unwrap();
    let command = parts.publish(Body::Inline(hex));
    for counts_digits in [false, true] {
        let send_format = [DataFormat::Hex; LinkId::COUNT];
        let dialect = RequestDialect {
            send_format,
            counts_digits,
        };
        assert_eq!(obeyed(&sent(&command, &dialect), &dialect), Ok(command));
    }
}

/// P3: the host reads the report that the module printed, whatever else it awaits, and messages in
/// hex counted either way.
///
/// # Panics
/// When it reads another.
pub fn reports_survive(parts: &Parts) {
    let dialect = ResponseDialect::default();
    for report in parts.reports() {
        report_can_be_shown(&report);
        let line = printed(&report, &dialect);
        // A pending read of another name takes nothing away from it.
        for expect in [
            Expect::Nothing,
            Expect::Read(Name::Cmee),
            Expect::Test(Name::Cmee),
        ] {
            assert_eq!(
                understood(&line, expect, &dialect),
                Response::Report(report)
            );
        }
    }
    for (answer, expect) in parts.answers() {
        let report = Report::Answer(answer);
        report_can_be_shown(&report);
        let line = printed(&report, &dialect);
        assert_eq!(
            understood(&line, expect, &dialect),
            Response::Report(report)
        );
    }
    let report = parts.received(Payload::Hex(Hex::of_bytes(&parts.payload)));
    report_can_be_shown(&report);
    for counts_digits in [false, true] {
        let recv_format = [DataFormat::Hex; LinkId::COUNT];
        let dialect = ResponseDialect {
            recv_format,
            counts_digits,
            ..dialect
        };
        assert_eq!(
            understood(&printed(&report, &dialect), Expect::Nothing, &dialect),
            Response::Report(report)
        );
    }
}

/// P2: reading tolerates more than is written, but what was read is written and read the same.
///
/// # Panics
/// When it is not.
pub fn what_was_read_survives(name: Name, args: &str, expect: Expect) {
    let dialect = ResponseDialect::default();
    let line = format!("+{name}: {args}\r\n").into_bytes();
    if let Response::Report(report) = understood(&line, expect, &dialect) {
        let again = printed(&report, &dialect);
        assert_eq!(
            understood(&again, expect, &dialect),
            Response::Report(report)
        );
    }
    let line = format!("AT+{name}={args}\r").into_bytes();
    let text = RequestDialect::default();
    let cut = Framer::requests().next_frame(&line, &text);
    // A count may ask for more data than there is, or be wrong: then there is no command.
    if let Some(Ok(command)) = cut.frame.map(Command::parse) {
        let again = sent(&command, &text);
        assert_eq!(obeyed(&again, &text), Ok(command));
    }
}

/// P12: hex gives back its bytes; an odd number of digits gives nothing.
///
/// # Panics
/// When it does not.
pub fn hex_survives(bytes: &[u8], lower: bool, odd: usize) {
    let mut digits: Vec<u8> = Hex::of_bytes(bytes)
        .bytes()
        .flat_map(hex::digits_of)
        .collect();
    if lower {
        digits.make_ascii_lowercase();
    }
    assert_eq!(Hex::of_digits(&digits), Ok(Hex::of_bytes(bytes)));
    let mut decoded = vec![0; bytes.len()];
    let digits_read = Hex::of_digits(&digits).ok();
    assert_eq!(
        digits_read.and_then(|hex| hex.decode(&mut decoded)),
        Some(bytes)
    );
    let mut room = digits.clone();
    assert_eq!(hex::decode_in_place(&mut room), Ok(bytes.len()));
    assert_eq!(&room[..bytes.len()], bytes);
    if !bytes.is_empty() {
        let mut odd = digits[..2 * (odd % bytes.len()) + 1].to_vec();
        let before = odd.clone();
        assert!(hex::decode_in_place(&mut odd).is_err());
        assert_eq!(odd, before, "partial output");
    }
}

/// P12: the first byte that is no digit is found.
///
/// # Panics
/// When it is not.
pub fn a_stranger_among_digits_is_found(digits: &[u8], at: usize, stranger: u8) {
    let mut digits = digits.to_vec();
    digits[at] = stranger;
    let error = Hex::of_digits(&digits).map(|hex| hex.len());
    assert_eq!(error, Err(qmt_proto::HexError { at }));
}
