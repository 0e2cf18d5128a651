//! Q36: the future of every wish is dropped after each number of polls until it is ready. Whatever
//! became of it, the next wish works, and nothing is sent twice.

use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};

use super::*;

/// Time between two polls, and what bytes take on a slow line.
const STEP: Duration = Duration::from_millis(1);

/// More polls than any wish needs.
const POLLS: usize = 2_000;

/// Polls a wish so many times and drops it. Whether it was ready.
async fn drop_after(polls: usize, wish: impl Future) -> bool {
    let mut wish = pin!(wish);
    for _ in 0..polls {
        let mut cx = Context::from_waker(Waker::noop());
        if wish.as_mut().poll(&mut cx).is_ready() {
            return true;
        }
        time::advance(STEP).await;
    }
    false
}

/// A task on a line of which so many bytes are under way at a time. Fast until it is told to be
/// slow.
fn new_rig(room: usize) -> (Rig, Arc<AtomicBool>) {
    let (host, near) = duplex(room);
    let (far, line) = duplex(room);
    let slow = Arc::new(AtomicBool::new(false));
    let ((from_host, to_host), (from_module, to_module)) = (split(near), split(far));
    for (from, to) in [(from_host, to_module), (from_module, to_host)] {
        tokio::spawn(trickle(from, to, Arc::clone(&slow)));
    }
    (Rig::on(TaskConfig::default(), (host, line)), slow)
}

async fn trickle(
    mut from: ReadHalf<DuplexStream>,
    mut to: WriteHalf<DuplexStream>,
    slow: Arc<AtomicBool>,
) {
    let mut bytes = [0; 256];
    while let Ok(len @ 1..) = from.read(&mut bytes).await {
        if slow.load(Ordering::Relaxed) {
            time::sleep(STEP).await;
        }
        if to.write_all(&bytes[..len]).await.is_err() {
            return;
        }
    }
}

/// A task with a link, on a line that is slow from now on.
async fn new_connected() -> Rig {
    let (rig, slow) = new_rig(4);
    rig.handle.connect(LINK, config()).await.unwrap();
    slow.store(true, Ordering::Relaxed);
    rig
}

/// Runs `case` with every number of polls until it says that the wish was ready.
async fn at_every_await<F: Future<Output = bool>>(case: impl Fn(usize) -> F) {
    for polls in 0..POLLS {
        if case(polls).await {
            assert!(polls > 20, "it waits nowhere: {polls}");
            return;
        }
    }
    panic!("it never ends");
}

#[tokio::test(start_paused = true)]
async fn a_publish_dropped_anywhere_goes_out_once_or_never_and_the_next_one_goes_out() {
    at_every_await(|polls| async move {
        let rig = new_connected().await;
        let ready = drop_after(polls, rig.handle.publish(LINK, message("first"))).await;
        let outcome = rig.handle.publish(LINK, message("second")).await.unwrap();
        assert!(outcome.is_success(), "{polls}: {outcome}");
        let published = rig.script().published.clone();
        let payloads: Vec<&[u8]> = published.iter().map(|(_, payload)| &payload[..]).collect();
        match &payloads[..] {
            [b"first", b"second"] => {}
            [b"second"] => assert!(!ready, "{polls}"),
            other => panic!("{polls}: {other:?}"),
        }
        ready
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connect_dropped_anywhere_leaves_a_link_that_can_be_used() {
    at_every_await(|polls| async move {
        let (rig, slow) = new_rig(256);
        slow.store(true, Ordering::Relaxed);
        let ready = drop_after(polls, rig.handle.connect(LINK, config())).await;
        slow.store(false, Ordering::Relaxed);
        if polls == 0 {
            rig.handle.connect(LINK, config()).await.unwrap();
        }
        let outcome = rig.handle.publish(LINK, message("x")).await.unwrap();
        assert!(outcome.is_success(), "{polls}: {outcome}");
        ready
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn subscriptions_dropped_anywhere_stand_and_can_be_ended() {
    at_every_await(|polls| async move {
        let rig = new_connected().await;
        let mut ready = drop_after(polls, rig.handle.subscribe(LINK, "t", Qos::AtLeastOnce)).await;
        let granted = rig.handle.subscribe(LINK, "t", Qos::AtLeastOnce).await;
        assert_eq!(granted.unwrap(), Granted(1), "{polls}");
        ready &= drop_after(polls, rig.handle.unsubscribe(LINK, "t")).await;
        rig.handle.unsubscribe(LINK, "t").await.unwrap();
        let granted = rig.handle.subscribe(LINK, "t", Qos::AtLeastOnce).await;
        assert_eq!(granted.unwrap(), Granted(1), "{polls}");
        ready
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_and_a_shutdown_dropped_anywhere_are_done() {
    at_every_await(|polls| async move {
        let rig = new_connected().await;
        let mut ready = drop_after(polls, rig.handle.disconnect(LINK)).await;
        rig.handle.disconnect(LINK).await.unwrap();
        rig.handle.connect(LINK, config()).await.unwrap();
        ready &= drop_after(polls, rig.handle.shutdown()).await;
        if polls > 0 {
            // Nobody asks again.
            assert!(matches!(rig.handle.ended().await, End::Rested), "{polls}");
        }
        ready
    })
    .await;
}
