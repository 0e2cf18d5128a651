//! Whatever is written is read back as the same value.

use core::num::NonZeroU16;

use at_syntax::Framer;
use proptest::collection::vec;
use proptest::prelude::*;
use qmt_proto::{
    AliAuth, Answer, Body, ClientId, CloseResult, Command, Config, ConfigOption, Connect,
    ConnectCode, ConnectionState, Credentials, DataFormat, Delivery, DeviceName, DeviceSecret,
    DisconnectResult, Expect, Few, Filter, Host, LinkId, LinkLossCode, MqttVersion, MsgId, Name,
    Notice, Open, OpenResult, PacketResult, PacketTimeout, Password, Payload, ProductKey, Publish,
    Qos, Received, Registration, Report, RequestDialect, Response, ResponseDialect, Setting,
    Subscribe, Subscription, Topic, Unsubscribe, Username, Values, Will, WillMessage, hex,
    hex::Hex,
};

use crate::wire::{obeyed, printed, sent, understood};

/// What commands and reports are made of.
#[derive(Clone, Debug)]
struct Parts {
    link: LinkId,
    id: MsgId,
    level: u8,
    flag: bool,
    byte: u8,
    signed: i8,
    number: u16,
    rate: u32,
    topics: Vec<String>,
    texts: Vec<String>,
    payload: Vec<u8>,
    values: Vec<u8>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let numbers = (0..5_usize, 1..=u16::MAX, 0..3_u8, any::<bool>());
    let more = (any::<u8>(), any::<i8>(), any::<u16>(), any::<u32>());
    let strings = (
        vec("[^\\p{Cc}\"+#]{1,64}", 4),
        vec("[^\\p{Cc}\"]{1,16}", 4),
        vec(any::<u8>(), 0..200),
        vec(any::<u8>(), 0..=4),
    );
    (numbers, more, strings).prop_map(|(numbers, more, strings)| Parts {
        link: LinkId::ALL[numbers.0],
        id: MsgId::new(numbers.1).unwrap(),
        level: numbers.2,
        flag: numbers.3,
        byte: more.0,
        signed: more.1,
        number: more.2,
        rate: more.3,
        topics: strings.0,
        texts: strings.1,
        payload: strings.2,
        values: strings.3,
    })
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
            Setting::KeepAlive(self.number % 3601),
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
        let publish = |body| {
            Command::Publish(Publish {
                link,
                delivery: self.delivery(),
                retain: self.flag,
                topic: self.topic(3),
                body,
            })
        };
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
            publish(Body::Prompt),
            publish(Body::PromptCounted(self.number % 1461)),
            publish(Body::Inline(&self.payload)),
            Command::Echo(self.flag),
            Command::Attach(self.flag),
            Command::RegistrationReports(self.byte % 6),
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
            Report::Received(Received {
                link,
                msg_id: self.number,
                topic: self.topics[0].as_bytes(),
                counted: true,
                payload: Payload::Text(&self.payload),
            }),
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
        answers
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_module_reads_the_command_a_host_wrote(parts in parts()) {
        for command in parts.commands() {
            let line = sent(&command);
            prop_assert_eq!(obeyed(&line, &RequestDialect::default()), Ok(command));
        }
    }

    #[test]
    fn a_host_reads_the_report_a_module_printed(parts in parts()) {
        let dialect = ResponseDialect::default();
        for report in parts.reports() {
            let line = printed(&report);
            // A pending read of another name takes nothing away from it.
            for expect in [Expect::Nothing, Expect::Read(Name::Cmee), Expect::Test(Name::Cmee)] {
                prop_assert_eq!(understood(&line, expect, &dialect), Response::Report(report));
            }
        }
        for (answer, expect) in parts.answers() {
            let report = Report::Answer(answer);
            let line = printed(&report);
            prop_assert_eq!(understood(&line, expect, &dialect), Response::Report(report));
        }
    }

    /// Reading tolerates more than is written, but what it read is written and read the same.
    #[test]
    fn what_was_read_survives_being_written(
        name in prop::sample::select(Name::ALL.to_vec()),
        args in "(([-+]?[0-9]{1,6}|\"[a-z0-9 ]{0,6}\"|\\([0-9,-]{0,5}\\)|)[ ]?,[ ]?){0,6}([0-9]{1,3})?",
        asked in any::<bool>(),
        option in prop::sample::select(ConfigOption::ALL.to_vec()),
    ) {
        let dialect = ResponseDialect::default();
        let line = format!("+{name}: {args}\r\n").into_bytes();
        let expect = match (asked, name) {
            (false, _) => Expect::Nothing,
            (true, Name::Cfg) => Expect::Config(option),
            (true, name) => Expect::Read(name),
        };
        if let Response::Report(report) = understood(&line, expect, &dialect) {
            let again = printed(&report);
            prop_assert_eq!(understood(&again, expect, &dialect), Response::Report(report));
        }
        let line = format!("AT+{name}={args}\r").into_bytes();
        let cut = Framer::requests().next_frame(&line, &RequestDialect::default());
        // A count may ask for more data than there is, or be wrong: then there is no command.
        if let Some(Ok(command)) = cut.frame.map(Command::parse) {
            let again = sent(&command);
            prop_assert_eq!(obeyed(&again, &RequestDialect::default()), Ok(command));
        }
    }

    #[test]
    fn hex_digits_give_back_their_bytes(bytes in vec(any::<u8>(), 0..300), lower: bool, cut in any::<prop::sample::Index>()) {
        let mut digits: Vec<u8> = Hex::of_bytes(&bytes).bytes().flat_map(hex::digits_of).collect();
        if lower {
            digits.make_ascii_lowercase();
        }
        let read = Hex::of_digits(&digits).unwrap();
        prop_assert_eq!(read, Hex::of_bytes(&bytes));
        prop_assert!(read.bytes().eq(bytes.iter().copied()));
        let mut room = digits.clone();
        let len = hex::decode_in_place(&mut room).unwrap();
        prop_assert_eq!(&room[..len], &bytes[..]);

        // Any odd number of digits, when there are some.
        if let Some(pairs) = bytes.len().checked_sub(1) {
            let mut odd = digits[..2 * cut.index(pairs + 1) + 1].to_vec();
            let before = odd.clone();
            prop_assert!(hex::decode_in_place(&mut odd).is_err());
            prop_assert_eq!(odd, before);
        }
    }

    #[test]
    fn a_stranger_among_hex_digits_is_found(
        mut digits in vec(prop::sample::select(b"0123456789abcdefABCDEF".to_vec()), 2..60),
        at in any::<prop::sample::Index>(),
        stranger in any::<u8>().prop_filter("no digit", |b| !b.is_ascii_hexdigit()),
    ) {
        let at = at.index(digits.len());
        digits[at] = stranger;
        let error = Hex::of_digits(&digits).map(|hex| hex.len());
        prop_assert_eq!(error, Err(qmt_proto::HexError { at }));
    }
}
