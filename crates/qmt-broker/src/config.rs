//! What the broker allows and how much it holds.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use qmt_mqtt::{ConnAckCode, QoS, Secret, TextRule};

use crate::FaultRule;

/// Policy of a broker; the default lets everybody in and grants everything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// How much it holds.
    pub limits: Limits,
    /// How control characters in strings are judged.
    pub text: TextRule,
    /// Clients without a user name are let in; else CONNACK 5.
    pub anonymous: bool,
    /// User names and passwords. While the table is empty, any name and password will do.
    pub logins: BTreeMap<String, Secret>,
    /// Answer to a wrong name or password: code 4 of MQTT 3.1.1 §3.2.2.3. mosquitto answers 5.
    pub wrong_login: ConnAckCode,
    /// Filters that nobody gets, compared as text; a wildcard here covers all it selects.
    /// SUBACK 0x80 at 3.1.1; at 3.1, where there is no such code, a grant without effect.
    pub denied_filters: Vec<String>,
    /// Highest quality of service granted (MQTT 3.1.1 §3.8.4-6).
    pub max_qos: QoS,
    /// How often the same QoS 2 publish may come before its PUBREL; mosquitto 2.0.11 closes on
    /// the third, with DUP or without. `None`: any number of times.
    pub identical_publishes: Option<u8>,
    /// How long a connection may wait with its CONNECT (MQTT 3.1.1 §3.1).
    pub connect_timeout: Duration,
    /// What the broker does wrong; nothing by default.
    pub faults: Vec<FaultRule>,
    /// Decides on faults by chance: the same seed and the same packets, the same faults.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            text: TextRule::Strict,
            anonymous: true,
            logins: BTreeMap::new(),
            wrong_login: ConnAckCode::BadCredentials,
            denied_filters: Vec::new(),
            max_qos: QoS::ExactlyOnce,
            identical_publishes: Some(2),
            connect_timeout: Duration::from_secs(30),
            faults: Vec::new(),
            seed: 0,
        }
    }
}

/// Bounds on memory. What goes over is refused or dropped, and told or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Remaining length of a packet taken, in bytes. Over it: the connection is closed.
    pub packet: u32,
    /// Connections at once. Over it: [`crate::OpenError::TooManyConnections`].
    pub connections: usize,
    /// Sessions, connected or kept. Over it: CONNACK 3.
    pub sessions: usize,
    /// Subscriptions of one session. Over it: as a denied filter.
    pub subscriptions: usize,
    /// Messages one session may owe acknowledgements for; the rest waits in its queue.
    pub in_flight: u16,
    /// Messages waiting in one session. Over it: dropped and counted.
    pub queue: usize,
    /// QoS 2 messages of one session waiting for their PUBREL. Over it: closed.
    pub held: usize,
    /// Topics with a retained message. Over it: not kept, and counted.
    pub retained: usize,
    /// Bytes of output beyond which a connection gets no new message and its input waits.
    pub output: usize,
    /// Events beyond which input waits until they are polled.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packet: 65_536,
            connections: 64,
            sessions: 256,
            subscriptions: 256,
            in_flight: 20,
            queue: 1_000,
            held: 100,
            retained: 1_000,
            output: 65_536,
            events: 1_024,
        }
    }
}
