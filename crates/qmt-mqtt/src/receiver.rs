//! The receiving half of one connection: frames, packets and their order.

use crate::{ConnAckCode, Level, MqttError, Packet, Role, Splitter};

/// What to do about control characters and non-characters in strings, for which a receiver may
/// close the connection (MQTT 3.1.1 §1.5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a switch")]
pub enum TextRule {
    /// Refuse them with [`MqttError::ControlCharacter`], as common brokers do.
    #[default]
    Strict,
    /// Let them through.
    Lenient,
}

/// Reads packets off one connection and checks what needs their order.
///
/// On a broker: CONNECT first and once; it tells the level of the rest. On a client: CONNACK
/// first and once; no session after a clean start. An error is final and repeats.
#[derive(Clone, Debug)]
pub struct Receiver {
    splitter: Splitter,
    text: TextRule,
    /// Where the connection stands; `next_packet` moves it on.
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Broker before CONNECT.
    AwaitingConnect,
    /// Client before CONNACK.
    AwaitingConnAck { level: Level, clean_session: bool },
    /// After the greeting.
    Greeted { level: Level, role: Role },
    /// Ended by this error.
    Refused {
        level: Option<Level>,
        error: MqttError,
    },
}

impl Receiver {
    /// Creates the broker's end; `limit` is the largest remaining length taken, in bytes.
    #[must_use]
    pub const fn broker(limit: u32) -> Self {
        Self {
            splitter: Splitter::new(limit),
            text: TextRule::Strict,
            stage: Stage::AwaitingConnect,
        }
    }

    /// Creates the client's end for a CONNECT with this level and clean-session flag; `limit` is
    /// the largest remaining length taken, in bytes.
    #[must_use]
    pub const fn client(limit: u32, level: Level, clean_session: bool) -> Self {
        Self {
            splitter: Splitter::new(limit),
            text: TextRule::Strict,
            stage: Stage::AwaitingConnAck {
                level,
                clean_session,
            },
        }
    }

    /// Sets how strings are judged; strictly unless told otherwise.
    #[must_use]
    pub const fn text_rule(mut self, rule: TextRule) -> Self {
        self.text = rule;
        self
    }

    /// The connection's level; a broker knows it from CONNECT on.
    #[must_use]
    pub const fn level(&self) -> Option<Level> {
        match self.stage {
            Stage::AwaitingConnect => None,
            Stage::AwaitingConnAck { level, .. } | Stage::Greeted { level, .. } => Some(level),
            Stage::Refused { level, .. } => level,
        }
    }

    /// Bytes held of a packet that is not whole yet.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.splitter.pending()
    }

    /// Takes bytes off the front of `input` until a packet is whole; `None` when `input` is used
    /// up first.
    ///
    /// # Errors
    /// What was wrong; the connection is to be closed. After [`MqttError::UnknownLevel`] a broker
    /// sends CONNACK with code 1 before (MQTT 3.1.1 §3.1.2.2).
    pub fn next_packet(&mut self, input: &mut &[u8]) -> Result<Option<Packet>, MqttError> {
        if let Stage::Refused { error, .. } = self.stage {
            return Err(error);
        }
        self.read(input).inspect_err(|&error| {
            self.stage = Stage::Refused {
                level: self.level(),
                error,
            };
        })
    }

    fn read(&mut self, input: &mut &[u8]) -> Result<Option<Packet>, MqttError> {
        let (level, role) = match self.stage {
            // Nothing but CONNECT is decoded before the level is known, and CONNECT tells it.
            Stage::AwaitingConnect => (Level::V311, Role::Broker),
            Stage::AwaitingConnAck { level, .. } => (level, Role::Client),
            Stage::Greeted { level, role } => (level, role),
            Stage::Refused { error, .. } => return Err(error),
        };
        let Some(frame) = self.splitter.next_frame(input)? else {
            return Ok(None);
        };
        let packet = Packet::decode(frame, level, role)?;
        self.stage = match (self.stage, &packet) {
            // MQTT 3.1.1 §3.1.0-1.
            (Stage::AwaitingConnect, Packet::Connect(connect)) => Stage::Greeted {
                level: connect.level,
                role,
            },
            (Stage::AwaitingConnect, _) => {
                return Err(MqttError::BeforeConnect {
                    kind: packet.kind(),
                });
            }
            // MQTT 3.1.1 §3.2.0-1; §3.2.2.2-1: a clean start leaves no session.
            (Stage::AwaitingConnAck { clean_session, .. }, Packet::ConnAck(ack)) => {
                if ack.session_present && clean_session && ack.code == ConnAckCode::Accepted {
                    return Err(MqttError::SessionPresent);
                }
                Stage::Greeted { level, role }
            }
            (Stage::AwaitingConnAck { .. }, _) => {
                return Err(MqttError::BeforeConnAck {
                    kind: packet.kind(),
                });
            }
            // MQTT 3.1.1 §3.1.0-2.
            (_, Packet::Connect(_)) => return Err(MqttError::SecondConnect),
            (_, Packet::ConnAck(_)) => return Err(MqttError::SecondConnAck),
            (stage, _) => stage,
        };
        if self.text == TextRule::Strict && packet.has_control_characters() {
            return Err(MqttError::ControlCharacter);
        }
        Ok(Some(packet))
    }
}

#[cfg(test)]
mod tests;
