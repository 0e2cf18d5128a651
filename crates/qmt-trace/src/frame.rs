//! Headers and records as frames, and back.

use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};
use postcard::de_flavors::{Slice as Source, crc::CrcModifier as Checked};
use postcard::ser_flavors::{Cobs, Slice as Sink, crc::CrcModifier as Summed};
use serde::{Deserialize, Serialize};

use crate::{Header, Record, VERSION};

/// How many bytes a frame takes beyond those it records, apart from one for each 254 of it: time,
/// kind, direction, length, CRC, and what COBS adds.
pub const OVERHEAD: usize = 10 + 1 + 1 + 5 + 4 + 2;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What every header begins with.
const MAGIC: [u8; 4] = *b"QMTr";

/// Why a frame was not written or not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TraceError {
    /// The buffer is too small for the frame; nothing of it counts.
    BufferFull,
    /// What was read is no frame, or not the one that was written.
    Damaged,
    /// The first frame is no header: this is no recording.
    NoHeader,
    /// The recording is of a version that is newer than this reader.
    Version(u8),
}

#[derive(Deserialize, Serialize)]
struct Head<'a> {
    magic: [u8; 4],
    version: u8,
    started_ms: u64,
    title: &'a str,
}

/// Writes the first frame of a recording, with its closing zero.
///
/// # Errors
/// [`TraceError::BufferFull`].
pub fn encode_header<'b>(header: &Header<'_>, out: &'b mut [u8]) -> Result<&'b [u8], TraceError> {
    let head = Head {
        magic: MAGIC,
        version: VERSION,
        started_ms: header.started_ms,
        title: header.title,
    };
    write(&head, out)
}

/// Writes a record as a frame, with its closing zero.
///
/// # Errors
/// [`TraceError::BufferFull`]; with [`OVERHEAD`] and a 254th more room than bytes it does not
/// happen.
pub fn encode<'b>(record: &Record<'_>, out: &'b mut [u8]) -> Result<&'b [u8], TraceError> {
    write(record, out)
}

/// Reads the first frame of a recording, with or without its closing zero, in place.
///
/// # Errors
/// [`TraceError::NoHeader`], [`TraceError::Version`].
pub fn decode_header(frame: &mut [u8]) -> Result<Header<'_>, TraceError> {
    let head: Head<'_> = read(frame).map_err(|_| TraceError::NoHeader)?;
    if head.magic != MAGIC {
        return Err(TraceError::NoHeader);
    }
    if head.version > VERSION {
        return Err(TraceError::Version(head.version));
    }
    Ok(Header {
        started_ms: head.started_ms,
        title: head.title,
    })
}

/// Reads a record from its frame, with or without its closing zero, in place.
///
/// # Errors
/// [`TraceError::Damaged`]; what `frame` holds afterwards means nothing.
pub fn decode(frame: &mut [u8]) -> Result<Record<'_>, TraceError> {
    read(frame)
}

fn write<'b>(value: &impl Serialize, out: &'b mut [u8]) -> Result<&'b [u8], TraceError> {
    let full = |_| TraceError::BufferFull;
    let sink = Cobs::try_new(Sink::new(out)).map_err(full)?;
    let frame = postcard::serialize_with_flavor(value, Summed::new(sink, CRC.digest()));
    frame.map(|frame| &*frame).map_err(full)
}

fn read<'de, T: Deserialize<'de>>(frame: &'de mut [u8]) -> Result<T, TraceError> {
    let damaged = |_| TraceError::Damaged;
    // A zero ends a frame, so there is none inside it.
    let end = frame.iter().position(|byte| *byte == 0);
    let end = end.unwrap_or(frame.len());
    let frame = frame.get_mut(..end).ok_or(TraceError::Damaged)?;
    let len = cobs::decode_in_place(frame).map_err(|_| TraceError::Damaged)?;
    let body: &'de [u8] = frame.get(..len).ok_or(TraceError::Damaged)?;
    let source = Checked::new(Source::new(body), CRC.digest());
    let mut reader = postcard::Deserializer::from_flavor(source);
    let value = T::deserialize(&mut reader).map_err(damaged)?;
    let rest = reader.finalize().map_err(damaged)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(TraceError::Damaged)
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferFull => f.write_str("the frame does not fit the buffer"),
            Self::Damaged => f.write_str("a damaged record"),
            Self::NoHeader => f.write_str("not a recording"),
            Self::Version(version) => write!(
                f,
                "a recording of version {version}, newer than this reader's {VERSION}"
            ),
        }
    }
}

impl core::error::Error for TraceError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_recording_is_refused_by_its_version() {
        let head = |version| Head {
            magic: MAGIC,
            version,
            started_ms: 7,
            title: "",
        };
        let mut buf = [0; 64];
        write(&head(VERSION + 1), &mut buf).unwrap();
        assert_eq!(
            decode_header(&mut buf),
            Err(TraceError::Version(VERSION + 1))
        );
        write(&head(VERSION), &mut buf).unwrap();
        assert_eq!(decode_header(&mut buf).unwrap().started_ms, 7);
    }

    #[test]
    fn a_record_is_no_header() {
        let body = crate::Body::Note("QMTr");
        let mut buf = [0; 64];
        encode(&Record { at_us: 0, body }, &mut buf).unwrap();
        assert_eq!(decode_header(&mut buf), Err(TraceError::NoHeader));
    }
}
