//! The catalogue of faults, RELIABILITY §2, row by row: what goes wrong at each boundary, and what
//! the client makes of it. The name of a test begins with its row. Rows that a test elsewhere
//! holds are cited in its comment, and [`rows`] finds those that nobody holds.

mod broker;
mod host;
mod in_a_row;
mod line;
mod module;
mod publisher;
mod rows;

use core::time::Duration;

use qmt_broker::FaultRule;
use qmt_modem::{Fault, FaultKind};
use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, LinkId, Qos, Topic};
use qmt_session::{LinkPhase, Outcome, Rejection, Ticket};
use qmt_sim::{Act, Change, Side, Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

/// A host at rest whose link is ready and receives "down".
fn ready() -> World {
    let mut world = World::new(WorldConfig::default());
    start(&mut world);
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world.settle(Duration::from_secs(1));
    world
}

/// A world whose broker follows `rule`.
fn ruled(rule: &str) -> World {
    let mut config = WorldConfig::default();
    config
        .broker
        .faults
        .push(rule.parse::<FaultRule>().unwrap());
    let mut world = World::new(config);
    start(&mut world);
    world
}

/// The application asks for the link and its subscription.
fn start(world: &mut World) {
    let (now, client) = (world.now(), &mut world.client);
    let filter = Filter::new("down").unwrap();
    client
        .subscribe(now, LINK, filter, Qos::AtLeastOnce)
        .unwrap();
    client.connect(now, LINK, &link_config("me")).unwrap();
}

/// The fault strikes at its next place.
fn inject(world: &mut World, kind: FaultKind, value: u64) {
    let fault = Fault::new(kind).with(value);
    assert!(world.network.modem.inject(world.now(), fault), "{fault}");
}

/// How often a fault of this kind has struck.
fn struck(world: &World, kind: FaultKind) -> u64 {
    world.network.modem.snapshot().faults.of(kind)
}

/// Publishes at QoS 1.
fn publish(world: &mut World, payload: &[u8]) -> Ticket {
    let topic = Topic::new("up").unwrap();
    world
        .publish(LINK, Qos::AtLeastOnce, topic, payload)
        .unwrap()
}

/// Publishes, and stops when the command is out: the next byte sent is the first of the payload.
fn publish_up_to_the_payload(world: &mut World, payload: &[u8]) -> Ticket {
    let before = world.sent.len();
    let ticket = publish(world, payload);
    world.run_while(MINUTE, |world| world.sent.len() == before);
    assert_eq!(world.sent.last(), Some(&b'\r'));
    ticket
}

/// How a publish ends.
fn end(world: &mut World, ticket: Ticket) -> Outcome {
    let ours = |told: &Told| matches!(told, Told::Published(done, _) if *done == ticket);
    match world.run_until(3 * MINUTE, ours) {
        Told::Published(_, outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

/// The module gives up data mode after its 60 s, and the truth about the publish comes to light.
fn assert_not_sent(world: &mut World, ticket: Ticket) {
    let late = world.run_until(2 * MINUTE, |told| matches!(told, Told::Late(..)));
    let truth = Outcome::Rejected(Rejection::Error);
    assert_eq!(late, Told::Late(ticket, truth));
}

/// Lets `act` happen before each byte of a publish, in either direction, and shows how it ended in
/// a world that is well again.
fn at_each_byte_of_a_publish(act: &Act, mut check: impl FnMut(&World, Outcome)) {
    let mut world = ready();
    let before = (world.sent.len(), world.heard.len());
    let ticket = publish(&mut world, b"hello");
    end(&mut world, ticket);
    let sides = [
        (Side::Module, world.sent.len() - before.0),
        (Side::Host, world.heard.len() - before.1),
    ];
    for (side, bytes) in sides {
        for at in 0..bytes as u64 {
            let mut world = ready();
            let wire = match side {
                Side::Module => &world.to_module,
                Side::Host => &world.to_host,
            };
            world.trigger(side, wire.carried() + at, act.clone());
            let ticket = publish(&mut world, b"hello");
            let outcome = end(&mut world, ticket);
            assert_well(&mut world);
            check(&world, outcome);
        }
    }
}

/// Runs until the host has just sent `text`, which the wire must carry byte by byte. False: it
/// does not send it within a minute.
fn run_until_sent(world: &mut World, text: &str) -> bool {
    let before = world.sent.len();
    world.run_while(MINUTE, |world| {
        world.sent.len() == before || !world.sent.ends_with(text.as_bytes())
    })
}

/// A world that is asked for its link and carries one byte at a time.
fn started_byte_by_byte() -> World {
    let mut config = WorldConfig::default();
    config.chunk = 1;
    let mut world = World::new(config);
    start(&mut world);
    world
}

/// The other client publishes to the link.
fn send_down(world: &mut World, payload: &[u8]) {
    world.peer_publishes("down", payload, QoS::AtLeastOnce, false);
}

/// `change` happens to the byte after the next `skip` of those that `side` will hear.
fn damage(world: &mut World, side: Side, skip: u64, change: Change) {
    let wire = match side {
        Side::Module => &mut world.to_module,
        Side::Host => &mut world.to_host,
    };
    wire.damage(wire.carried() + skip, change);
}

/// The host hears a message whose length is wrong.
fn damage_line(world: &mut World) {
    world.noise(b"\r\n+QMTRECV: 0,0,\"down\",3,\"hello\"\r\n");
}

/// The payloads received so far.
fn received(world: &World) -> Vec<&[u8]> {
    let mut payloads = Vec::new();
    for told in &world.told {
        if let Told::Message { payload, .. } = told {
            payloads.push(payload.as_slice());
        }
    }
    payloads
}

/// How often something was told that `wanted` picks.
fn count(world: &World, wanted: impl Fn(&Told) -> bool) -> usize {
    world.told.iter().filter(|told| wanted(told)).count()
}

fn is_down(told: &Told) -> bool {
    matches!(told, Told::Down(..))
}

/// Back on its feet: within five minutes messages go both ways, and nothing that was told on the
/// way was untrue.
fn assert_well(world: &mut World) {
    world.settle(Duration::from_secs(1));
    let up = world.run_while(5 * MINUTE, |world| {
        world.client.link_phase(LINK) != LinkPhase::Ready || !world.client.can_publish(LINK)
    });
    assert!(up, "not ready: {:#?}", world.told);
    world.settle(Duration::from_secs(1));
    let ticket = publish(world, b"well again");
    let outcome = end(world, ticket);
    assert!(outcome.is_success(), "{outcome:?}: {:#?}", world.told);
    send_down(world, b"\r\nOK\r\n");
    let all_well =
        |told: &Told| matches!(told, Told::Message { payload, .. } if payload == b"\r\nOK\r\n");
    world.run_until(MINUTE, all_well);
    world.settle(Duration::from_secs(1));
    world.oracle.at_rest();
    world.oracle.assert_kept();
}
