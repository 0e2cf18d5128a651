//! Application messages.

use alloc::string::String;
use alloc::vec::Vec;

use qmt_mqtt::{Publish, QoS, Will};

/// A message as its sender published it; shared by all who receive it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Topic name.
    pub topic: String,
    /// Application message, any bytes.
    pub payload: Vec<u8>,
    /// Quality of service of the sender.
    pub qos: QoS,
    /// To be kept for later subscribers.
    pub retain: bool,
}

impl From<Publish> for Message {
    fn from(publish: Publish) -> Self {
        let Publish {
            delivery,
            retain,
            topic,
            payload,
        } = publish;
        Self {
            topic,
            payload,
            qos: delivery.qos(),
            retain,
        }
    }
}

impl From<Will> for Message {
    fn from(will: Will) -> Self {
        let Will {
            topic,
            payload,
            qos,
            retain,
        } = will;
        Self {
            topic,
            payload,
            qos,
            retain,
        }
    }
}
