//! Two slots: what is whole is found, what is not is not believed.

extern crate std;

use std::vec::Vec;
use std::{format, vec};

use super::*;
use crate::{Buffers, ClientConfig, Machine as _};

const LINK: LinkId = LinkId::ALL[2];

/// A client with an outbox, for one test.
fn client(outbox: usize) -> Client<'static> {
    let memory = |len: usize| vec![0; len].leak();
    let buffers = Buffers {
        rx: memory(64),
        tx: memory(64),
    };
    Client::new(ClientConfig::new(), buffers, memory(0)).with_outbox(memory(outbox))
}

fn enqueue(client: &mut Client<'_>, payload: &[u8], if_unknown: IfUnknown) -> OutboxId {
    let message = Outgoing {
        link: LINK,
        topic: Topic::new("some/topic").unwrap(),
        payload,
        qos: Qos::AtLeastOnce,
        retain: true,
        if_unknown,
    };
    client.enqueue(Instant::ZERO, &message).unwrap()
}

fn write_into(client: &mut Client<'_>, slots: &mut [Vec<u8>; 2]) -> usize {
    let mut out = [0; 256];
    let snapshot = client.snapshot(&mut out).unwrap();
    let bytes = &mut slots[snapshot.slot];
    bytes.fill(0xFF);
    bytes[..snapshot.bytes.len()].copy_from_slice(snapshot.bytes);
    snapshot.slot
}

fn restore(slots: &[Vec<u8>; 2], outbox: usize) -> Result<Vec<(u32, Vec<u8>)>, RestoreError> {
    let mut restored = client(outbox);
    let [a, b] = slots;
    restored.restore(Instant::ZERO, [a, b])?;
    let records = restored.plan.outbox.records();
    Ok(records.map(|r| (r.id.get(), r.payload.to_vec())).collect())
}

#[test]
fn what_is_to_be_republished_comes_back_as_it_was() {
    let mut slots = [vec![0xFF; 256], vec![0xFF; 256]];
    assert_eq!(restore(&slots, 128), Ok(vec![]));
    let mut first = client(128);
    assert!(first.snapshot_due(), "there is none yet");
    write_into(&mut first, &mut slots);
    assert!(!first.snapshot_due());
    enqueue(&mut first, b"drop me", IfUnknown::Drop);
    assert!(!first.snapshot_due());
    enqueue(&mut first, b"\x00\xFF\r\n", IfUnknown::Republish);
    enqueue(&mut first, b"", IfUnknown::Republish);
    assert!(first.snapshot_due());
    write_into(&mut first, &mut slots);
    assert!(!first.snapshot_due());
    let mut second = client(128);
    let [a, b] = &slots;
    let restored = second.restore(Instant::ZERO, [a, b]).unwrap();
    assert_eq!((restored.messages, restored.damaged), (2, false));
    let told: Vec<_> = second.plan.outbox.records().collect();
    let [x, y] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((x.id.get(), y.id.get()), (1, 2));
    assert_eq!((x.link, x.qos, x.retain), (LINK, Qos::AtLeastOnce, true));
    assert_eq!((x.topic, x.payload), ("some/topic", &b"\x00\xFF\r\n"[..]));
    assert_eq!(y.payload, b"");
    // Identifiers go on where they were.
    assert_eq!(enqueue(&mut second, b"new", IfUnknown::Drop).get(), 3);
    assert_eq!(
        second.restore(Instant::ZERO, [a, b]),
        Err(RestoreError::OutboxInUse)
    );
}

/// RELIABILITY H4.
#[test]
fn a_torn_write_leaves_the_snapshot_before_it() {
    let mut slots = [vec![0xFF; 256], vec![0xFF; 256]];
    let mut writer = client(128);
    enqueue(&mut writer, b"one", IfUnknown::Republish);
    let first = write_into(&mut writer, &mut slots);
    enqueue(&mut writer, b"two", IfUnknown::Republish);
    let mut out = [0; 256];
    let snapshot = writer.snapshot(&mut out).unwrap();
    assert_ne!(snapshot.slot, first, "the slots take turns");
    let whole = snapshot.bytes.len();
    for written in 0..=whole {
        for rest in [0xFF, 0x00, 0xA5] {
            let slot = &mut slots[snapshot.slot];
            slot.fill(rest);
            slot[..written].copy_from_slice(&snapshot.bytes[..written]);
            let names: Vec<_> = restore(&slots, 128).unwrap();
            // The last bytes of the CRC may happen to be what was there before.
            let complete = slots[snapshot.slot][..whole] == *snapshot.bytes;
            let expected = if complete { 2 } else { 1 };
            assert_eq!(names.len(), expected, "{written} bytes before {rest:#x}");
        }
    }
}

/// RELIABILITY H4.
#[test]
fn every_flipped_bit_is_detected() {
    let mut slots = [vec![0xFF; 64], vec![0xFF; 64]];
    let mut writer = client(64);
    enqueue(&mut writer, b"old", IfUnknown::Republish);
    write_into(&mut writer, &mut slots);
    enqueue(&mut writer, b"new", IfUnknown::Republish);
    let mut out = [0; 64];
    let snapshot = writer.snapshot(&mut out).unwrap();
    let (slot, len) = (snapshot.slot, snapshot.bytes.len());
    slots[slot][..len].copy_from_slice(snapshot.bytes);
    assert_eq!(restore(&slots, 64).map(|m| m.len()), Ok(2));
    for bit in 0..8 * len {
        slots[slot][bit / 8] ^= 1 << (bit % 8);
        assert_eq!(restore(&slots, 64).map(|m| m.len()), Ok(1), "bit {bit}");
        slots[slot][bit / 8] ^= 1 << (bit % 8);
    }
    for bytes in &mut slots {
        bytes[5] ^= 1;
    }
    assert_eq!(restore(&slots, 64), Err(RestoreError::Damaged));
}

#[test]
fn the_newer_one_is_taken_even_where_the_numbers_run_around() {
    let mut slots = [vec![0xFF; 64], vec![0xFF; 64]];
    let mut writer = client(64);
    writer.plan.outbox.sequence = u32::MAX - 2;
    for round in 0..6_u8 {
        let id = enqueue(&mut writer, &[round], IfUnknown::Republish);
        write_into(&mut writer, &mut slots);
        let expected = vec![(id.get(), vec![round])];
        assert_eq!(restore(&slots, 64), Ok(expected), "round {round}");
        writer.plan.outbox.remove(id);
    }
}

#[test]
fn a_snapshot_fits_the_outbox_and_its_overhead() {
    let mut writer = client(200);
    writer.plan.outbox.set_next_id(u32::MAX - 4);
    writer.plan.outbox.sequence = u32::MAX - 1;
    writer.session.set_msg_ids([u16::MAX; LinkId::COUNT]);
    let topic = Topic::new("t").unwrap();
    let mut message = Outgoing {
        link: LINK,
        topic,
        payload: &[],
        qos: Qos::AtLeastOnce,
        retain: false,
        if_unknown: IfUnknown::Republish,
    };
    let big = [7; 130];
    message.payload = &big;
    writer.enqueue(Instant::ZERO, &message).unwrap();
    message.payload = &[];
    while writer.enqueue(Instant::ZERO, &message).is_ok() {}
    let mut out = [0; 200 + SNAPSHOT_OVERHEAD];
    assert!(writer.snapshot(&mut out).is_ok());
    let mut small = [0; 40];
    assert_eq!(writer.snapshot(&mut small), Err(SnapshotBufferFull));
    // A smaller outbox does not take it.
    let mut slots = [vec![0xFF; 256], vec![0xFF; 256]];
    write_into(&mut writer, &mut slots);
    assert_eq!(restore(&slots, 100), Err(RestoreError::OutboxTooSmall));
    assert!(format!("{writer:?}").contains("Outbox("));
}

/// A slot with such a body.
fn slot(body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32).to_le_bytes();
    let crc = Crc32::new().update(&len).update(body).finish();
    let mut slot = [&len[..], body, &crc.to_le_bytes()].concat();
    slot.resize(64, 0xFF);
    slot
}

#[test]
fn a_body_that_is_as_it_was_written_and_makes_no_sense_is_damage() {
    let head_cut_off = slot(&[VERSION, 0, 0]);
    assert_eq!(
        restore(&[head_cut_off.clone(), head_cut_off.clone()], 64),
        Err(RestoreError::Damaged)
    );
    // Beside a whole one it is passed over.
    let mut slots = [vec![0xFF; 64], vec![0xFF; 64]];
    let mut writer = client(64);
    enqueue(&mut writer, b"x", IfUnknown::Republish);
    let written = write_into(&mut writer, &mut slots);
    slots[1 - written] = head_cut_off;
    assert_eq!(restore(&slots, 64).map(|messages| messages.len()), Ok(1));
}

#[test]
fn a_host_that_starts_with_its_module_need_not_wait_for_a_data_mode_to_end() {
    for together in [false, true] {
        let mut slots = [vec![0xFF; 64], vec![0xFF; 64]];
        let mut writer = client(64);
        enqueue(&mut writer, b"x", IfUnknown::Republish);
        write_into(&mut writer, &mut slots);
        let memory = |len: usize| vec![0; len].leak();
        let buffers = Buffers {
            rx: memory(64),
            tx: memory(64),
        };
        let mut config = ClientConfig::new();
        config.starts_with_module = together;
        let mut restored = Client::new(config, buffers, memory(0)).with_outbox(memory(64));
        let [a, b] = &slots;
        restored.restore(Instant::ZERO, [a, b]).unwrap();
        restored.handle_timeout(Instant::ZERO);
        while restored.poll_event().is_some() {}
        assert_eq!(restored.poll_transmit() == b"AT\r", together);
        if !together {
            let silent_until = restored.poll_timeout().unwrap();
            assert_eq!(silent_until, Instant::from_millis(65_000));
        }
    }
}

#[test]
fn a_later_format_is_not_taken_for_damage() {
    let slots = [slot(&[VERSION + 1, 0, 0, 0, 0, 9, 9]), vec![0xFF; 64]];
    let version = VERSION + 1;
    assert_eq!(restore(&slots, 64), Err(RestoreError::Version(version)));
}
