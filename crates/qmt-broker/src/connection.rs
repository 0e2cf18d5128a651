//! One connection to a client.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use qmt_mqtt::{Level, Packet, Receiver};

use crate::output::Output;
use crate::{Config, Instant, Message};

/// How long a connection that is over may take for its last bytes.
const LINGER: Duration = Duration::from_secs(5);

/// Names a connection; never used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub(crate) u64);

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({})", self.0)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) receiver: Receiver,
    pub(crate) output: Output,
    pub(crate) state: State,
    /// Set by a fault, for good: what comes is dropped, and nothing goes out or runs out.
    pub(crate) muted: bool,
}

#[derive(Debug)]
pub(crate) enum State {
    /// Before CONNECT; until then at the latest.
    Opening { until: Instant },
    /// Let in.
    Connected(Connected),
    /// Over, with bytes still to go out; until then at the latest.
    Closing { until: Instant },
}

/// What CONNECT told.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client_id: String,
    pub(crate) level: Level,
    /// One and a half keep-alive periods; `None` for no keep-alive.
    pub(crate) patience: Option<Duration>,
    /// When patience ends; set by every packet.
    pub(crate) silent_at: Option<Instant>,
    /// Published when the connection ends, unless DISCONNECT came.
    pub(crate) will: Option<Message>,
}

impl Connection {
    /// `staging`: packets wait for the faults before they are written.
    pub(crate) fn new(now: Instant, config: &Config, staging: bool) -> Self {
        Self {
            receiver: Receiver::broker(config.limits.packet).text_rule(config.text),
            output: Output::new(staging),
            state: State::Opening {
                until: now + config.connect_timeout,
            },
            muted: false,
        }
    }

    pub(crate) fn send(&mut self, packet: &Packet) {
        let level = self.level();
        self.output.push(packet, level);
    }

    /// Sends a CONNACK or SUBACK that shows `code`.
    pub(crate) fn send_with_code(&mut self, packet: Packet, code: u8) {
        let level = self.level();
        self.output.push_with_code(packet, level, code);
    }

    /// Before a CONNECT that names a level only CONNACK goes out, alike in both.
    fn level(&self) -> Level {
        self.receiver.level().unwrap_or(Level::V311)
    }

    /// Ends the connection: nothing more is read, what was written may go out. Gives what CONNECT
    /// told if there was one.
    pub(crate) fn end(&mut self, now: Instant) -> Option<Connected> {
        let until = now + LINGER;
        match core::mem::replace(&mut self.state, State::Closing { until }) {
            State::Connected(connected) => Some(connected),
            State::Opening { .. } => None,
            closing @ State::Closing { .. } => {
                self.state = closing;
                None
            }
        }
    }

    /// The client's identifier once it is let in.
    pub(crate) fn client_id(&self) -> Option<&str> {
        match &self.state {
            State::Connected(connected) => Some(&connected.client_id),
            State::Opening { .. } | State::Closing { .. } => None,
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing { .. })
    }

    /// When the connection is to end.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            _ if self.muted => None,
            State::Opening { until } | State::Closing { until } => Some(*until),
            State::Connected(connected) => connected.silent_at,
        }
    }

    /// From now on nothing is answered.
    pub(crate) fn mute(&mut self) {
        self.muted = true;
        self.output.discard_unwritten();
    }

    /// A packet came: the keep-alive starts anew (MQTT 3.1.1 §3.1.2.10).
    pub(crate) fn heard(&mut self, now: Instant) {
        if let State::Connected(connected) = &mut self.state {
            connected.silent_at = connected.patience.map(|patience| now + patience);
        }
    }
}
