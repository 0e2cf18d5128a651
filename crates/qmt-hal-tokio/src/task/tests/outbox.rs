//! Messages that are put into the outbox.

use std::io;
use std::sync::Mutex;

use qmt_session::{Ack, IfUnknown, OutboxId};

use super::*;
use crate::{EnqueueRefusal, FileSlots, Slots};

/// Slots in memory, which survive their task.
#[derive(Clone, Default)]
struct Memory {
    slots: Arc<Mutex<[Vec<u8>; 2]>>,
    /// Whether nothing can be written any more.
    worn: Arc<Mutex<bool>>,
}

impl Slots for Memory {
    fn load(&mut self) -> io::Result<[Vec<u8>; 2]> {
        Ok(self.slots.lock().unwrap().clone())
    }

    fn save(&mut self, slot: usize, bytes: &[u8]) -> io::Result<()> {
        if *self.worn.lock().unwrap() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.slots.lock().unwrap()[slot] = bytes.to_vec();
        Ok(())
    }
}

fn with_slots(slots: impl Slots + 'static) -> TaskConfig {
    TaskConfig {
        slots: Some(Box::new(slots)),
        ..TaskConfig::default()
    }
}

async fn left(rig: &mut Rig) -> (OutboxId, Outcome) {
    match rig.event(|event| matches!(event, Event::Left { .. })).await {
        Event::Left { id, outcome } => (id, outcome),
        _ => unreachable!(),
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_put_into_the_outbox_goes_out_in_order_when_the_link_is_there() {
    let mut rig = Rig::new();
    let mut ids = Vec::new();
    for payload in ["first", "second", "third"] {
        let put = rig
            .handle
            .enqueue(LINK, message(payload), IfUnknown::Republish);
        ids.push(put.await.unwrap());
    }
    rig.handle.connect(LINK, config()).await.unwrap();
    for id in ids {
        assert_eq!(left(&mut rig).await, (id, Outcome::Acked(Ack::Done)));
    }
    let payloads: Vec<Vec<u8>> = rig.script().published.drain(..).map(|p| p.1).collect();
    assert_eq!(payloads, [&b"first"[..], b"second", b"third"]);
    assert!(matches!(rig.handle.shutdown().await, End::Rested));
}

#[tokio::test(start_paused = true)]
async fn a_message_on_the_slots_is_published_by_the_next_task() {
    let slots = Memory::default();
    let mut rig = Rig::with(with_slots(slots.clone()));
    let put = rig
        .handle
        .enqueue(LINK, message("kept"), IfUnknown::Republish);
    let id = put.await.unwrap();
    let first = rig.events.next().await;
    assert!(
        matches!(first, Some(Event::Restored { messages: 0, .. })),
        "{first:?}"
    );
    // The power goes: nobody shuts anything down.
    drop(rig);
    let mut rig = Rig::with(with_slots(slots.clone()));
    let first = rig.events.next().await;
    let restored = matches!(
        first,
        Some(Event::Restored {
            messages: 1,
            damaged: false
        })
    );
    assert!(restored, "{first:?}");
    rig.handle.connect(LINK, config()).await.unwrap();
    assert_eq!(left(&mut rig).await.0, id);
    assert_eq!(rig.script().published, [(0, b"kept".to_vec())]);
    rig.handle.shutdown().await;
    let mut rig = Rig::with(with_slots(slots));
    let first = rig.events.next().await;
    let empty = matches!(first, Some(Event::Restored { messages: 0, .. }));
    assert!(empty, "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_would_not_survive_is_not_called_accepted() {
    let slots = Memory::default();
    *slots.worn.lock().unwrap() = true;
    let rig = Rig::with(with_slots(slots));
    let put = rig.handle.enqueue(LINK, message("x"), IfUnknown::Republish);
    let refused = put.await;
    assert!(
        matches!(refused, Err(EnqueueRefusal::Ended(End::Outbox(_)))),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_outbox_makes_whoever_comes_wait() {
    let task = TaskConfig {
        // Room for one.
        outbox: 30,
        ..TaskConfig::default()
    };
    let mut rig = Rig::with(task);
    let long = rig.handle.enqueue(LINK, message([0; 100]), IfUnknown::Drop);
    assert!(matches!(long.await, Err(EnqueueRefusal::TooLong)));
    let first = rig
        .handle
        .enqueue(LINK, message("first ..."), IfUnknown::Drop);
    first.await.unwrap();
    let second = rig
        .handle
        .enqueue(LINK, message("second .."), IfUnknown::Drop);
    let given_up = timeout(Duration::from_secs(60), second).await;
    assert!(given_up.is_err());
    let handle = rig.handle.clone();
    let third = handle.enqueue(LINK, message("third ..."), IfUnknown::Drop);
    let (third, connected) = tokio::join!(third, rig.handle.connect(LINK, config()));
    connected.unwrap();
    let third = third.unwrap();
    while left(&mut rig).await.0 != third {}
    let payloads: Vec<Vec<u8>> = rig.script().published.drain(..).map(|p| p.1).collect();
    // The second was given up before there was room, so it never goes out.
    assert_eq!(payloads, [b"first ...", b"third ..."]);
}

#[test]
fn slots_in_files_are_what_was_written_last() {
    let name = format!("qmt-slots-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let mut slots = FileSlots::new(&folder);
    assert_eq!(slots.load().unwrap(), [vec![], vec![]]);
    slots.save(1, b"long ago").unwrap();
    slots.save(1, b"now").unwrap();
    slots.save(0, b"before").unwrap();
    assert_eq!(slots.load().unwrap(), [b"before".to_vec(), b"now".to_vec()]);
    std::fs::remove_dir_all(folder).unwrap();
}
