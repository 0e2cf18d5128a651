//! Messages that mislead parsers, by their payload or by their topic.

use super::{Sent, Workload};
use crate::{Event, Rng};

/// What stands in the middle of a hostile payload, in turn. The ninth, eleventh and twelfth are
/// special: a backslash at the end, 64 bytes of any value, a comma in the topic.
pub(super) const PATTERNS: [&[u8]; 13] = [
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b"\r\n+QMTPUB: 0,1,0\r\n",
    b"\r\n+QMTRECV: 0,1,\"t\",3,\"abc\"\r\n",
    b"say \"a\",\"b\",5,\"c\"",
    b"{\"temp\":21.5,\"unit\":\"C\",\"ok\":true}",
    b"a>b -> c\r\n> ",
    b"mail ops@example.org now",
    b"",
    b"\"\r\n\r\nOK\r\n",
    b"",
    b"",
    b"line one\r\nline two\r\nline three",
];

/// What stands in the middle of a hostile topic, in turn. No CR LF: brokers must not forward it
/// (MQTT 3.1.1 §1.5.3 lets them close the connection).
const TOPICS: [&[u8]; 8] = [
    b"a\"b",
    b"\"quoted\"",
    b"\",",
    b"\",5,\"",
    b"\",2,\"4F4B",
    b"\",2,\"4F4B\"",
    b"\",0,\"\"",
    b"+QMTRECV: 0,1,\"t\",3,\"616263\"",
];

/// What the client of [`exact_filters`] subscribes to.
pub(crate) const FILTERS: [&str; 4] = [
    "meter/7/set",
    "meter/7/get",
    "fleet/42/firmware/chunk",
    "time",
];

/// W7; `only`: with one of its patterns in every hostile message.
pub(super) fn payloads(lines: usize, hex: bool, only: Option<usize>) -> Workload {
    let (mut rng, mut load) = (Rng::new(7), Workload::new());
    while load.sent.len() < lines {
        let pattern = only.unwrap_or(load.hostile % PATTERNS.len());
        let mut topic = rng.topic();
        let (a, b) = (rng.range(0, 300), rng.range(0, 300));
        let mut payload = rng.clean(a);
        payload.extend(PATTERNS[pattern]);
        if pattern == 10 {
            payload.extend((0..64).map(|_| rng.byte()));
        }
        if pattern == 8 {
            // Drawn and thrown away: the draws are part of the recipe.
            payload.extend(b"\\");
        } else {
            payload.extend(rng.clean(b));
        }
        if pattern == 11 {
            let middle = topic.len() / 2;
            topic[middle] = b',';
        }
        load.recv(&Sent {
            topic: &topic,
            payload: &payload,
            hex,
        });
        load.hostile += 1;
        smalls(&mut rng, &mut load);
    }
    load
}

/// Topics that pretend to be the end of the topic, and payloads of W7 behind them, in hex.
///
/// Only the first pair of quotes and comma can end a topic, so a topic that holds one cannot be
/// told from its line. It must then be refused, never believed: see DESIGN of the receive path.
pub fn hostile_topics(lines: usize) -> Workload {
    let (mut rng, mut load) = (Rng::new(70), Workload::new());
    while load.sent.len() < lines {
        let n = load.hostile;
        let mut topic = rng.topic();
        let middle = topic.len() / 2;
        topic.splice(middle..middle, TOPICS[n % TOPICS.len()].iter().copied());
        let len = rng.range(0, 300);
        let mut payload = rng.clean(len);
        payload.extend(PATTERNS[n % PATTERNS.len()]);
        load.recv(&Sent {
            topic: &topic,
            payload: &payload,
            hex: true,
        });
        load.hostile += 1;
        smalls(&mut rng, &mut load);
    }
    load
}

/// Hostile payloads in text under topics that a client with exact filters subscribed to, and as many
/// messages whose topics begin like those and then pretend to end.
///
/// One topic in nine counts the bytes up to the end of its own line, so that the frame it pretends
/// is whole. Not among them: a whole subscribed topic in front of the pretence. A broker forwards
/// such a message to wildcards only, and then the client receives in hex.
pub fn exact_filters(lines: usize) -> Workload {
    let (mut rng, mut load) = (Rng::new(71), Workload::new());
    load.pauses = true;
    load.unscored_registrations = true;
    while load.sent.len() < lines {
        let n = load.hostile;
        let topic = FILTERS[rng.below(FILTERS.len() as u64) as usize].as_bytes();
        let len = rng.range(0, 300);
        let mut payload = rng.clean(len);
        payload.extend(PATTERNS[n % PATTERNS.len()]);
        load.text(topic, &payload);
        harmless(&mut rng, &mut load);
        let middle = rng.range(1, topic.len() as u64 - 1) as usize;
        let (start, rest) = topic.split_at(middle);
        let forged = match TOPICS.get(n % (TOPICS.len() + 1)) {
            Some(pretence) => [start, pretence, rest].concat(),
            None => whole_frame(start, rest, &payload),
        };
        load.text(&forged, &payload);
        load.hostile += 1;
        harmless(&mut rng, &mut load);
    }
    load
}

/// A topic that ends as `start` with a payload of everything up to the end of its line.
fn whole_frame(start: &[u8], rest: &[u8], payload: &[u8]) -> Vec<u8> {
    let true_head = format!("\",{},\"", payload.len());
    let len = rest.len() + true_head.len() + payload.len();
    [start, format!("\",{len},\"").as_bytes(), rest].concat()
}

/// A line that tells nothing about a link.
fn harmless(rng: &mut Rng, load: &mut Workload) {
    match rng.below(5) {
        0 => load.line(Event::Ok, b"OK"),
        1 => load.published(rng),
        2 => load.subscribed(rng),
        3 => load.registration(rng),
        _ => load.power(rng),
    }
}

fn smalls(rng: &mut Rng, load: &mut Workload) {
    for _ in 0..rng.range(1, 3) {
        load.small(rng);
    }
}
