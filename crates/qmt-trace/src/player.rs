//! Reads a recording.

use core::fmt;
use std::io::{self, BufRead};
use std::string::String;
use std::vec::Vec;

use crate::{Header, Record, TraceError, decode, decode_header};

/// Longest frame that is read: longer than anything a line carries at once.
const LONGEST: usize = 1 << 20;

/// Reads the records of a recording one after another.
#[derive(Debug)]
pub struct Player<R> {
    source: R,
    frame: Vec<u8>,
    started_ms: u64,
    title: String,
    /// Bytes read so far.
    offset: u64,
}

/// Why a record could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlayError {
    /// The frame that begins at this byte is damaged. The next call goes on behind it.
    Frame {
        /// Offset in the recording, in bytes.
        offset: u64,
        /// What is wrong with it.
        error: TraceError,
    },
    /// The source could not be read.
    Io(io::Error),
}

impl<R: BufRead> Player<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`PlayError::Frame`] when this is no recording, or one that is too new.
    pub fn new(source: R) -> Result<Self, PlayError> {
        let mut player = Self {
            source,
            frame: Vec::new(),
            started_ms: 0,
            title: String::new(),
            offset: 0,
        };
        if !player.read_frame()? {
            let error = TraceError::NoHeader;
            return Err(PlayError::Frame { offset: 0, error });
        }
        let header = decode_header(&mut player.frame);
        let header = header.map_err(|error| PlayError::Frame { offset: 0, error })?;
        player.started_ms = header.started_ms;
        player.title = header.title.into();
        Ok(player)
    }

    /// What the recording says of itself.
    pub fn header(&self) -> Header<'_> {
        Header {
            started_ms: self.started_ms,
            title: &self.title,
        }
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`PlayError::Frame`] for a damaged frame, also for one cut off at the end: after it comes
    /// the next. [`PlayError::Io`].
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, PlayError> {
        let offset = self.offset;
        if !self.read_frame()? {
            return Ok(None);
        }
        let record = decode(&mut self.frame);
        record
            .map(Some)
            .map_err(|error| PlayError::Frame { offset, error })
    }

    /// Reads up to the next zero. False: the source is at its end.
    fn read_frame(&mut self) -> Result<bool, PlayError> {
        self.frame.clear();
        let mut any = false;
        loop {
            let bytes = match self.source.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(PlayError::Io(error)),
            };
            if bytes.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = bytes.iter().position(|byte| *byte == 0);
            let used = end.map_or(bytes.len(), |end| end + 1);
            let room = LONGEST.saturating_sub(self.frame.len());
            // A frame that is too long loses its end, and so its CRC.
            let kept = bytes.get(..used.min(room)).unwrap_or_default();
            self.frame.extend_from_slice(kept);
            self.source.consume(used);
            self.offset += used as u64;
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame { offset, error } => write!(f, "{error} at byte {offset}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PlayError {}
