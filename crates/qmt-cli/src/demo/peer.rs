//! The other device of the demo: publishes one message to the broker.

use core::time::Duration;
use std::io;

use qmt_mqtt::{Connect, Delivery, Level, Packet, PacketId, Publish, QoS, Receiver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest time the broker may take for everything.
const LIMIT: Duration = Duration::from_secs(10);

/// Largest packet taken from the broker, in bytes.
const PACKET: u32 = 4_096;

/// Publishes `payload` and waits until the broker has acknowledged it.
///
/// # Errors
/// When the broker cannot be reached, refuses, or does not answer in time.
pub(crate) async fn publish(broker: &str, topic: &str, payload: &[u8]) -> io::Result<()> {
    timeout(LIMIT, publish_now(broker, topic, payload))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn publish_now(broker: &str, topic: &str, payload: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect(broker).await?;
    let mut receiver = Receiver::client(PACKET, Level::V311, true);
    let connect = Connect::new(Level::V311, "qmt-demo-other-device");
    send(&mut stream, &Packet::Connect(connect)).await?;
    match next(&mut stream, &mut receiver).await? {
        Packet::ConnAck(ack) if ack.code.number() == 0 => {}
        other => return Err(unexpected(&other)),
    }
    // The note's message comes with identifier 0, so at QoS 0, which nobody acknowledges. A broker
    // takes packets in order: the acknowledgement of a second one is that of both.
    let message = Publish {
        delivery: Delivery::AtMostOnce,
        retain: false,
        topic: topic.to_owned(),
        payload: payload.to_vec(),
    };
    send(&mut stream, &Packet::Publish(message)).await?;
    let barrier = Publish {
        delivery: Delivery::new(QoS::AtLeastOnce, PacketId::ONE, false),
        retain: false,
        topic: "qmt/demo/barrier".to_owned(),
        payload: Vec::new(),
    };
    send(&mut stream, &Packet::Publish(barrier)).await?;
    match next(&mut stream, &mut receiver).await? {
        Packet::PubAck(PacketId::ONE) => {}
        other => return Err(unexpected(&other)),
    }
    send(&mut stream, &Packet::Disconnect).await?;
    stream.shutdown().await
}

async fn send(stream: &mut TcpStream, packet: &Packet) -> io::Result<()> {
    let mut bytes = Vec::new();
    packet
        .encode(Level::V311, &mut bytes)
        .map_err(io::Error::other)?;
    stream.write_all(&bytes).await
}

/// The next packet of the broker. It sends one answer at a time, so nothing follows it.
async fn next(stream: &mut TcpStream, receiver: &mut Receiver) -> io::Result<Packet> {
    let mut buf = [0; 256];
    loop {
        let len = stream.read(&mut buf).await?;
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut input = buf.get(..len).unwrap_or_default();
        if let Some(packet) = receiver.next_packet(&mut input).map_err(io::Error::other)? {
            return Ok(packet);
        }
    }
}

fn unexpected(packet: &Packet) -> io::Error {
    io::Error::other(format!("unexpected {} from the broker", packet.kind()))
}
