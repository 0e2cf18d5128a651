//! A UART has no check of integrity: a flipped bit in a payload is delivered as it came. In an
//! envelope it shows, wherever in the line it was.

use core::time::Duration;

use qmt_session::envelope::{Envelope, OVERHEAD};
use qmt_session::proto::{Filter, LinkId, Qos};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const TOPIC: &str = "down";
const ENVELOPE: Envelope<'_> = Envelope {
    source: 3,
    sequence: 9,
    payload: b"open the valve",
};

fn ready() -> World {
    let mut world = World::new(WorldConfig::default());
    let now = world.now();
    let filter = Filter::new(TOPIC).unwrap();
    let client = &mut world.client;
    client
        .subscribe(now, LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    client.connect(now, LINK, &link_config("me")).unwrap();
    world.run_until(Duration::from_secs(60), |told| *told == Told::Ready(LINK));
    world
}

/// RELIABILITY W5.
#[test]
fn no_damaged_payload_passes_for_a_message() {
    let mut world = ready();
    let mut sealed = [0; 64];
    let sealed = ENVELOPE.seal(TOPIC, &mut sealed).unwrap();
    assert_eq!(sealed.len(), OVERHEAD + ENVELOPE.payload.len());
    let mut line = format!("\r\n+QMTRECV: 0,1,\"{TOPIC}\",{},\"", sealed.len()).into_bytes();
    line.extend(sealed);
    line.extend(b"\"\r\n");
    let (mut intact, mut damaged, mut withheld) = (0, 0, 0);
    for at in 0..line.len() {
        for bit in 0..8 {
            line[at] ^= 1 << bit;
            let before = world.told.len();
            world.noise(&line);
            // Long enough for a quarantine and its probe.
            world.settle(Duration::from_secs(10));
            line[at] ^= 1 << bit;
            let messages: Vec<_> = world.told[before..]
                .iter()
                .filter_map(|told| match told {
                    Told::Message { topic, payload, .. } => Some((topic, payload)),
                    _ => None,
                })
                .collect();
            match messages[..] {
                [] => withheld += 1,
                [(topic, payload)] => match Envelope::open(topic, payload) {
                    Ok(envelope) => {
                        assert_eq!(envelope, ENVELOPE, "byte {at}, bit {bit}");
                        intact += 1;
                    }
                    Err(_) => damaged += 1,
                },
                _ => panic!("byte {at}, bit {bit}: {messages:?}"),
            }
        }
    }
    // The bits of the payload are delivered damaged and found out; those of link and identifier
    // do no harm to it; those of the framing are found by the session.
    assert_eq!(damaged, 8 * sealed.len());
    assert!(intact > 0 && withheld > 0, "{intact} {withheld}");
}
