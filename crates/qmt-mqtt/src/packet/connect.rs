//! CONNECT and CONNACK.

use alloc::string::String;
use alloc::vec::Vec;

use mqtt_proto::v3 as wire;

use super::{all_taken, of_wire};
use crate::{EncodeError, Level, MqttError, QoS, Secret, TopicError, check_topic};

/// Level byte bit with which a 3.1 bridge marks itself; brokers take it and so does this crate.
const BRIDGE: u8 = 0x80;
/// Connect flags (MQTT 3.1.1 §3.1.2.3).
const RESERVED: u8 = 0x01;
const WILL: u8 = 0x04;
const WILL_QOS: u8 = 0x18;
const WILL_RETAIN: u8 = 0x20;
const PASSWORD: u8 = 0x40;
const USERNAME: u8 = 0x80;

/// CONNECT (MQTT 3.1.1 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Connect {
    /// Level asked for; the protocol name follows from it.
    pub level: Level,
    /// Client identifier; whether it may be empty is for the broker (MQTT 3.1.1 §3.1.3.1).
    pub client_id: String,
    /// Forget the session before and after (MQTT 3.1.1 §3.1.2.4).
    pub clean_session: bool,
    /// Keep-alive in seconds, 0 for none (MQTT 3.1.1 §3.1.2.10).
    pub keep_alive: u16,
    /// What the broker publishes when the client vanishes.
    pub will: Option<Will>,
    /// User name.
    pub username: Option<String>,
    /// Password, only beside a user name.
    pub password: Option<Secret>,
}

impl Connect {
    /// Creates a CONNECT with a clean session, keep-alive 60 s, no will, no user name.
    #[must_use]
    pub fn new(level: Level, client_id: &str) -> Self {
        Self {
            level,
            client_id: client_id.into(),
            clean_session: true,
            keep_alive: 60,
            will: None,
            username: None,
            password: None,
        }
    }

    pub(super) fn decode(first: u8, body: &[u8]) -> Result<Self, MqttError> {
        let (level, rest) = protocol(body)?;
        let [sent, ..] = *rest else {
            return Err(MqttError::Truncated);
        };
        // MQTT 3.1 §3.1 calls these bits unused where 3.1.1 asks for zero (§3.1.1, §3.1.2.3).
        let mut flags = sent;
        if level == Level::V31 {
            flags &= !RESERVED;
            if flags & WILL == 0 {
                flags &= !(WILL_QOS | WILL_RETAIN);
            }
        } else if first & 0x0F != 0 {
            return Err(MqttError::HeaderFlags { first });
        }
        let password_alone = flags & (USERNAME | PASSWORD) == PASSWORD;
        let retain_alone = flags & (WILL | WILL_RETAIN) == WILL_RETAIN;
        if flags & RESERVED != 0 || password_alone || retain_alone {
            return Err(MqttError::ConnectFlags { flags: sent });
        }
        let connect = match Self::with_flags(level, flags, rest) {
            // MQTT 3.1 §3.1: the remaining length outweighs these two flags.
            Err(MqttError::Truncated) if level == Level::V31 => {
                Self::with_flags(level, flags & !PASSWORD, rest).or_else(|_| {
                    Self::with_flags(level, flags & !(PASSWORD | USERNAME), rest)
                        .map_err(|_| MqttError::Truncated)
                })
            }
            outcome => outcome,
        }?;
        if let Some(will) = &connect.will
            && let Err(error) = check_topic(&will.topic)
        {
            return Err(MqttError::Topic(error));
        }
        // MQTT 3.1.1 §1.5.3-2, for the strings that no topic rule covers.
        if connect.texts().any(|text| text.contains('\0')) {
            return Err(MqttError::Nul);
        }
        Ok(connect)
    }

    /// Reads what follows the level byte as if the flag byte were `flags`.
    fn with_flags(level: Level, flags: u8, rest: &[u8]) -> Result<Self, MqttError> {
        let mut copy = Vec::from(rest);
        if let Some(byte) = copy.first_mut() {
            *byte = flags;
        }
        let protocol = match level {
            Level::V31 => mqtt_proto::Protocol::V310,
            Level::V311 => mqtt_proto::Protocol::V311,
        };
        let mut taken = 0;
        let connect = wire::Connect::decode_buffer_with_protocol(&copy, &mut taken, protocol)
            .map_err(|error| of_wire(&error, 0))?;
        all_taken(&copy, taken)?;
        Ok(Self {
            level,
            client_id: connect.client_id.as_ref().into(),
            clean_session: connect.clean_session,
            keep_alive: connect.keep_alive,
            will: connect.last_will.map(|will| Will {
                topic: String::from(&*will.topic_name),
                payload: will.message.to_vec(),
                qos: QoS::from_wire(will.qos),
                retain: will.retain,
            }),
            username: connect.username.map(|name| name.as_ref().into()),
            password: connect
                .password
                .map(|password| Secret::new(password.to_vec())),
        })
    }

    pub(super) fn to_wire(&self) -> Result<wire::Connect, EncodeError> {
        if self.password.is_some() && self.username.is_none() {
            return Err(EncodeError::PasswordWithoutUsername);
        }
        let last_will = match &self.will {
            Some(will) => Some(will.to_wire()?),
            None => None,
        };
        if self.texts().any(|text| text.contains('\0')) {
            return Err(EncodeError::Nul);
        }
        let password = self.password.as_ref().map(Secret::reveal);
        for field in self.texts().map(str::as_bytes).chain(password) {
            fits(field)?;
        }
        Ok(wire::Connect {
            protocol: match self.level {
                Level::V31 => mqtt_proto::Protocol::V310,
                Level::V311 => mqtt_proto::Protocol::V311,
            },
            clean_session: self.clean_session,
            keep_alive: self.keep_alive,
            client_id: self.client_id.as_str().into(),
            last_will,
            username: self.username.as_deref().map(Into::into),
            password: password.map(|password| password.to_vec().into()),
        })
    }

    /// Every string of the packet.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        core::iter::once(self.client_id.as_str())
            .chain(self.username.as_deref())
            .chain(self.will.as_ref().map(|will| will.topic.as_str()))
    }
}

/// The message a broker publishes for a client that vanished (MQTT 3.1.1 §3.1.2.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Will {
    /// Topic name.
    pub topic: String,
    /// Message, up to 65535 bytes.
    pub payload: Vec<u8>,
    /// Quality of service to publish at.
    pub qos: QoS,
    /// Publish as retained.
    pub retain: bool,
}

impl Will {
    fn to_wire(&self) -> Result<wire::LastWill, EncodeError> {
        check_topic(&self.topic).map_err(EncodeError::Topic)?;
        fits(&self.payload)?;
        let topic_name = mqtt_proto::TopicName::try_from(self.topic.as_str())
            .map_err(|_| EncodeError::Topic(TopicError::Empty))?;
        Ok(wire::LastWill {
            qos: self.qos.to_wire(),
            retain: self.retain,
            topic_name,
            message: self.payload.clone().into(),
        })
    }
}

/// CONNACK (MQTT 3.1.1 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnAck {
    /// The broker kept a session; 3.1.1 only, always false at 3.1.
    pub session_present: bool,
    /// Accepted, or why not.
    pub code: ConnAckCode,
}

impl ConnAck {
    /// MQTT 3.1 §3.2 reserves and ignores the first byte: gives the body with it cleared.
    pub(super) fn clear(body: &[u8], level: Level) -> Option<Vec<u8>> {
        let mut copy = (level == Level::V31).then(|| body.to_vec())?;
        *copy.first_mut()? = 0;
        Some(copy)
    }

    pub(super) fn from_wire(ack: wire::Connack) -> Result<Self, MqttError> {
        let code = ConnAckCode::from_wire(ack.code);
        // MQTT 3.1.1 §3.2.2.2-4: no session beside a refusal.
        if ack.session_present && code != ConnAckCode::Accepted {
            return Err(MqttError::SessionPresent);
        }
        Ok(Self {
            session_present: ack.session_present,
            code,
        })
    }

    pub(super) fn to_wire(self, level: Level) -> Result<wire::Connack, EncodeError> {
        if self.session_present && (level == Level::V31 || self.code != ConnAckCode::Accepted) {
            return Err(EncodeError::SessionPresent);
        }
        Ok(wire::Connack::new(
            self.session_present,
            self.code.to_wire(),
        ))
    }
}

/// CONNACK return code (MQTT 3.1.1 §3.2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "closed by MQTT 3.1.1 §3.2.2.3")]
pub enum ConnAckCode {
    /// 0: accepted.
    Accepted,
    /// 1: protocol level not spoken.
    UnacceptableProtocol,
    /// 2: client identifier not allowed.
    IdentifierRejected,
    /// 3: broker not available.
    ServerUnavailable,
    /// 4: user name or password wrong.
    BadCredentials,
    /// 5: not authorized.
    NotAuthorized,
}

impl ConnAckCode {
    /// The number on the wire, 0 to 5.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::UnacceptableProtocol => 1,
            Self::IdentifierRejected => 2,
            Self::ServerUnavailable => 3,
            Self::BadCredentials => 4,
            Self::NotAuthorized => 5,
        }
    }

    const fn from_wire(code: wire::ConnectReturnCode) -> Self {
        match code {
            wire::ConnectReturnCode::Accepted => Self::Accepted,
            wire::ConnectReturnCode::UnacceptableProtocolVersion => Self::UnacceptableProtocol,
            wire::ConnectReturnCode::IdentifierRejected => Self::IdentifierRejected,
            wire::ConnectReturnCode::ServerUnavailable => Self::ServerUnavailable,
            wire::ConnectReturnCode::BadUserNameOrPassword => Self::BadCredentials,
            wire::ConnectReturnCode::NotAuthorized => Self::NotAuthorized,
        }
    }

    const fn to_wire(self) -> wire::ConnectReturnCode {
        match self {
            Self::Accepted => wire::ConnectReturnCode::Accepted,
            Self::UnacceptableProtocol => wire::ConnectReturnCode::UnacceptableProtocolVersion,
            Self::IdentifierRejected => wire::ConnectReturnCode::IdentifierRejected,
            Self::ServerUnavailable => wire::ConnectReturnCode::ServerUnavailable,
            Self::BadCredentials => wire::ConnectReturnCode::BadUserNameOrPassword,
            Self::NotAuthorized => wire::ConnectReturnCode::NotAuthorized,
        }
    }
}

/// Reads protocol name and level; gives what follows them.
fn protocol(body: &[u8]) -> Result<(Level, &[u8]), MqttError> {
    let (length, rest) = body.split_first_chunk::<2>().ok_or(MqttError::Truncated)?;
    let (name, rest) = rest
        .split_at_checked(usize::from(u16::from_be_bytes(*length)))
        .ok_or(MqttError::Truncated)?;
    let expected = match name {
        b"MQIsdp" => Level::V31,
        b"MQTT" => Level::V311,
        _ => return Err(MqttError::ProtocolName),
    };
    let (level, rest) = rest.split_first().ok_or(MqttError::Truncated)?;
    if level & !BRIDGE != expected.number() {
        return Err(MqttError::UnknownLevel { level: *level });
    }
    Ok((expected, rest))
}

/// Strings and binary fields have a 16-bit length (MQTT 3.1.1 §1.5.3).
fn fits(field: &[u8]) -> Result<(), EncodeError> {
    match u16::try_from(field.len()) {
        Ok(_) => Ok(()),
        Err(_) => Err(EncodeError::FieldTooLong),
    }
}
