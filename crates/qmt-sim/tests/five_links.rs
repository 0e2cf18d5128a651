//! Five links on one line, each with its own connection, publishing and receiving at once:
//! nothing is lost and nothing crosses over.

use core::time::Duration;
use std::collections::BTreeMap;

use qmt_mqtt::QoS;
use qmt_session::proto::{Filter, LinkId, Qos, Topic};
use qmt_sim::{Told, World, WorldConfig, link_config};

const ROUNDS: usize = 40;

#[test]
fn nothing_is_lost_or_crossed() {
    let mut config = WorldConfig::default();
    config.chunk = 16;
    let mut world = World::new(config);
    world.peer_subscribes("up/#", QoS::ExactlyOnce);
    for link in LinkId::ALL {
        let filter = format!("down/{link}");
        let filter = Filter::new(&filter).unwrap();
        world
            .client
            .subscribe(world.now(), link, filter, Qos::ExactlyOnce)
            .unwrap();
        let id = format!("client-{link}");
        world
            .client
            .connect(world.now(), link, &link_config(&id))
            .unwrap();
    }
    let minute = Duration::from_secs(60);
    for _ in LinkId::ALL {
        world.run_until(minute, |told| matches!(told, Told::Ready(_)));
    }

    let qos = |n: usize| [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce][n % 3];
    let mut tickets = BTreeMap::new();
    let mut sent = [0; LinkId::COUNT];
    while sent.iter().any(|n| *n < ROUNDS) {
        for link in LinkId::ALL {
            let n = sent[link.index()];
            if n == ROUNDS || !world.client.can_publish(link) {
                continue;
            }
            let topic = format!("up/{link}");
            let payload = format!("{link} says {n}\r\nOK\r\n");
            let (now, topic) = (world.now(), Topic::new(&topic).unwrap());
            let ticket = world
                .client
                .publish(now, link, qos(n), false, topic, payload.as_bytes())
                .unwrap();
            tickets.insert(format!("{ticket:?}"), link);
            sent[link.index()] += 1;
            let back = format!("for {link}: {n}\r\n+QMTPUB: {link},1,0\r\n");
            let level = QoS::from_number(qos(n).level()).unwrap();
            world.peer_publishes(&format!("down/{link}"), back.as_bytes(), level, false);
        }
        world.settle(Duration::from_millis(1));
    }
    world.settle(minute);

    let mut received = BTreeMap::<LinkId, Vec<String>>::new();
    let mut published = 0;
    for told in &world.told {
        match told {
            Told::Message {
                link,
                topic,
                payload,
                exact,
            } => {
                assert!(exact);
                assert_eq!(*topic, format!("down/{link}").into_bytes());
                let text = String::from_utf8(payload.clone()).unwrap();
                received.entry(*link).or_default().push(text);
            }
            Told::Published(ticket, outcome) => {
                assert!(outcome.is_success(), "{outcome:?}");
                assert!(tickets.remove(&format!("{ticket:?}")).is_some());
                published += 1;
            }
            Told::Down(..) | Told::Late(..) => panic!("{told:?}"),
            _ => {}
        }
    }
    assert_eq!((published, tickets.len()), (5 * ROUNDS, 0));
    let all_heard = world.peer_received();
    assert_eq!(all_heard.len(), 5 * ROUNDS);
    for link in LinkId::ALL {
        let expected: Vec<String> = (0..ROUNDS)
            .map(|n| format!("for {link}: {n}\r\n+QMTPUB: {link},1,0\r\n"))
            .collect();
        assert_eq!(received[&link], expected);
        let heard: Vec<_> = (0..ROUNDS)
            .map(|n| {
                (
                    format!("up/{link}"),
                    format!("{link} says {n}\r\nOK\r\n").into_bytes(),
                )
            })
            .collect();
        let of_link: Vec<_> = all_heard
            .iter()
            .filter(|(topic, _)| *topic == format!("up/{link}"))
            .cloned()
            .collect();
        assert_eq!(of_link, heard);
    }
}
