//! Q21: a client that is restored from a snapshot goes on as the one that wrote it would have.

use core::time::Duration;
use std::collections::BTreeMap;

use qmt_session::{IfUnknown, OutboxId, Outgoing, SNAPSHOT_OVERHEAD};
use qmt_sim::Rng;

use super::*;

/// More than the outboxes of [`Memory`].
const SLOT: usize = 1024 + SNAPSHOT_OVERHEAD;

/// Who goes on after the module has been reset.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heir {
    /// The same client, told of the reset.
    Itself,
    /// One that knows the snapshot and nothing else.
    Restored,
}

/// What became of the messages that survive, after the reset.
#[derive(Debug, PartialEq)]
struct Life {
    /// The identifier of a message enqueued after it.
    next: OutboxId,
    /// Which messages left, and whether well.
    left: BTreeMap<OutboxId, bool>,
    /// For each link the commands that published them, in order, without message identifiers.
    published: [Vec<String>; 2],
}

/// A message to be published again if need be has the topic "keep", another "drop".
fn enqueue(world: &mut WorldIn<'_>, rng: &mut Rng, if_unknown: IfUnknown) -> Option<OutboxId> {
    let topic = match if_unknown {
        IfUnknown::Republish => "keep",
        IfUnknown::Drop => "drop",
    };
    let payload = vec![b'a' + rng.below(26) as u8; rng.below(40) as usize];
    let message = Outgoing {
        link: *rng.pick(&[LINK, OTHER]),
        topic: Topic::new(topic).unwrap(),
        payload: &payload,
        qos: *rng.pick(&[Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce]),
        retain: rng.one_in(2),
        if_unknown,
    };
    world.client.enqueue(world.now(), &message).ok()
}

/// `AT+QMTPUB=0,7,1,0,"keep",5` without the 7.
fn without_id(line: &str) -> String {
    let mut fields: Vec<_> = line.split(',').collect();
    fields.remove(1);
    fields.join(",")
}

fn life(set: Habits, heir: Heir) -> Life {
    let mut memory = Memory::new(2);
    let config = || config(set.quirks);
    let mut world = WorldIn::within(config(), &mut memory);
    let world = &mut world;
    let mut rng = Rng::new(set.number as u64);
    connect(world, &[LINK, OTHER]);
    for _ in 0..4 + rng.below(8) {
        let if_unknown = *rng.pick(&[IfUnknown::Republish, IfUnknown::Republish, IfUnknown::Drop]);
        enqueue(world, &mut rng, if_unknown);
        world.settle(Duration::from_millis(rng.below(60)));
    }
    let mut slots = [[0xFF; SLOT]; 2];
    let mut image = [0; SLOT];
    let snapshot = world.client.snapshot(&mut image).unwrap();
    slots[snapshot.slot][..snapshot.bytes.len()].copy_from_slice(snapshot.bytes);
    let waiting = world.client.outbox_len();
    let (told, said) = (world.told.len(), world.oracle.commands().len());
    match heir {
        Heir::Itself => world.reset_module_for_host(),
        Heir::Restored => {
            world.reset_module();
            let restored = world.restart_host(config().client, [&slots[0], &slots[1]]);
            assert!(restored.messages <= waiting && !restored.damaged, "{set}");
            connect(world, &[LINK, OTHER]);
        }
    }
    let next = enqueue(world, &mut rng, IfUnknown::Republish).expect("room");
    world.run_while(60 * MINUTE, |world| world.client.outbox_len() > 0);
    // What one link does while another is not connected yet is its own affair.
    let published = [LINK, OTHER].map(|link| {
        let publish = format!("AT+QMTPUB={link},");
        let commands = world.oracle.commands()[said..].iter();
        let commands = commands.map(|line| String::from_utf8_lossy(line));
        commands
            .filter(|line| line.starts_with(&publish) && line.contains("keep"))
            .map(|line| without_id(&line))
            .collect()
    });
    let left = world.told[told..].iter().filter_map(|told| match told {
        Told::Left(id, outcome) => Some((*id, outcome.is_success())),
        _ => None,
    });
    Life {
        next,
        left: left.collect(),
        published,
    }
}

#[test]
fn q21_a_restored_client_publishes_what_the_one_before_it_would_have_in_the_same_order() {
    let (mut survived, mut again) = (0, 0);
    for set in tried() {
        let (itself, restored) = (life(set, Heir::Itself), life(set, Heir::Restored));
        assert_eq!(itself.next, restored.next, "{set}");
        for (itself, restored) in itself.published.iter().zip(&restored.published) {
            // A result that has come before its OK is not in the snapshot, and the client knows it.
            let more = restored.len().saturating_sub(itself.len());
            assert!(more <= 1, "{set}: {itself:?} {restored:?}");
            assert_eq!(itself, &restored[more..], "{set}");
            again += more;
        }
        // Those that do not survive are gone with the client; the others leave as they would have.
        let mut same = itself.left;
        same.retain(|id, _| restored.left.contains_key(id));
        assert_eq!(same, restored.left, "{set}");
        assert!(restored.left.values().all(|well| *well), "{set}");
        survived += restored.left.len() - 1;
    }
    assert!(survived > tried().len(), "{survived} messages");
    assert!(again * 20 < survived, "{again} of {survived}");
}
