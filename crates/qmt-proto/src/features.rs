//! What the features `serde` and `defmt` need beside derives: checked identifiers, short forms.

#[cfg(feature = "serde")]
mod with_serde {
    use serde::de::{Deserialize, Deserializer, Error, Unexpected};
    use serde::{Serialize, Serializer};

    use crate::hex::Hex;
    use crate::{Few, LinkId, MsgId, Values};

    impl Serialize for LinkId {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u8(self.get())
        }
    }

    impl<'de> Deserialize<'de> for LinkId {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let id = u8::deserialize(deserializer)?;
            let strange = Unexpected::Unsigned(id.into());
            Self::new(id).ok_or_else(|| D::Error::invalid_value(strange, &"a link, 0 to 4"))
        }
    }

    impl Serialize for MsgId {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u16(self.get())
        }
    }

    impl<'de> Deserialize<'de> for MsgId {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let id = u16::deserialize(deserializer)?;
            Self::new(id)
                .ok_or_else(|| D::Error::invalid_value(Unexpected::Unsigned(0), &"1 to 65535"))
        }
    }

    impl Serialize for Values {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    impl<T: Copy + Serialize> Serialize for Few<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    /// The bytes it stands for.
    impl Serialize for Hex<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.bytes())
        }
    }
}

#[cfg(feature = "defmt")]
mod with_defmt {
    use defmt::{Format, Formatter, write};

    use crate::hex::Hex;
    use crate::{MsgId, Open};

    impl Format for MsgId {
        fn format(&self, f: Formatter<'_>) {
            write!(f, "MsgId({=u16})", self.get());
        }
    }

    impl Format for Open<'_> {
        fn format(&self, f: Formatter<'_>) {
            let (link, host, port) = (self.link, self.host, self.port.get());
            write!(
                f,
                "Open {{ link: {}, host: {}, port: {=u16} }}",
                link, host, port
            );
        }
    }

    impl Format for Hex<'_> {
        fn format(&self, f: Formatter<'_>) {
            write!(f, "Hex({=usize} bytes)", self.len());
        }
    }
}
