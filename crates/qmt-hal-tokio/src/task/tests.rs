//! The task against a scripted module.

use core::num::NonZeroU16;
use core::time::Duration;
use std::sync::Arc;

use qmt_session::proto::TextErrorKind;
use qmt_session::{ConnectError, Doubt, SubmitError};
use tokio::io::{DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::{Events, Handle, spawn};

mod cancel;
mod module;
mod outbox;
mod reopen;

use module::{Script, Shared, play};

/// A task, its events, its module, and what was scripted.
struct Rig {
    handle: Handle,
    events: Events,
    module: JoinHandle<()>,
    script: Shared,
}

const LINK: LinkId = LinkId::ALL[0];

impl Rig {
    fn new() -> Self {
        Self::with(TaskConfig::default())
    }

    fn with(config: TaskConfig) -> Self {
        Self::on(config, duplex(4_096))
    }

    fn on(config: TaskConfig, (host, line): (DuplexStream, DuplexStream)) -> Self {
        let script = Arc::new(std::sync::Mutex::new(Script::default()));
        let module = tokio::spawn(play(line, Arc::clone(&script)));
        let (handle, events) = spawn(ClientConfig::new(), config, host);
        Self {
            handle,
            events,
            module,
            script,
        }
    }

    async fn connected() -> Self {
        let rig = Self::new();
        rig.handle.connect(LINK, config()).await.unwrap();
        rig
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    async fn event(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.events.next().await.expect("the event comes first");
            if wanted(&event) {
                return event;
            }
        }
    }
}

fn config() -> OwnedLinkConfig {
    OwnedLinkConfig::new("broker.example", NonZeroU16::MIN, "id")
}

fn message(payload: impl Into<Vec<u8>>) -> OwnedPublish {
    OwnedPublish {
        topic: "t".into(),
        payload: payload.into(),
        qos: Qos::AtLeastOnce,
        retain: false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_from_connect_to_rest() {
    let mut rig = Rig::connected().await;
    let granted = rig.handle.subscribe(LINK, "t", Qos::AtLeastOnce).await;
    assert_eq!(granted.unwrap(), Granted(1));
    let refused = rig.handle.subscribe(LINK, "refused", Qos::AtMostOnce).await;
    assert!(matches!(refused, Err(SubscriptionError::Refused)));
    rig.script().say = b"\r\n+QMTRECV: 0,7,\"t\",4,\"\r\nOK\"\r\n".to_vec();
    let outcome = rig.handle.publish(LINK, message("hello")).await.unwrap();
    assert!(outcome.is_success(), "{outcome}");
    assert_eq!(rig.script().published, [(0, b"hello".to_vec())]);
    let event = rig.event(|event| matches!(event, Event::Message(_))).await;
    let Event::Message(received) = event else {
        unreachable!()
    };
    assert_eq!(
        (received.msg_id, &received.payload[..]),
        (7, &b"\r\nOK"[..])
    );
    rig.handle.unsubscribe(LINK, "t").await.unwrap();
    rig.handle.unsubscribe(LINK, "t").await.unwrap();
    rig.handle.unsubscribe(LINK, "never").await.unwrap();
    rig.handle.disconnect(LINK).await.unwrap();
    rig.handle.disconnect(LINK).await.unwrap();
    assert!(matches!(rig.handle.shutdown().await, End::Rested));
    assert_eq!(rig.script().commands.last().unwrap(), "AT+QSCLK=1");
    let ended = rig.event(|event| matches!(event, Event::Ended(_))).await;
    assert!(matches!(ended, Event::Ended(End::Rested)));
    assert!(rig.events.next().await.is_none());
    let late = rig.handle.publish(LINK, message("late")).await;
    assert!(matches!(late, Err(PublishError::Ended(End::Rested))));
    // The line has been closed before anybody was told.
    rig.module.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn wrong_wishes_are_refused_before_a_byte_is_sent() {
    let rig = Rig::connected().await;
    let before = rig.script().commands.len();
    let long = rig.handle.publish(LINK, message([0; 1_461])).await;
    assert!(matches!(
        long,
        Err(PublishError::Submit(SubmitError::PayloadTooLong {
            len: 1_461
        }))
    ));
    let mut wild = message("x");
    wild.topic = "a/#".into();
    let Err(PublishError::Topic(error)) = rig.handle.publish(LINK, wild).await else {
        panic!("taken");
    };
    assert_eq!(error.kind, TextErrorKind::Wildcard);
    let mut quoted = config();
    quoted.client_id = "a\"b".into();
    let refused = rig.handle.connect(LinkId::ALL[1], quoted).await;
    assert!(matches!(refused, Err(LinkError::Config(_))));
    let filter = rig.handle.subscribe(LINK, "a\"", Qos::AtMostOnce).await;
    assert!(matches!(filter, Err(SubscriptionError::Filter(_))));
    let idle = rig.handle.publish(LinkId::ALL[3], message("x")).await;
    assert!(matches!(idle, Err(PublishError::NotConnected)));
    assert_eq!(rig.script().commands.len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_resolves_and_what_waits_for_it_too() {
    let rig = Rig::new();
    let refused = "\r\nOK\r\n\r\n+QMTCONN: 0,0,4\r\n";
    let command = "AT+QMTCONN=0,\"id\"";
    rig.script().overrides.insert(command, refused);
    let connect = rig.handle.connect(LINK, config());
    let publish = rig.handle.publish(LINK, message("x"));
    let subscribe = rig.handle.subscribe(LINK, "t", Qos::AtMostOnce);
    let (connect, publish, subscribe) = tokio::join!(connect, publish, subscribe);
    let refused = matches!(connect, Err(LinkError::Down(ConnectError::Refused(_))));
    assert!(refused, "{connect:?}");
    assert!(matches!(publish, Err(PublishError::NotConnected)));
    assert!(matches!(subscribe, Err(SubscriptionError::Down(_))));
}

#[tokio::test(start_paused = true)]
async fn five_links_take_turns_and_each_keeps_its_order() {
    let rig = Rig::new();
    for link in LinkId::ALL {
        rig.handle.connect(link, config()).await.unwrap();
    }
    rig.script().delay = Duration::from_secs(1);
    let mut publishes = tokio::task::JoinSet::new();
    // Link after link, far more than the queues hold.
    for link in LinkId::ALL {
        for number in 0..40_u8 {
            let handle = rig.handle.clone();
            publishes.spawn(async move { handle.publish(link, message([number])).await });
        }
    }
    let began = time::Instant::now();
    while let Some(outcome) = publishes.join_next().await {
        assert!(outcome.unwrap().unwrap().is_success());
    }
    // One at a time on each link, all links at once.
    assert!(began.elapsed() < Duration::from_secs(42), "{began:?}");
    let script = rig.script();
    for (round, five) in script.published.chunks(5).enumerate() {
        let mut links: Vec<u8> = five.iter().map(|(link, _)| *link).collect();
        links.sort_unstable();
        assert_eq!(links, [0, 1, 2, 3, 4], "round {round}");
        let number = u8::try_from(round).unwrap();
        assert!(five.iter().all(|(_, payload)| payload[..] == [number]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_publish_given_up_before_its_turn_never_goes_out() {
    let rig = Rig::connected().await;
    rig.script().delay = Duration::from_secs(1);
    let first = rig.handle.publish(LINK, message("first"));
    let short = Duration::from_millis(100);
    let second = timeout(short, rig.handle.publish(LINK, message("second")));
    let (first, second) = tokio::join!(first, second);
    assert!(first.unwrap().is_success() && second.is_err());
    rig.handle.publish(LINK, message("third")).await.unwrap();
    let payloads: Vec<Vec<u8>> = rig.script().published.drain(..).map(|p| p.1).collect();
    assert_eq!(payloads, [b"first".to_vec(), b"third".to_vec()]);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_vanishes_leaves_nobody_waiting() {
    let mut rig = Rig::connected().await;
    rig.script().delay = Duration::from_secs(3_600);
    let sent = rig.handle.publish(LINK, message("sent"));
    let queued = rig.handle.publish(LINK, message("queued"));
    let subscribe = async {
        time::sleep(Duration::from_secs(1)).await;
        rig.module.abort();
        rig.handle.subscribe(LINK, "t", Qos::AtMostOnce).await
    };
    let (sent, queued, subscribe) = tokio::join!(sent, queued, subscribe);
    // What has gone out is in doubt, and nothing else is.
    assert_eq!(sent.unwrap(), Outcome::Unknown(Doubt::Aborted));
    assert!(matches!(queued, Err(PublishError::Ended(End::Line(_)))));
    let gone = matches!(subscribe, Err(SubscriptionError::Ended(End::Line(_))));
    assert!(gone, "{subscribe:?}");
    let ended = rig.event(|event| matches!(event, Event::Ended(_))).await;
    let closed = matches!(&ended, Event::Ended(End::Line(e)) if matches!(**e, DriveError::Closed));
    assert!(closed, "{ended:?}");
    assert!(rig.handle.has_ended());
}

#[tokio::test(start_paused = true)]
async fn a_module_that_was_reset_is_set_up_again_at_once() {
    let mut rig = Rig::connected().await;
    rig.event(|event| matches!(event, Event::Ready { .. }))
        .await;
    let began = time::Instant::now();
    rig.handle.module_reset().await.unwrap();
    rig.event(|event| matches!(event, Event::ModuleRestarted))
        .await;
    rig.event(|event| matches!(event, Event::Ready { .. }))
        .await;
    assert!(began.elapsed() < Duration::from_secs(10), "{began:?}");
    let opened = |command: &&String| command.starts_with("AT+QMTOPEN=");
    assert_eq!(rig.script().commands.iter().filter(opened).count(), 2);
    rig.handle.shutdown().await;
    assert!(rig.handle.module_reset().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn without_handles_the_task_shuts_down_by_itself() {
    let mut rig = Rig::connected().await;
    drop(rig.handle.clone());
    let Rig { handle, script, .. } = rig;
    drop(handle);
    loop {
        match rig.events.next().await {
            Some(Event::Ended(End::Rested)) => break,
            Some(_) => {}
            None => panic!("no end"),
        }
    }
    assert_eq!(
        script.lock().unwrap().commands.last().unwrap(),
        "AT+QSCLK=1"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_module_is_told_and_does_not_hold_up_the_end() {
    let (host, _line) = duplex(4_096);
    let (handle, mut events) = spawn(ClientConfig::new(), TaskConfig::default(), host);
    let connecting = {
        let handle = handle.clone();
        tokio::spawn(async move { handle.connect(LINK, config()).await })
    };
    loop {
        if let Event::ModuleFailed(error) = events.next().await.unwrap() {
            assert_eq!(error, qmt_session::ClientError::Silent);
            break;
        }
    }
    let end = timeout(Duration::from_secs(1), handle.shutdown()).await;
    assert!(matches!(end, Ok(End::TimedOut)), "{end:?}");
    let answer = connecting.await.unwrap();
    assert!(answer.is_err(), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wish_after_long_idleness_is_not_late_already() {
    let rig = Rig::connected().await;
    time::sleep(Duration::from_secs(7_200)).await;
    let granted = rig.handle.subscribe(LINK, "t", Qos::AtMostOnce).await;
    assert!(granted.is_ok(), "{granted:?}");
}

#[tokio::test(start_paused = true)]
async fn reads_of_any_size_give_the_same_commands() {
    let mut seen: Option<Vec<String>> = None;
    for chunk in [1, 2, 3, 7, 64] {
        let task = TaskConfig {
            read_chunk: chunk,
            ..TaskConfig::default()
        };
        let rig = Rig::with(task);
        rig.handle.connect(LINK, config()).await.unwrap();
        let all: Vec<u8> = (0..=255).collect();
        rig.handle.publish(LINK, message(all)).await.unwrap();
        rig.handle.shutdown().await;
        let commands = rig.script().commands.clone();
        assert_eq!(*seen.get_or_insert_with(|| commands.clone()), commands);
    }
}
