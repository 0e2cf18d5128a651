//! A serial device vanishes and comes back, as a USB port that is plugged out and in again: the
//! pseudo-terminal of the virtual module is removed and made again under the same name. The task
//! tells it, waits, and goes on by itself.
#![cfg(unix)]

use core::num::NonZeroU16;
use core::time::Duration;
use std::path::{Path, PathBuf};

use qmt_broker::{Config, Server};
use qmt_hal_tokio::session::ClientConfig;
use qmt_hal_tokio::session::proto::{LinkId, Qos};
use qmt_hal_tokio::{
    End, Event, Events, LineSpec, OwnedLinkConfig, OwnedPublish, TaskConfig, spawn_on,
};
use qmt_modem::runner::{Handle, HostMap, Pty, Runner};
use qmt_modem::{Modem, ModemConfig};
use tokio::time::timeout;

/// Longest time the whole may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
const LINK: LinkId = LinkId::ALL[0];

/// A folder for the name of the device, removed with all that is in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("qmt-reopening-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A module on a terminal of that name.
fn plug(device: &Path, server: &Server) -> Handle {
    let mut hosts = HostMap::default();
    let mapping = format!("*={}", server.local_addr());
    hosts.insert(mapping.parse().unwrap());
    Runner::new(Modem::booted(ModemConfig::new()))
        .hosts(hosts)
        .spawn(Pty::open().unwrap().publish(device).unwrap())
}

async fn event(events: &mut Events, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = events.next().await.expect("the event comes first");
        if wanted(&event) {
            return event;
        }
    }
}

fn publish(payload: &[u8]) -> OwnedPublish {
    OwnedPublish {
        topic: "echo".into(),
        payload: payload.into(),
        qos: Qos::AtLeastOnce,
        retain: false,
    }
}

async fn run() {
    let server = Server::listen("127.0.0.1:0", Config::default());
    let (server, folder) = (server.await.unwrap(), Folder::new());
    let device = folder.0.join("module");
    let mut client = ClientConfig::new();
    client.backoff = (Duration::from_millis(10), Duration::from_millis(50));
    let mut task = TaskConfig::default();
    task.reopen = (Duration::from_millis(10), Duration::from_millis(50));
    let line = LineSpec::Tty(device.clone());
    let (handle, mut events) = spawn_on(client, task, line, 115_200);
    event(&mut events, |e| matches!(e, Event::LineFailed { .. })).await;

    let mut modem = plug(&device, &server);
    let config = OwnedLinkConfig::new("b.example", NonZeroU16::MIN, "meter");
    handle.connect(LINK, config).await.unwrap();
    let granted = handle.subscribe(LINK, "echo", Qos::AtLeastOnce).await;
    granted.unwrap();
    for round in 0..3_u8 {
        // All bytes: among them the one that marks damage on a terminal.
        let payload: Vec<u8> = (0..=255).chain([round]).collect();
        let outcome = handle.publish(LINK, publish(&payload)).await.unwrap();
        assert!(outcome.is_success(), "{round}: {outcome}");
        let message = event(&mut events, |e| matches!(e, Event::Message(_))).await;
        let Event::Message(message) = message else {
            unreachable!()
        };
        assert_eq!(message.payload, payload);
        modem.shutdown().await.unwrap();
        assert!(!device.exists());
        event(&mut events, |e| matches!(e, Event::LineLost { .. })).await;
        event(&mut events, |e| matches!(e, Event::LineFailed { .. })).await;
        modem = plug(&device, &server);
        event(&mut events, |e| matches!(e, Event::LineOpened)).await;
    }
    event(&mut events, |e| matches!(e, Event::Ready { .. })).await;
    let end = handle.shutdown().await;
    assert!(matches!(end, End::Rested), "{end:?}");
    modem.shutdown().await.unwrap();
    server.close().await;
}

#[tokio::test]
async fn a_device_that_vanishes_and_comes_back_is_used_again() {
    timeout(PATIENCE, run()).await.expect("ends in time");
}
