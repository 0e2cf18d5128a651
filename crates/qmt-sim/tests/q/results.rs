//! Results belong to what they answer.

use core::time::Duration;

use qmt_session::{Doubt, Outcome};

use super::*;

/// Lines that no publish in flight may take for its result.
const OF_OTHERS: [&[u8]; 5] = [
    b"\r\n+QMTPUB: 1,1,0\r\n",
    b"\r\n+QMTPUB: 0,777,0\r\n",
    b"\r\n+QMTSUB: 0,1,0,1\r\n",
    b"\r\n+QMTUNS: 0,1,0\r\n",
    b"\r\nOK\r\n",
];

#[test]
fn q08_no_publish_takes_the_result_of_another() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        world.network.lost[LINK.index()] = true;
        let ticket = publish(world, LINK, b"unanswered");
        world.settle(Duration::from_secs(2));
        for line in OF_OTHERS {
            world.noise(line);
        }
        world.settle(Duration::from_millis(100));
        let early = world
            .told
            .iter()
            .find(|told| matches!(told, Told::Published(..)));
        assert_eq!(early, None, "{set}");
        let end = end_of(world, ticket);
        assert!(matches!(end, Outcome::Unknown(_)), "{set}: {end:?}");
    });
}

#[test]
fn q09_a_result_that_comes_again_ends_nothing() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        let ticket = publish(world, LINK, b"once");
        assert!(end_of(world, ticket).is_success(), "{set}");
        let from = world.told.len();
        for _ in 0..3 {
            world.noise(b"\r\n+QMTPUB: 0,1,0\r\n");
            world.noise(b"\r\n+QMTPUB: 0,1,2\r\n");
        }
        world.settle(Duration::from_millis(100));
        let ends = |told: &&Told| matches!(told, Told::Published(..) | Told::Late(..));
        assert_eq!(world.told[from..].iter().find(ends), None, "{set}");
        let next = publish(world, LINK, b"the next one");
        assert!(end_of(world, next).is_success(), "{set}");
        world.oracle.assert_kept();
    });
}

#[test]
fn q06_a_packet_that_could_not_be_sent_may_have_been_sent() {
    each_module(|set, world| {
        connect(world, &[LINK]);
        world.network.lost[LINK.index()] = true;
        let ticket = publish(world, LINK, b"in doubt");
        world.settle(Duration::from_secs(2));
        world.noise(b"\r\n+QMTPUB: 0,1,2\r\n");
        world.settle(Duration::from_millis(100));
        let end = end_of(world, ticket);
        assert!(matches!(end, Outcome::Unknown(_)), "{set}: {end:?}");
        assert_ne!(end, Outcome::Unknown(Doubt::Aborted), "{set}");
    });
}

#[test]
fn q25_messages_of_a_topic_arrive_in_order() {
    each_module(|set, world| {
        world.peer_subscribes("up", qmt_mqtt::QoS::AtLeastOnce);
        connect(world, &[LINK]);
        for n in 0..10_u8 {
            let ticket = publish(world, LINK, &[b'0' + n]);
            assert!(end_of(world, ticket).is_success(), "{set}");
        }
        world.settle(Duration::from_secs(5));
        let received: Vec<u8> = world
            .peer_received()
            .into_iter()
            .flat_map(|(_, payload)| payload)
            .collect();
        assert_eq!(received, b"0123456789", "{set}");
    });
}

#[test]
fn q24_exactly_once_is_once_with_every_module() {
    each_module(|set, world| {
        world.peer_subscribes("up", qmt_mqtt::QoS::ExactlyOnce);
        connect(world, &[LINK]);
        let topic = Topic::new("up").unwrap();
        let sent = [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()];
        for payload in &sent {
            world.run_while(MINUTE, |world| !world.client.can_publish(LINK));
            let ticket = world.publish(LINK, Qos::ExactlyOnce, topic, payload);
            assert!(end_of(world, ticket.unwrap()).is_success(), "{set}");
        }
        world.settle(MINUTE);
        let received = world.peer_received().into_iter();
        let received: Vec<_> = received.map(|(_, payload)| payload).collect();
        assert_eq!(received, sent, "{set}");
    });
}
