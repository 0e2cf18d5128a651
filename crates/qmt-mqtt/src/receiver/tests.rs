//! The rules that need the order of packets.

use alloc::vec::Vec;

use super::*;
use crate::{ConnAck, Connect, PacketKind};

fn read(receiver: &mut Receiver, bytes: &[u8]) -> Result<Vec<Packet>, MqttError> {
    let mut input = bytes;
    let mut packets = Vec::new();
    while let Some(packet) = receiver.next_packet(&mut input)? {
        packets.push(packet);
    }
    assert!(input.is_empty());
    Ok(packets)
}

fn connect(level: Level, client_id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    Packet::Connect(Connect::new(level, client_id))
        .encode(level, &mut out)
        .unwrap();
    out
}

#[test]
fn a_broker_wants_connect_first_and_once() {
    let mut receiver = Receiver::broker(100);
    assert_eq!(receiver.level(), None);
    let before = MqttError::BeforeConnect {
        kind: PacketKind::PingReq,
    };
    assert_eq!(read(&mut receiver, b"\xC0\0"), Err(before));
    assert_eq!(
        read(&mut receiver, &connect(Level::V31, "c")),
        Err(before),
        "final"
    );

    let mut receiver = Receiver::broker(100);
    read(&mut receiver, &connect(Level::V31, "c")).unwrap();
    assert_eq!(receiver.level(), Some(Level::V31));
    // The level of CONNECT holds for what follows: DUP on PUBREL exists at 3.1 only.
    assert!(read(&mut receiver, b"\x6A\x02\0\x01").is_ok());
    assert_eq!(
        read(&mut receiver, &connect(Level::V31, "c")),
        Err(MqttError::SecondConnect)
    );
    assert_eq!(receiver.level(), Some(Level::V31));
}

#[test]
fn a_client_wants_connack_first_and_once() {
    let mut receiver = Receiver::client(100, Level::V311, true);
    assert_eq!(
        read(&mut receiver, b"\x30\x03\0\x01t"),
        Err(MqttError::BeforeConnAck {
            kind: PacketKind::Publish
        })
    );
    let mut receiver = Receiver::client(100, Level::V311, false);
    let accepted = ConnAck {
        session_present: true,
        code: ConnAckCode::Accepted,
    };
    assert_eq!(
        read(&mut receiver, b"\x20\x02\x01\0\xD0\0"),
        Ok(Vec::from([Packet::ConnAck(accepted), Packet::PingResp]))
    );
    assert_eq!(
        read(&mut receiver, b"\x20\x02\0\0"),
        Err(MqttError::SecondConnAck)
    );
}

#[test]
fn a_clean_start_finds_no_session() {
    let mut receiver = Receiver::client(100, Level::V311, true);
    assert_eq!(
        read(&mut receiver, b"\x20\x02\x01\0"),
        Err(MqttError::SessionPresent)
    );
    // At 3.1 the byte means nothing.
    let mut receiver = Receiver::client(100, Level::V31, true);
    assert!(read(&mut receiver, b"\x20\x02\x01\0").is_ok());
}

#[test]
fn control_characters_are_a_matter_of_the_rule() {
    let bytes = connect(Level::V311, "a\u{1}");
    assert_eq!(
        read(&mut Receiver::broker(100), &bytes),
        Err(MqttError::ControlCharacter)
    );
    assert!(
        read(
            &mut Receiver::broker(100).text_rule(TextRule::Lenient),
            &bytes
        )
        .is_ok()
    );
}
