//! The canonical dialogue: everything a link does in its life, 3 kB on the serial line, and after
//! it a proof that the module can still be used.
//!
//! The application is patient: what cannot be done now is tried again, what is in doubt stays in
//! doubt. So the same script runs through any fault, and what differs is how long it takes and
//! what is told.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::LinkConfig;
use qmt_session::proto::{
    Credentials, Filter, LinkId, Password, Qos, Topic, Username, Will, WillMessage,
};

use crate::{Told, WorldConfig, WorldIn, link_config};

/// The link.
pub const LINK: LinkId = LinkId::ALL[0];

const FILTER: &str = "down/a";
const TOPIC: &str = "up/a";

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
    let mut script = Script {
        world,
        bound,
        longest_wait: Duration::ZERO,
        messages: 0,
    };
    script.connect();
    script.ready("connect")?;
    for (payload, qos) in
        published()
            .iter()
            .zip([Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce])
    {
        script.publish(qos, payload)?;
    }
    for (payload, qos) in
        received()
            .iter()
            .zip([QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
    {
        script.ready("receive")?;
        script.receive(qos, payload);
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
    fn publish(&mut self, qos: Qos, payload: &[u8]) -> Result<(), Stuck> {
        let topic = Topic::new(TOPIC).expect("a legal topic");
        let mut ticket = None;
        self.wait("publish", |world| {
            ticket = world.publish(LINK, qos, topic, payload).ok();
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
    fn receive(&mut self, qos: QoS, payload: &[u8]) {
        let from = self.world.told.len();
        self.world.peer_publishes(FILTER, payload, qos, false);
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
        self.publish(Qos::AtLeastOnce, b"proof")?;
        self.receive(QoS::AtLeastOnce, b"proof");
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
