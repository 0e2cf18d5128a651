//! Any number of hostile messages, for the receive path and for a whole client.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_proto::{ResponseDialect, limits};
use qmt_session::LinkPhase;
use qmt_session::proto::{Filter, LinkId, Qos};

use super::CASES;
use crate::props::{Ear, dialect, opacity};
use crate::{Memory, Rng, Told, WorldConfig, WorldIn, link_config};

/// Messages for one client, and between two looks at it.
const IN_ONE_WORLD: u64 = 2_000;
const AT_ONCE: u64 = 4;
/// How long a client may take to be ready, or ready again.
const READY: Duration = Duration::from_secs(600);

/// What stands before and behind a message.
const LINES: [&[u8]; 3] = [b"OK\r\n", b"+QMTPUB: 0,1,0\r\n", b"+CEREG: 1\r\n"];

/// Links that receive in text, with an exact filter, and in hex, with a wildcard.
const TEXT: LinkId = LinkId::ALL[0];
const HEX: LinkId = LinkId::ALL[1];

/// What came of a flood.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Figures {
    /// Hostile messages.
    pub sent: u64,
    /// Of those, how many were told, byte for byte.
    pub told: u64,
    /// How many were not told, because their topic held its own end.
    pub withheld: u64,
}

impl Figures {
    /// Adds those of another flood.
    pub const fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.told += other.told;
        self.withheld += other.withheld;
    }
}

/// A payload of pieces that mislead, with any bytes between them.
fn payload(rng: &mut Rng, most: usize) -> Vec<u8> {
    let mut payload = Vec::new();
    for _ in 0..1 + rng.below(4) {
        let filling = rng.below(12);
        payload.extend((0..filling).map(|_| rng.byte()));
        let case = rng.pick(&CASES);
        let times = 1 + rng.below(case.times as u64) as usize;
        payload.extend(case.piece.repeat(times.min(8)));
    }
    // Now and then as long as may be.
    if rng.one_in(64) {
        payload = payload.repeat(most / payload.len().max(1));
    }
    payload.truncate(most);
    payload
}

/// S5, S6: gives `messages` hostile payloads to the receive path, in text or in hex, cut in many
/// ways, a line before and behind each: what is heard are the lines and the messages.
///
/// # Panics
/// When anything else is heard.
pub fn flood_receiver(seed: u64, messages: u64) -> Figures {
    let mut rng = Rng::new(seed);
    let hex_link: ResponseDialect = dialect(0b10);
    let mut figures = Figures::default();
    for _ in 0..messages {
        let hex = rng.one_in(4);
        let payload = payload(&mut rng, limits::PAYLOAD);
        let sizes: &[usize] = match rng.below(5) {
            0 => &[1],
            1 => &[7],
            2 => &[64, 3],
            3 => &[1, 255],
            _ => &[],
        };
        let line = *rng.pick(&LINES);
        let message = opacity::message(b"h/x", &payload, hex);
        let stream = [line, &message, line].concat();
        let mut ear = Ear::new(limits::HEX_FRAME, hex_link, 0);
        ear.feed_in(&stream, sizes);
        let text = line.trim_ascii_end();
        let heard = ear.heard.iter().map(|heard| &heard.piece);
        let expected = [
            crate::reference::Piece::Line(text.to_vec()),
            opacity::expected(b"h/x", &payload, hex),
            crate::reference::Piece::Line(text.to_vec()),
        ];
        assert!(heard.eq(&expected), "{}", stream.escape_ascii());
        figures.sent += 1;
        figures.told += 1;
    }
    figures
}

/// Has the broker send `messages` hostile messages to a client with two links: to one in text under
/// the topic it has subscribed to, to the other in hex under hostile topics that match its wildcard.
///
/// # Panics
/// When anything is told that is not so, a message under a plain topic is not told, or a link is not
/// ready again.
pub fn flood_client(seed: u64, messages: u64, memory: &mut Memory) -> Figures {
    let mut figures = Figures::default();
    let mut rng = Rng::new(seed);
    while figures.sent < messages {
        let some = IN_ONE_WORLD.min(messages - figures.sent);
        figures.add(&flood_world(&mut rng, some, memory));
    }
    figures
}

fn flood_world(rng: &mut Rng, messages: u64, memory: &mut Memory) -> Figures {
    let config = WorldConfig {
        chunk: *rng.pick(&[1, 7, 64, 1_024]),
        ..WorldConfig::default()
    };
    let mut world = WorldIn::within(config, memory);
    for (link, filter) in [(TEXT, "h/x"), (HEX, "w/#")] {
        let (filter, now) = (Filter::new(filter).expect("legal"), world.now());
        let wish = world.client.subscribe(now, link, filter, Qos::AtLeastOnce);
        wish.expect("room for a filter");
        let config = link_config(if link == TEXT { "text" } else { "hex" });
        world.client.connect(now, link, &config).expect("a link");
    }
    let mut subscribed = 0;
    while subscribed < 2 {
        let told = world.run_until(READY, |told| matches!(told, Told::Subscribed(..)));
        subscribed += usize::from(matches!(told, Told::Subscribed(..)));
    }
    let mut figures = Figures::default();
    while figures.sent < messages {
        world.take_told();
        let mut plain = 0;
        for _ in 0..AT_ONCE {
            let case = rng.pick(&CASES);
            let payload = payload(rng, limits::PAYLOAD);
            let topic = match rng.one_in(2) {
                true => "h/x".to_owned(),
                false => format!("w/{}", case.topic),
            };
            plain += u64::from(!topic.contains("\","));
            world.peer_publishes(&topic, &payload, QoS::AtMostOnce, false);
            figures.sent += 1;
        }
        world.settle(Duration::from_secs(2));
        let is_ready = |world: &mut WorldIn<'_>| {
            [TEXT, HEX].map(|link| world.client.link_phase(link)) == [LinkPhase::Ready; 2]
        };
        assert!(
            world.run_while(READY, |world| !is_ready(world)),
            "ready again"
        );
        world.oracle.assert_kept();
        let is_message = |told: &&Told| matches!(told, Told::Message { .. });
        let told = world.told.iter().filter(is_message).count() as u64;
        assert!(told <= AT_ONCE, "{:?}", world.told);
        figures.told += told;
        figures.withheld += AT_ONCE - told;
        if plain == AT_ONCE {
            assert_eq!(told, AT_ONCE, "{:#?}", world.told);
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_hostile_payload_is_heard_as_anything_else() {
        assert_eq!(flood_receiver(1, 2_000).told, 2_000);
    }

    #[test]
    fn no_hostile_message_makes_a_client_tell_what_is_not_so() {
        let figures = flood_client(1, 400, &mut Memory::new(1));
        assert_eq!(figures.told + figures.withheld, 400);
        assert!(figures.withheld > 0, "a topic that holds its end");
    }
}
