//! Five links of the virtual module, each with a connection of its own to a real broker over TCP:
//! what is published on one comes back on it byte for byte, whatever the size of the reads.

use core::num::NonZeroU16;
use core::time::Duration;

use qmt_broker::{Config, Server};
use qmt_hal_tokio::session::ClientConfig;
use qmt_hal_tokio::session::proto::{LinkId, Qos};
use qmt_hal_tokio::{End, Event, Events, OwnedLinkConfig, OwnedMessage, OwnedPublish, TaskConfig};
use qmt_modem::runner::{HostMap, Runner};
use qmt_modem::{Modem, ModemConfig};
use tokio::time::timeout;

/// Longest time a step may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

#[tokio::test]
async fn five_links_carry_all_bytes_with_reads_of_any_size() {
    for chunk in [1, 2, 3, 7, 64] {
        timeout(PATIENCE, run(chunk)).await.expect("ends in time");
    }
}

async fn run(chunk: usize) {
    let server = Server::listen("127.0.0.1:0", Config::default())
        .await
        .unwrap();
    let mut hosts = HostMap::default();
    let mapping = format!("*={}", server.local_addr());
    hosts.insert(mapping.parse().unwrap());
    let (line, modem) = Runner::new(Modem::booted(ModemConfig::new()))
        .hosts(hosts)
        .spawn_in_process();
    let mut task = TaskConfig::default();
    task.read_chunk = chunk;
    let (module, mut events) = qmt_hal_tokio::spawn(ClientConfig::new(), task, line);
    for link in LinkId::ALL {
        let config = OwnedLinkConfig::new("b.example", NonZeroU16::MIN, format!("client-{link}"));
        module.connect(link, config).await.unwrap();
        let filter = format!("echo/{link}");
        module
            .subscribe(link, filter, Qos::ExactlyOnce)
            .await
            .unwrap();
    }
    let mut publishing = tokio::task::JoinSet::new();
    for link in LinkId::ALL {
        let module = module.clone();
        publishing.spawn(async move {
            for (qos, payload) in QOS.into_iter().zip(payloads(link)) {
                let publish = OwnedPublish {
                    topic: format!("echo/{link}"),
                    payload,
                    qos,
                    retain: false,
                };
                let outcome = module.publish(link, publish).await.unwrap();
                assert!(outcome.is_success(), "{outcome}");
            }
        });
    }
    let mut received: [Vec<OwnedMessage>; LinkId::COUNT] = Default::default();
    while received.iter().any(|messages| messages.len() < QOS.len()) {
        let message = next_message(&mut events).await;
        received[message.link.index()].push(message);
    }
    while let Some(done) = publishing.join_next().await {
        done.unwrap();
    }
    for link in LinkId::ALL {
        let messages = &received[link.index()];
        for (message, payload) in messages.iter().zip(payloads(link)) {
            assert_eq!(message.topic, format!("echo/{link}").as_bytes());
            assert!(message.exact && message.payload == payload);
        }
    }
    let end = module.shutdown().await;
    assert!(matches!(end, End::Rested), "{end:?}");
    modem.shutdown().await.unwrap();
    server.close().await;
}

/// Different on each link: all bytes, what looks like the end of everything, as much as fits.
fn payloads(link: LinkId) -> [Vec<u8>; 3] {
    let all = (0..=255).map(|byte: u8| byte.wrapping_add(link.get()));
    let forged = format!("\"\r\nOK\r\n+QMTRECV: {link},0,\"echo/{link}\",1,\"x\"\r\n> ");
    [all.collect(), forged.into_bytes(), vec![link.get(); 1_460]]
}

async fn next_message(events: &mut Events) -> OwnedMessage {
    loop {
        match events.next().await {
            Some(Event::Message(message)) => return message,
            Some(Event::Lagged { .. }) | None => panic!("a message is missing"),
            Some(_) => {}
        }
    }
}
