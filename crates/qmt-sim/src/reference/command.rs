//! What a command asks for, in the form in which two readers can be compared.

use qmt_proto::{Body, Command, Config, Payload, Publish};

use super::Meaning;

impl Meaning {
    /// What the parser under test understood.
    ///
    /// # Panics
    /// On a command of a kind that did not exist when this was written.
    pub fn of_command(command: &Command<'_>) -> Self {
        match *command {
            Command::Config(Config::Query(link, option)) => {
                let meaning = Self::new("query").int(link.get());
                meaning.bytes(option.as_str().as_bytes())
            }
            Command::Config(Config::Set(link, setting)) => {
                Self::of_setting(&setting).int(link.get())
            }
            Command::Open(open) => Self::new("open")
                .int(open.link.get())
                .bytes(open.host.as_str().as_bytes())
                .int(open.port.get()),
            Command::Close(link) => Self::new("close").int(link.get()),
            Command::Disconnect(link) => Self::new("disconnect").int(link.get()),
            Command::Connect(connect) => {
                let meaning = Self::new("connect")
                    .int(connect.link.get())
                    .bytes(connect.client_id.as_str().as_bytes());
                let Some(credentials) = connect.credentials else {
                    return meaning;
                };
                let meaning = meaning.bytes(credentials.username.expose().as_bytes());
                match credentials.password {
                    Some(password) => meaning.bytes(password.expose().as_bytes()),
                    None => meaning,
                }
            }
            Command::Subscribe(subscribe) => {
                let meaning = Self::new("subscribe").int(subscribe.link.get());
                let topics = subscribe.topics.iter();
                topics.fold(meaning.int(subscribe.msg_id.get()), |meaning, topic| {
                    let filter = topic.filter.as_str().as_bytes();
                    meaning.bytes(filter).int(topic.qos.level())
                })
            }
            Command::Unsubscribe(unsubscribe) => {
                let meaning = Self::new("unsubscribe").int(unsubscribe.link.get());
                let topics = unsubscribe.topics.iter();
                topics.fold(meaning.int(unsubscribe.msg_id.get()), |meaning, topic| {
                    meaning.bytes(topic.as_str().as_bytes())
                })
            }
            Command::Publish(publish) => Self::of_publish(&publish),
            Command::Attention => Self::new("attention"),
            Command::Echo(on) => Self::new("echo").int(on),
            Command::Verbose(on) => Self::new("verbose").int(on),
            Command::Identify => Self::new("identify"),
            Command::ErrorFormat(format) => Self::new("error format").int(format as u8),
            Command::Sleep(mode) => Self::new("sleep").int(mode as u8),
            Command::Attach(on) => Self::new("attach").int(on),
            Command::RegistrationReports(reports) => Self::new("reports").int(reports.get()),
            Command::BaudRate(rate) => Self::new("baud rate").int(rate),
            Command::Restart => Self::new("restart").int(1),
            Command::Execute(name) => Self::new("execute").bytes(name.as_str().as_bytes()),
            Command::Read(name) => Self::new("read").bytes(name.as_str().as_bytes()),
            Command::Test(name) => Self::new("test").bytes(name.as_str().as_bytes()),
            ref other => panic!("no meaning for {other:?}"),
        }
    }

    fn of_publish(publish: &Publish<'_>) -> Self {
        let meaning = Self::new("publish")
            .int(publish.link.get())
            .int(publish.delivery.wire_id())
            .int(publish.delivery.qos().level())
            .int(publish.retain)
            .bytes(publish.topic.as_str().as_bytes());
        match publish.body {
            Body::Prompt => meaning,
            Body::PromptCounted(len) => meaning.int(len.get()),
            Body::Inline(inline) => match inline.get() {
                Payload::Text(bytes) => meaning.int(0).bytes(bytes),
                Payload::Hex(hex) => meaning.int(1).bytes(&hex.bytes().collect::<Vec<u8>>()),
            },
        }
    }
}
