//! Commands to encode, W6: validated values and the bytes they must become.

use qmt_proto::{
    Body, Command, Config, Delivery, Few, Filter, Inline, KeepAlive, LinkId, MsgId, Publish, Qos,
    Setting, Subscribe, Subscription,
};

use crate::Rng;

/// Kinds of commands in W6.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encode {
    /// `AT+QMTPUB` with 100 bytes on the line.
    Publish100,
    /// `AT+QMTPUB` with 1460 bytes on the line.
    Publish1460,
    /// `AT+QMTCFG="keepalive"`
    Keepalive,
    /// `AT+QMTSUB` with four topics.
    Subscribe4,
}

/// The values of one command, with the bytes that the recipe gives for them.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// `<TCP_connectID>`
    pub link: u8,
    /// `<msgID>`
    pub id: u16,
    /// Topics, each with a QoS.
    pub topics: Vec<(String, u8)>,
    /// The payload of a publish.
    pub payload: Vec<u8>,
    /// `<keep_alive_time>`
    pub keepalive: u16,
    /// The line, with its CR.
    pub line: Vec<u8>,
}

impl Encode {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Publish100,
        Self::Publish1460,
        Self::Keepalive,
        Self::Subscribe4,
    ];

    /// The first `count` commands of this kind; the recipe has 2000.
    pub fn commands(self, count: u16) -> Vec<Encoded> {
        let mut rng = Rng::new(6);
        (0..count).map(|i| self.command(i, &mut rng)).collect()
    }

    fn command(self, i: u16, rng: &mut Rng) -> Encoded {
        let (link, id) = ((i % 5) as u8, i + 1);
        let mut topics = Vec::new();
        let mut payload = Vec::new();
        let mut keepalive = 0;
        let mut line;
        match self {
            Self::Publish100 | Self::Publish1460 => {
                let len = if self == Self::Publish100 { 100 } else { 1460 };
                payload = rng.clean(len);
                let topic = text(rng.topic());
                line = format!("AT+QMTPUB={link},{id},1,0,\"{topic}\",{len},\"").into_bytes();
                line.extend(&payload);
                line.push(b'"');
                topics.push((topic, 1));
            }
            Self::Keepalive => {
                keepalive = rng.below(3601) as u16;
                line = format!("AT+QMTCFG=\"keepalive\",{link},{keepalive}").into_bytes();
            }
            Self::Subscribe4 => {
                line = format!("AT+QMTSUB={link},{id}").into_bytes();
                for _ in 0..4 {
                    let topic = text(rng.topic());
                    let qos = rng.below(3) as u8;
                    line.extend(format!(",\"{topic}\",{qos}").as_bytes());
                    topics.push((topic, qos));
                }
            }
        }
        line.push(b'\r');
        Encoded {
            link,
            id,
            topics,
            payload,
            keepalive,
            line,
        }
    }
}

impl Encoded {
    /// The values, validated; `None` where they are not legal, which they always are.
    pub fn command(&self, kind: Encode) -> Option<Command<'_>> {
        let link = LinkId::new(self.link)?;
        Some(match kind {
            Encode::Publish100 | Encode::Publish1460 => {
                let (topic, _) = self.topics.first()?;
                Command::Publish(Publish {
                    link,
                    delivery: Delivery::AtLeastOnce(MsgId::new(self.id)?),
                    retain: false,
                    topic: qmt_proto::Topic::new(topic).ok()?,
                    body: Body::Inline(Inline::text(&self.payload)?),
                })
            }
            Encode::Keepalive => Command::Config(Config::Set(
                link,
                Setting::KeepAlive(KeepAlive::new(self.keepalive)?),
            )),
            Encode::Subscribe4 => {
                let mut topics = self.topics.iter().map(|(topic, qos)| {
                    Some(Subscription {
                        filter: Filter::new(topic).ok()?,
                        qos: Qos::new(*qos)?,
                    })
                });
                let mut few = Few::one(topics.next()??);
                for topic in topics {
                    few.push(topic?).ok()?;
                }
                Command::Subscribe(Subscribe {
                    link,
                    msg_id: MsgId::new(self.id)?,
                    topics: few,
                })
            }
        })
    }
}

fn text(bytes: Vec<u8>) -> String {
    bytes.into_iter().map(char::from).collect()
}
