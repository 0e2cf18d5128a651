//! A task that opens its line itself, when the line comes and goes.

use super::*;
use crate::{OpenError, spawn_with};

/// A task, and a port into which a module is plugged now and then.
struct Port {
    handle: Handle,
    events: Events,
    /// The line of a module that has been plugged in and not been opened yet.
    plugged: Arc<std::sync::Mutex<Option<DuplexStream>>>,
}

/// A module that can be unplugged.
struct Plug {
    module: JoinHandle<()>,
    script: Shared,
}

impl Port {
    fn new() -> Self {
        let plugged = Arc::new(std::sync::Mutex::new(None));
        let socket = Arc::clone(&plugged);
        let open = move || {
            let line = socket.lock().unwrap().take();
            core::future::ready(line.ok_or(OpenError::NoSuchDevice))
        };
        let (handle, events) = spawn_with(ClientConfig::new(), TaskConfig::default(), open);
        Self {
            handle,
            events,
            plugged,
        }
    }

    fn plug(&self, script: Script) -> Plug {
        let (host, line) = duplex(4_096);
        let script = Arc::new(std::sync::Mutex::new(script));
        let module = tokio::spawn(play(line, Arc::clone(&script)));
        *self.plugged.lock().unwrap() = Some(host);
        Plug { module, script }
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

#[tokio::test(start_paused = true)]
async fn what_waits_goes_out_when_the_line_is_back_and_what_was_sent_is_in_doubt() {
    let mut port = Port::new();
    let slow = Script {
        delay: Duration::from_secs(3_600),
        ..Script::default()
    };
    let plug = port.plug(slow);
    port.handle.connect(LINK, config()).await.unwrap();
    let granted = port.handle.subscribe(LINK, "t", Qos::AtLeastOnce).await;
    assert!(granted.is_ok());
    let handle = port.handle.clone();
    let sent = handle.publish(LINK, message("sent"));
    let waiting = handle.publish(LINK, message("waiting"));
    let unplugged = async {
        time::sleep(Duration::from_secs(1)).await;
        plug.module.abort();
        port.event(|event| matches!(event, Event::LineLost { .. }))
            .await;
        time::sleep(Duration::from_secs(600)).await;
        port.plug(Script::default())
    };
    let (sent, waiting, plug) = tokio::join!(sent, waiting, unplugged);
    assert_eq!(sent.unwrap(), Outcome::Unknown(Doubt::Aborted));
    assert!(waiting.unwrap().is_success());
    {
        let script = plug.script.lock().unwrap();
        assert_eq!(script.published, [(0, b"waiting".to_vec())]);
        assert!(script.commands.iter().any(|c| c.starts_with("AT+QMTSUB=")));
    }
    assert!(matches!(port.handle.shutdown().await, End::Rested));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_not_there_is_told_each_time_and_tried_less_and_less() {
    let mut port = Port::new();
    for wait in [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
        let Some(Event::LineFailed { error, retry_in }) = port.events.next().await else {
            panic!("something else");
        };
        assert!(matches!(*error, OpenError::NoSuchDevice));
        assert_eq!(retry_in, Duration::from_millis(wait));
    }
    let _plug = port.plug(Script::default());
    let opened = port.events.next().await;
    assert!(matches!(opened, Some(Event::LineOpened)), "{opened:?}");
    port.handle.connect(LINK, config()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn wishes_made_while_the_line_is_away_are_fulfilled_when_it_is_back() {
    let mut port = Port::new();
    let handle = port.handle.clone();
    let connect = handle.connect(LINK, config());
    let subscribe = handle.subscribe(LINK, "t", Qos::AtLeastOnce);
    let publish = handle.publish(LINK, message("x"));
    let plugged = async {
        time::sleep(Duration::from_secs(600)).await;
        port.plug(Script::default())
    };
    let (connect, subscribe, publish, _plug) = tokio::join!(connect, subscribe, publish, plugged);
    connect.unwrap();
    assert_eq!(subscribe.unwrap(), Granted(1));
    assert!(publish.unwrap().is_success());
    let idle = handle.publish(LinkId::ALL[3], message("x")).await;
    assert!(matches!(idle, Err(PublishError::NotConnected)));
    port.event(|event| matches!(event, Event::Ready { .. }))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_a_line_that_is_away() {
    let port = Port::new();
    let handle = port.handle.clone();
    let publish = handle.publish(LINK, message("x"));
    let connect = handle.connect(LINK, config());
    let shutdown = async {
        time::sleep(Duration::from_secs(60)).await;
        let began = time::Instant::now();
        let end = port.handle.shutdown().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        end
    };
    let (connect, publish, end) = tokio::join!(connect, publish, shutdown);
    assert!(matches!(end, End::TimedOut), "{end:?}");
    assert!(matches!(connect, Err(LinkError::Ended(_))), "{connect:?}");
    assert!(publish.is_err(), "{publish:?}");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_lost_in_every_state_comes_back() {
    // Lost after each number of commands, so in every step of bringing up and connecting.
    for commands in 1.. {
        let mut port = Port::new();
        let plug = port.plug(Script::default());
        let handle = port.handle.clone();
        let connecting = tokio::spawn(async move { handle.connect(LINK, config()).await });
        while plug.script.lock().unwrap().commands.len() < commands && !connecting.is_finished() {
            time::advance(Duration::from_millis(1)).await;
        }
        let was_connected = connecting.is_finished();
        plug.module.abort();
        let lost = port.event(|event| matches!(event, Event::LineLost { .. }));
        let lost = timeout(Duration::from_secs(1), lost).await;
        assert!(lost.is_ok(), "{commands}");
        let plug = port.plug(Script::default());
        let within = Duration::from_secs(30);
        let outcome = timeout(within, port.handle.publish(LINK, message("x"))).await;
        let outcome = outcome.expect("in time").unwrap();
        assert!(outcome.is_success(), "{commands}: {outcome}");
        connecting.await.unwrap().unwrap();
        assert_eq!(plug.script.lock().unwrap().published.len(), 1);
        if was_connected {
            assert!(commands > 20, "{commands}");
            return;
        }
    }
}
