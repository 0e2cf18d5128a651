//! What happened on an MQTT connection.

use alloc::vec::Vec;

use qmt_proto::{Delivery, LinkLossCode, MsgId, Qos};

/// Something the AT side has to know about one client.
///
/// [`ConnectTimedOut`](Self::ConnectTimedOut), [`Lost`](Self::Lost),
/// [`Disconnected`](Self::Disconnected) and a refusing [`ConnAck`](Self::ConnAck) end every packet
/// in flight; none of those gets an event of its own after it (QMT §5.1
/// report).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum MqttEvent {
    /// CONNACK came. Any code but 0 ends the link, and the owner closes TCP.
    ConnAck {
        /// Return code, 0 to 5 (MQTT 3.1.1 §3.2.2.3).
        code: u8,
        /// The broker kept a session; always false at 3.1.
        session_present: bool,
    },
    /// CONNECT was sent and pkt_timeout has passed without CONNACK. The link has ended, and the
    /// owner closes TCP (QMT §3.3.4, figure 1).
    ConnectTimedOut,
    /// CONNECT was queued again, for the `count`th time.
    ConnectResent {
        /// How often so far, from 1.
        count: u8,
    },
    /// SUBACK came.
    Subscribed {
        /// The caller's identifier.
        id: MsgId,
        /// Granted QoS or 128, one for each topic in their order.
        codes: Vec<u8>,
    },
    /// UNSUBACK came.
    Unsubscribed {
        /// The caller's identifier.
        id: MsgId,
    },
    /// The last acknowledgement came, or at QoS 0 the last byte is on the wire.
    Published {
        /// As the caller asked for it.
        delivery: Delivery,
    },
    /// A packet was queued again: result 1, for the owner to print if timeout_notice is set.
    Retransmitted {
        /// The command it belongs to.
        what: Packet,
        /// The caller's identifier.
        id: MsgId,
        /// How often so far, from 1.
        count: u8,
    },
    /// pkt_timeout x (retry_times + 1) has passed: result 2 (QMT §3.3.1 note 3). The link stays.
    Failed {
        /// The command it belongs to.
        what: Packet,
        /// The caller's identifier, 0 at QoS 0.
        id: u16,
    },
    /// A message came. At QoS 2 once for each, however often it is sent.
    Message {
        /// The broker's identifier, 0 at QoS 0.
        id: u16,
        /// QoS it came with.
        qos: Qos,
        /// The broker had kept it (MQTT 3.1.1 §3.3.1.3).
        retain: bool,
        /// The broker may have sent it before.
        dup: bool,
        /// Topic name, UTF-8, of any length.
        topic: Vec<u8>,
        /// Any bytes, of any length the options let in.
        payload: Vec<u8>,
    },
    /// DISCONNECT is on the wire; the owner closes TCP.
    Disconnected,
    /// The link has ended for another reason; the owner closes TCP.
    Lost(LinkLossCode),
}

/// The commands whose packets are sent again and may fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Packet {
    /// AT+QMTPUB, up to PUBACK or PUBREC.
    Publish,
    /// AT+QMTPUB at QoS 2, after PUBREC.
    Release,
    /// AT+QMTSUB.
    Subscribe,
    /// AT+QMTUNS.
    Unsubscribe,
}
