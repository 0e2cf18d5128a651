//! Payloads in envelopes: what comes is whole and new, or it is told why not.

use core::net::SocketAddr;
use core::num::NonZeroU16;
use core::time::Duration;

use qmt_broker::{Config, Server};
use qmt_hal_tokio::session::envelope::{Envelope, Novelty, OVERHEAD, OpenError};
use qmt_hal_tokio::session::proto::{LinkId, Qos, limits};
use qmt_hal_tokio::session::{ClientConfig, IfUnknown, SubmitError};
use qmt_hal_tokio::{
    Envelopes, Event, Events, Handle, Log, OwnedLinkConfig, OwnedPublish, PublishError, TaskConfig,
};
use qmt_modem::runner::{HostMap, Runner};
use qmt_modem::{Modem, ModemConfig};
use tokio::time::timeout;

const LINK: LinkId = LinkId::ALL[0];
/// Longest time a step may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host with a module of its own.
struct Host {
    handle: Handle,
    events: Events,
    _modem: qmt_modem::runner::Handle,
}

/// Connected to the broker at `address` as `name`.
async fn host(address: SocketAddr, name: &str, envelopes: Option<Envelopes>) -> Host {
    let mut hosts = HostMap::default();
    hosts.insert(format!("*={address}").parse().unwrap());
    let (line, modem) = Runner::new(Modem::booted(ModemConfig::new()))
        .hosts(hosts)
        .spawn_in_process();
    let mut task = TaskConfig::default();
    task.envelopes = envelopes;
    let (handle, events) = qmt_hal_tokio::spawn(ClientConfig::new(), task, line);
    let config = OwnedLinkConfig::new("b.example", NonZeroU16::MIN, name);
    handle.connect(LINK, config).await.unwrap();
    Host {
        handle,
        events,
        _modem: modem,
    }
}

async fn publish(host: &Host, payload: &[u8]) {
    let publish = OwnedPublish::new("readings", payload, Qos::AtLeastOnce);
    assert!(
        host.handle
            .publish(LINK, publish)
            .await
            .unwrap()
            .is_success()
    );
}

/// What becomes of the next message, in words.
async fn told(host: &mut Host) -> String {
    loop {
        let event = timeout(PATIENCE, host.events.next())
            .await
            .expect("in time");
        match event.expect("the task runs") {
            Event::Message(message) => {
                let key = message.key.expect("an envelope");
                let payload = message.payload.escape_ascii();
                let old = if key.novelty == Novelty::Old {
                    "old "
                } else {
                    ""
                };
                return format!("{old}{payload} {} of {}", key.sequence, key.source);
            }
            Event::Log(Log::Duplicate(message)) => {
                return format!("again {}", message.payload.escape_ascii());
            }
            Event::Unopened { message, error } => {
                let what = match error {
                    OpenError::Damaged => "damaged",
                    _ => "plain",
                };
                return format!("{what}, {} bytes", message.payload.len());
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn what_comes_in_envelopes_is_whole_and_new_or_told_apart() {
    let server = Server::listen("127.0.0.1:0", Config::default());
    let server = server.await.unwrap();
    let address = server.local_addr();
    let mut receiver = host(address, "receiver", Some(Envelopes::new(1, 1))).await;
    receiver
        .handle
        .subscribe(LINK, "readings", Qos::AtLeastOnce)
        .await
        .unwrap();

    let sender = host(address, "sender", Some(Envelopes::new(7, 100))).await;
    publish(&sender, b"21.5").await;
    assert_eq!(told(&mut receiver).await, "21.5 100 of 7");
    publish(&sender, b"21.5").await;
    assert_eq!(told(&mut receiver).await, "21.5 101 of 7");

    let enqueued = OwnedPublish::new("readings", b"21.6", Qos::AtLeastOnce);
    let if_unknown = IfUnknown::Republish;
    let enqueued = sender.handle.enqueue(LINK, enqueued, if_unknown).await;
    enqueued.unwrap();
    assert_eq!(told(&mut receiver).await, "21.6 102 of 7");

    // Without envelopes: what a line, or a republication, makes of one.
    let raw = host(address, "raw", None).await;
    let mut out = [0; 64];
    let envelope = Envelope {
        source: 7,
        sequence: 101,
        payload: b"21.5",
    };
    let sealed = envelope.seal("readings", &mut out).unwrap().to_vec();
    publish(&raw, &sealed).await;
    assert_eq!(told(&mut receiver).await, "again 21.5");
    for at in 1..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        publish(&raw, &damaged).await;
        assert_eq!(told(&mut receiver).await, "damaged, 17 bytes", "byte {at}");
    }
    publish(&raw, b"21.5").await;
    assert_eq!(told(&mut receiver).await, "plain, 4 bytes");
    server.close().await;
}

#[tokio::test]
async fn an_envelope_takes_its_part_of_the_longest_payload() {
    let server = Server::listen("127.0.0.1:0", Config::default());
    let server = server.await.unwrap();
    let sender = host(server.local_addr(), "sender", Some(Envelopes::new(7, 100))).await;
    publish(&sender, &[b'x'; limits::PAYLOAD - OVERHEAD]).await;
    let payload = [b'x'; limits::PAYLOAD - OVERHEAD + 1];
    let too_long = OwnedPublish::new("readings", payload, Qos::AtLeastOnce);
    let refused = sender.handle.publish(LINK, too_long).await;
    let len = limits::PAYLOAD + 1;
    assert!(
        matches!(refused, Err(PublishError::Submit(SubmitError::PayloadTooLong { len: l })) if l == len),
        "{refused:?}"
    );
    server.close().await;
}
