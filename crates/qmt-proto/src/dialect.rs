//! Which lines of this module end in free data.

use at_syntax::{Args, Coding, DataLayout, Dialect, Plain};

use crate::{DataFormat, LinkId, limits};

/// Framing of what the module sends: knows +QMTRECV and, while it is awaited, the prompt.
///
/// A receive format is what was read back from the module for that link; a restart of the module
/// makes all of them text again.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "the caller sets it up")]
pub struct ResponseDialect {
    /// Receive format of each link.
    pub recv_format: [DataFormat; LinkId::COUNT],
    /// Whether `<payload_len>` counts hex digits instead of bytes in hex format. The note does not
    /// say; the module's socket commands count bytes.
    pub counts_digits: bool,
    /// Whether a prompt is awaited.
    pub prompt_armed: bool,
}

/// Framing of what the host sends: knows QMTPUB with its message on the line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "the caller sets it up")]
pub struct RequestDialect {
    /// Send format of each link.
    pub send_format: [DataFormat; LinkId::COUNT],
    /// Whether `<msglen>` counts hex digits instead of bytes in hex format.
    pub counts_digits: bool,
}

impl Dialect for ResponseDialect {
    #[inline]
    fn data_lines(&self) -> &[DataLayout] {
        const RECV: &[DataLayout] = &[DataLayout {
            name: "QMTRECV",
            plain: 2,
            limit: limits::PAYLOAD as u32,
        }];
        RECV
    }

    #[inline]
    fn coding(&self, plain: &Plain<'_>) -> Coding {
        coding(&self.recv_format, self.counts_digits, plain)
    }

    fn prompt_armed(&self) -> bool {
        self.prompt_armed
    }
}

impl Dialect for RequestDialect {
    #[inline]
    fn data_lines(&self) -> &[DataLayout] {
        const PUB: &[DataLayout] = &[DataLayout {
            name: "QMTPUB",
            plain: 4,
            limit: limits::PAYLOAD as u32,
        }];
        PUB
    }

    #[inline]
    fn coding(&self, plain: &Plain<'_>) -> Coding {
        coding(&self.send_format, self.counts_digits, plain)
    }
}

/// The coding for the link that stands first in `plain`.
#[inline]
fn coding(formats: &[DataFormat], counts_digits: bool, plain: &Plain<'_>) -> Coding {
    let link = match plain.numbers() {
        Some([link, ..]) => usize::try_from(link).ok(),
        None => first_number(plain.text),
    };
    match link.and_then(|link| formats.get(link)) {
        Some(DataFormat::Hex) if counts_digits => Coding::HexCountsDigits,
        Some(DataFormat::Hex) => Coding::HexCountsBytes,
        _ => Coding::Text,
    }
}

/// The first of `plain` in any form that a number may have.
#[cold]
fn first_number(plain: &[u8]) -> Option<usize> {
    Args::new(plain).int::<u8>().ok().map(usize::from)
}
