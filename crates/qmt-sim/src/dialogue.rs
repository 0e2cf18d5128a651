//! The canonical dialogue: everything a link does in its life, 3 kB on the serial line, and after
//! it a proof that the module can still be used.
//!
//! The application is patient: what cannot be done now is tried again, what is in doubt stays in
//! doubt. So the same script runs through any fault, and what differs is how long it takes and
//! what is told.

use core::time::Duration;
use std::vec;

use qmt_mqtt::QoS;
use qmt_session::LinkConfig;
use qmt_session::envelope::{Envelope, OVERHEAD};
use qmt_session::proto::{
    Credentials, Filter, LinkId, Password, Qos, Topic, Username, Will, WillMessage,
};

use crate::{Told, WorldConfig, WorldIn, link_config};

/// The link.
pub const LINK: LinkId = LinkId::ALL[0];

const FILTER: &str = "down/a";
const TOPIC: &str = "up/a";

/// What is published in the proof after the dialogue.
const PROOF: &[u8] = b"proof";

/// Length of each payload.
const LEN: usize = 260;

/// How long a message may take from the broker to the application, when nothing is wrong.
const DELIVERY: Duration = Duration::from_secs(3);

/// How the dialogue went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Passage {
    /// Bytes to the module until the link was closed.
    pub to_module: u64,
    /// Bytes to the host until the link was closed.
    pub to_host: u64,
    /// When the link was closed, from the beginning.
    pub closed_after: Duration,
    /// Longest time from a wish until the link was ready for the next.
    pub longest_wait: Duration,
    /// Messages that reached the application.
    pub messages: usize,
}

/// What did not happen in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stuck(pub &'static str);

/// How the payloads travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Wrapping {
    /// As they are.
    Bare,
    /// Each in an [`Envelope`].
    Sealed,
}

/// Who publishes: the source of an envelope and its topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sender {
    Ours,
    Theirs,
}

impl Sender {
    const fn source(self) -> u32 {
        match self {
            Self::Ours => 1,
            Self::Theirs => 2,
        }
    }

    const fn topic(self) -> &'static str {
        match self {
            Self::Ours => TOPIC,
            Self::Theirs => FILTER,
        }
    }

    /// What it publishes in the course of the dialogue, the proof included.
    fn payloads(self) -> Vec<Vec<u8>> {
        let mut payloads = match self {
            Self::Ours => published().to_vec(),
            Self::Theirs => received().to_vec(),
        };
        payloads.push(PROOF.to_vec());
        payloads
    }
}

impl Wrapping {
    /// Everything published in the dialogue, as it is on the line: by the host, by the other client.
    pub fn payloads(self) -> [Vec<Vec<u8>>; 2] {
        [Sender::Ours, Sender::Theirs].map(|sender| {
            let payloads = (0..).zip(sender.payloads());
            payloads
                .map(|(n, payload)| self.wrap(sender, n, &payload))
                .collect()
        })
    }

    fn wrap(self, sender: Sender, sequence: u32, payload: &[u8]) -> Vec<u8> {
        match self {
            Self::Bare => payload.to_vec(),
            Self::Sealed => {
                let mut sealed = vec![0; payload.len() + OVERHEAD];
                let source = sender.source();
                let envelope = Envelope {
                    source,
                    sequence,
                    payload,
                };
                envelope.seal(sender.topic(), &mut sealed).expect("room");
                sealed
            }
        }
    }
}

/// Whether what came to `topic` passes for a message in an envelope, and is not what was sealed.
pub fn is_damaged_and_passes(topic: &[u8], sealed: &[u8]) -> bool {
    let Ok(envelope) = Envelope::open(topic, sealed) else {
        return false;
    };
    let meant = [Sender::Ours, Sender::Theirs].into_iter().any(|sender| {
        let payloads = sender.payloads();
        let meant = payloads.get(envelope.sequence as usize);
        sender.source() == envelope.source
            && sender.topic().as_bytes() == topic
            && meant.is_some_and(|meant| meant == envelope.payload)
    });
    !meant
}

/// A world for the dialogue: the fastest rate of AT+IPR, a module that is already running.
pub fn world_config() -> WorldConfig {
    WorldConfig {
        baud: 460_800,
        ..WorldConfig::default()
    }
}

/// The payloads published, one at each quality of service: no two alike, and full of what lines
/// are made of.
pub fn published() -> [Vec<u8>; 3] {
    let hostile = [
        "{\"t\":21.5}",
        "\r\nOK\r\n> AT+QMTCLOSE=0\r",
        "\x1a\x1b\"\r\nERROR\r\n",
    ];
    [0, 1, 2].map(|n| {
        let mut payload = format!("publish {n} {}", hostile[n]).into_bytes();
        payload.resize(LEN, b'.');
        payload
    })
}

/// The payloads received, likewise.
pub fn received() -> [Vec<u8>; 3] {
    let hostile = [
        "\r\n+QMTPUB: 0,1,0\r\n",
        "\r\n+QMTSTAT: 0,1\r\n",
        "\"\r\n\r\nRDY\r\n",
    ];
    [0, 1, 2].map(|n| {
        let mut payload = format!("receive {n} {}", hostile[n]).into_bytes();
        payload.resize(LEN, b'.');
        payload
    })
}

/// Runs the dialogue and the proof after it; no wait may be longer than `bound`.
///
/// # Errors
/// [`Stuck`] when one is.
pub fn run(world: &mut WorldIn<'_>, bound: Duration) -> Result<Passage, Stuck> {
    run_wrapped(world, bound, Wrapping::Bare)
}

/// As [`run`], with payloads that travel so.
///
/// # Errors
/// [`Stuck`] when a wait is longer.
pub fn run_wrapped(
    world: &mut WorldIn<'_>,
    bound: Duration,
    wrapping: Wrapping,
) -> Result<Passage, Stuck> {
    let [ours, theirs] = wrapping.payloads().map(Vec::into_iter);
    let mut script = Script {
        world,
        bound,
        ours,
        theirs,
        longest_wait: Duration::ZERO,
        messages: 0,
    };
    script.connect();
    script.ready("connect")?;
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        script.publish(qos)?;
    }
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        script.ready("receive")?;
        script.receive(qos);
    }
    script.ready("unsubscribe")?;
    script.unsubscribe()?;
    script.disconnect()?;
    let world = &script.world;
    let passage = Passage {
        to_module: world.to_module.carried(),
        to_host: world.to_host.carried(),
        closed_after: world.now().saturating_since(Default::default()),
        longest_wait: script.longest_wait,
        messages: script.messages,
    };
    script.proof()?;
    Ok(passage)
}

/// What the link is connected with: a name, a password and a will.
fn device() -> LinkConfig<'static> {
    let mut config = link_config("device");
    config.credentials = Some(Credentials {
        username: Username::new("meter").expect("a legal name"),
        password: Some(Password::new("hunter22").expect("a legal password")),
    });
    config.will = Some(Will {
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: Topic::new("gone").expect("a legal topic"),
        message: WillMessage::new("device is gone").expect("a legal message"),
    });
    config
}

/// The application.
struct Script<'s, 'm> {
    world: &'s mut WorldIn<'m>,
    bound: Duration,
    /// What is still to be published, by the host and by the other client.
    ours: vec::IntoIter<Vec<u8>>,
    theirs: vec::IntoIter<Vec<u8>>,
    longest_wait: Duration,
    messages: usize,
}

impl Script<'_, '_> {
    fn connect(&mut self) {
        let now = self.world.now();
        let client = &mut self.world.client;
        let filter = Filter::new(FILTER).expect("a legal filter");
        client
            .subscribe(now, LINK, filter, Qos::ExactlyOnce)
            .expect("room for a filter");
        client
            .connect(now, LINK, &device())
            .expect("a link that is not in use");
    }

    /// Waits until the link can be used.
    fn ready(&mut self, step: &'static str) -> Result<(), Stuck> {
        self.wait(step, |world| world.client.can_publish(LINK))
    }

    fn wait(
        &mut self,
        step: &'static str,
        mut done: impl FnMut(&mut WorldIn<'_>) -> bool,
    ) -> Result<(), Stuck> {
        let since = self.world.now();
        let in_time = self.world.run_while(self.bound, |world| !done(world));
        let took = self.world.now().saturating_since(since);
        self.longest_wait = self.longest_wait.max(took);
        if in_time { Ok(()) } else { Err(Stuck(step)) }
    }

    /// Publishes as soon as that is possible, and waits for the outcome.
    fn publish(&mut self, qos: Qos) -> Result<(), Stuck> {
        let payload = self.ours.next().expect("a payload for each publish");
        let topic = Topic::new(TOPIC).expect("a legal topic");
        let mut ticket = None;
        self.wait("publish", |world| {
            ticket = world.publish(LINK, qos, topic, &payload).ok();
            ticket.is_some()
        })?;
        let from = self.world.told.len();
        self.wait("outcome", |world| {
            let told = world.told.get(from..).unwrap_or_default().iter();
            told.rev()
                .any(|told| matches!(told, Told::Published(done, _) if Some(*done) == ticket))
        })
    }

    /// Has the other client publish, and waits a little for the message.
    fn receive(&mut self, qos: QoS) {
        let payload = self.theirs.next().expect("a payload for each message");
        let from = self.world.told.len();
        self.world.peer_publishes(FILTER, &payload, qos, false);
        let came = self.world.run_while(DELIVERY, |world| {
            let told = world.told.get(from..).unwrap_or_default();
            !told.iter().any(|told| matches!(told, Told::Message { .. }))
        });
        self.messages += usize::from(came);
    }

    fn unsubscribe(&mut self) -> Result<(), Stuck> {
        let now = self.world.now();
        let filter = Filter::new(FILTER).expect("a legal filter");
        let from = self.world.told.len();
        self.world.client.unsubscribe(now, LINK, filter);
        // A connection that is made again does not subscribe again.
        self.wait("unsubscribed", |world| {
            let told = world.told.get(from..).unwrap_or_default().iter();
            told.rev()
                .any(|told| matches!(told, Told::Unsubscribed(..) | Told::Ready(_)))
        })
    }

    fn disconnect(&mut self) -> Result<(), Stuck> {
        let from = self.world.told.len();
        self.world.client.disconnect(self.world.now(), LINK);
        self.wait("closed", |world| {
            world.told[from..].contains(&Told::Closed(LINK))
        })
    }

    /// The module can still be used: connects, publishes and receives, without a fault.
    fn proof(&mut self) -> Result<(), Stuck> {
        self.connect();
        self.ready("proof of readiness")?;
        let (told, messages) = (self.world.told.len(), self.messages);
        self.publish(Qos::AtLeastOnce)?;
        self.receive(QoS::AtLeastOnce);
        let acked = self.world.told[told..]
            .iter()
            .any(|told| matches!(told, Told::Published(_, outcome) if outcome.is_success()));
        if !acked {
            return Err(Stuck("proof of publishing"));
        }
        if self.messages == messages {
            return Err(Stuck("proof of receiving"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::World;

    #[test]
    fn damage_passes_only_in_an_envelope_that_nobody_sealed() {
        let [_, theirs] = Wrapping::Sealed.payloads();
        assert!(!is_damaged_and_passes(FILTER.as_bytes(), &theirs[0]));
        let mut damaged = theirs[0].clone();
        damaged[100] ^= 1;
        assert!(!is_damaged_and_passes(FILTER.as_bytes(), &damaged));
        let other = Wrapping::Sealed.wrap(Sender::Theirs, 0, b"made up");
        assert!(is_damaged_and_passes(FILTER.as_bytes(), &other));
    }

    #[test]
    fn without_a_fault_everything_arrives() {
        let mut world = World::new(world_config());
        let passage = run(&mut world, Duration::from_secs(10)).unwrap();
        world.oracle.at_rest();
        world.oracle.assert_kept();
        assert_eq!(passage.messages, 3);
        assert_eq!(world.oracle.count(qmt_session::Outcome::is_success), 4);
        let bytes = passage.to_module + passage.to_host;
        assert!(
            (2_900..3_300).contains(&bytes),
            "{bytes}: {:#?}",
            world.dialogue()
        );
        let payloads = published();
        assert_eq!(world.oracle.payloads()[..3], payloads);
    }
}
