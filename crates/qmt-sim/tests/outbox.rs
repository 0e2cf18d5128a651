//! Messages that wait in an outbox: they go out in order when their link is ready, and what
//! happens to one whose outcome is not known was said when it was enqueued.

use core::time::Duration;

use qmt_mqtt::QoS;
use qmt_session::proto::{LinkId, Qos, Topic, limits};
use qmt_session::{
    Buffers, Client, ClientConfig, EnqueueError, IfUnknown, OutboxId, Outcome, Outgoing, Rejection,
};
use qmt_sim::{Told, World, WorldConfig, link_config};

const LINK: LinkId = LinkId::ALL[0];
const MINUTE: Duration = Duration::from_secs(60);

/// A world whose host has an outbox of `outbox` bytes and room for no payload elsewhere.
fn world(outbox: usize) -> World {
    let mut config = WorldConfig::default();
    // The client is asked between any two bytes.
    config.chunk = 1;
    let mut world = World::new(config);
    let memory = |len: usize| vec![0; len].leak();
    let buffers = Buffers {
        rx: memory(limits::TEXT_FRAME),
        tx: memory(300),
    };
    let client = Client::new(ClientConfig::new(), buffers, memory(512));
    world.client = client.with_outbox(memory(outbox));
    world.peer_subscribes("#", QoS::AtLeastOnce);
    world
}

fn connect(world: &mut World, link: LinkId, client_id: &str) {
    let now = world.now();
    let config = link_config(client_id);
    world.client.connect(now, link, &config).unwrap();
}

fn enqueue(world: &mut World, link: LinkId, payload: &[u8], if_unknown: IfUnknown) -> OutboxId {
    let now = world.now();
    let message = Outgoing {
        link,
        topic: Topic::new("up").unwrap(),
        payload,
        qos: Qos::AtLeastOnce,
        retain: false,
        if_unknown,
    };
    world.client.enqueue(now, &message).unwrap()
}

/// Runs until a message leaves the outbox.
fn left(world: &mut World) -> (OutboxId, Outcome) {
    match world.run_until(5 * MINUTE, |told| matches!(told, Told::Left(..))) {
        Told::Left(id, outcome) => (id, outcome),
        other => panic!("{other:?}"),
    }
}

fn received(world: &mut World) -> Vec<Vec<u8>> {
    world.settle(Duration::from_secs(1));
    let received = world.peer_received();
    received.into_iter().map(|(_, payload)| payload).collect()
}

#[test]
fn what_is_enqueued_before_the_link_is_ready_goes_out_in_order() {
    let mut world = world(1024);
    let ids = [b"one", b"two", b"six"].map(|p| enqueue(&mut world, LINK, p, IfUnknown::Drop));
    world.settle(MINUTE);
    assert_eq!(world.client.outbox_len(), 3);
    connect(&mut world, LINK, "me");
    for id in ids {
        let (left, outcome) = left(&mut world);
        assert_eq!(left, id);
        assert!(matches!(outcome, Outcome::Acked(_)), "{outcome:?}");
    }
    assert_eq!(received(&mut world), [b"one", b"two", b"six"]);
    assert_eq!(world.client.outbox_len(), 0);
}

#[test]
fn the_largest_payload_needs_no_room_but_in_the_outbox() {
    let mut world = world(limits::PAYLOAD + 32);
    let payload: Vec<u8> = (0..limits::PAYLOAD).map(|i| (i % 256) as u8).collect();
    enqueue(&mut world, LINK, &payload, IfUnknown::Drop);
    let mut config = link_config("me");
    // The module repeats every byte of it, among them line ends and prompts.
    config.echo_data = true;
    let now = world.now();
    world.client.connect(now, LINK, &config).unwrap();
    assert!(left(&mut world).1.is_success());
    assert_eq!(received(&mut world), [payload]);
}

#[test]
fn a_full_outbox_says_so_and_has_room_again_later() {
    let mut world = world(40);
    let now = world.now();
    let mut message = Outgoing {
        link: LINK,
        topic: Topic::new("up").unwrap(),
        payload: &[1; 20],
        qos: Qos::AtMostOnce,
        retain: false,
        if_unknown: IfUnknown::Drop,
    };
    assert!(world.client.enqueue(now, &message).is_ok());
    let full = Err(EnqueueError::Full);
    assert_eq!(world.client.enqueue(now, &message), full);
    message.payload = &[1; 30];
    let too_long = Err(EnqueueError::TooLong);
    assert_eq!(world.client.enqueue(now, &message), too_long);
    connect(&mut world, LINK, "me");
    assert_eq!(left(&mut world).1, Outcome::Sent);
    message.payload = &[2; 20];
    assert!(world.client.enqueue(now, &message).is_ok());
    assert_eq!(left(&mut world).1, Outcome::Sent);
}

/// A message is published and its connection lost before the server's answer.
fn lose_in_flight(world: &mut World, if_unknown: IfUnknown) -> OutboxId {
    connect(world, LINK, "me");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    let id = enqueue(world, LINK, b"x", if_unknown);
    // The answers are lost on the line; the module tells of the loss of the link.
    world.cut = true;
    world.settle(Duration::ZERO);
    world.cut = false;
    world.noise(b"\r\n+QMTSTAT: 0,1\r\n");
    id
}

#[test]
fn a_message_in_doubt_is_republished_if_it_shall_be() {
    let mut world = world(1024);
    let id = lose_in_flight(&mut world, IfUnknown::Republish);
    world.run_until(5 * MINUTE, |told| *told == Told::Republishing(id));
    let (left, outcome) = left(&mut world);
    assert_eq!(left, id);
    assert!(matches!(outcome, Outcome::Acked(_)), "{outcome:?}");
    assert_eq!(received(&mut world).len(), 1);
}

#[test]
fn a_message_whose_truth_comes_late_is_not_published_again() {
    let mut world = world(1024);
    let id = lose_in_flight(&mut world, IfUnknown::Republish);
    world.run_until(5 * MINUTE, |told| *told == Told::Republishing(id));
    world.run_until(5 * MINUTE, |told| {
        *told == Told::Session("Resynchronized".into())
    });
    world.noise(b"\r\n+QMTPUB: 0,1,0\r\n");
    let (left, outcome) = left(&mut world);
    assert_eq!(left, id);
    assert!(matches!(outcome, Outcome::Acked(_)), "{outcome:?}");
    // The server never had it: the result was ours. So nothing came, not even once.
    world.settle(5 * MINUTE);
    assert_eq!(received(&mut world).len(), 0);
}

#[test]
fn a_message_in_doubt_is_over_if_it_shall_be() {
    let mut world = world(1024);
    let id = lose_in_flight(&mut world, IfUnknown::Drop);
    let (left, outcome) = left(&mut world);
    assert_eq!(left, id);
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    world.settle(5 * MINUTE);
    assert_eq!(world.client.outbox_len(), 0);
}

/// `Left` is the last word on a message; there is no ticket its owner could know.
#[test]
fn late_truth_about_what_has_left_is_for_logs_alone() {
    let mut world = world(1024);
    lose_in_flight(&mut world, IfUnknown::Drop);
    left(&mut world);
    world.run_until(5 * MINUTE, |told| *told == Told::Ready(LINK));
    let from = world.told.len();
    world.noise(b"\r\n+QMTPUB: 0,1,0\r\n");
    world.settle(Duration::from_secs(1));
    let [Told::Session(words)] = &world.told[from..] else {
        panic!("{:#?}", &world.told[from..]);
    };
    assert!(words.starts_with("Late"), "{words}");
}

#[test]
fn a_message_that_is_refused_is_tried_five_times() {
    let mut world = world(1024);
    connect(&mut world, LINK, "me");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    // Whatever the host says from now on is answered by us.
    world.cut = true;
    let id = enqueue(&mut world, LINK, b"x", IfUnknown::Republish);
    let (mut publishes, mut done) = (0, world.sent.len());
    for _ in 0..1000 {
        world.settle(Duration::from_millis(100));
        let said = String::from_utf8_lossy(&world.sent[done..]).into_owned();
        done = world.sent.len();
        if said.contains("AT+QMTPUB=") {
            publishes += 1;
            world.noise(b"\r\nERROR\r\n");
        } else if said.contains("AT+QMTCONN?") {
            world.noise(b"\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
        }
        if world.client.outbox_len() == 0 {
            break;
        }
    }
    assert_eq!(publishes, 5);
    let end = Told::Left(id, Outcome::Rejected(Rejection::Error));
    assert!(world.told.contains(&end), "{:?}", world.told);
}

/// What waits to be published again waits longer each time, up to the cap of all waits.
#[test]
fn a_module_that_cannot_send_and_says_so_at_once_is_not_pressed() {
    let mut world = world(1024);
    connect(&mut world, LINK, "me");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    world.settle(Duration::from_secs(1));
    // Whatever the host says from now on is answered by us.
    world.cut = true;
    enqueue(&mut world, LINK, b"x", IfUnknown::Republish);
    let (mut publishes, mut done) = (Vec::new(), world.sent.len());
    let mut message = String::new();
    for _ in 0..6_000 {
        world.settle(Duration::from_millis(100));
        let said = String::from_utf8_lossy(&world.sent[done..]).into_owned();
        done = world.sent.len();
        if let Some((_, rest)) = said.split_once("AT+QMTPUB=0,") {
            publishes.push(world.now());
            message = rest.split(',').next().unwrap().to_owned();
            world.noise(b"\r\n> ");
        } else if said.ends_with('x') {
            let result = format!("\r\nOK\r\n\r\n+QMTPUB: 0,{message},2\r\n");
            world.noise(result.as_bytes());
        }
    }
    assert!((6..=14).contains(&publishes.len()), "{publishes:?}");
    let last = publishes.windows(2).last().unwrap();
    let wait = last[1].saturating_since(last[0]);
    assert!(wait >= Duration::from_secs(60), "{publishes:?}");
    assert_eq!(world.client.outbox_len(), 1);
}

#[test]
fn a_refusal_by_a_module_that_has_lost_the_link_costs_no_message() {
    let mut world = world(1024);
    connect(&mut world, LINK, "me");
    world.run_until(MINUTE, |told| *told == Told::Ready(LINK));
    // Nobody hears that the link is lost.
    world.cut = true;
    world.drop_connection(LINK);
    world.settle(Duration::ZERO);
    world.cut = false;
    let id = enqueue(&mut world, LINK, b"x", IfUnknown::Drop);
    let (left, outcome) = left(&mut world);
    assert_eq!(left, id);
    assert!(matches!(outcome, Outcome::Acked(_)), "{outcome:?}");
    assert_eq!(received(&mut world), [b"x"]);
}

#[test]
fn five_links_share_one_outbox_and_none_waits_for_another() {
    let mut world = world(2048);
    for (link, name) in LinkId::ALL.into_iter().zip(["a", "b", "c", "d", "e"]) {
        // The first one is never connected.
        if link != LINK {
            connect(&mut world, link, name);
        }
    }
    for round in 0..4 {
        for link in LinkId::ALL {
            let payload = [b'0' + link.get(), b'0' + round];
            enqueue(&mut world, link, &payload, IfUnknown::Republish);
        }
    }
    world.settle(5 * MINUTE);
    assert_eq!(world.client.outbox_len(), 4);
    let received = received(&mut world);
    assert_eq!(received.len(), 16);
    for link in &LinkId::ALL[1..] {
        let digit = b'0' + link.get();
        let rounds: Vec<u8> = received
            .iter()
            .filter(|payload| payload[0] == digit)
            .map(|payload| payload[1])
            .collect();
        assert_eq!(rounds, b"0123", "in order on link {link}");
    }
}
