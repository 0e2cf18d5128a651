//! Listens to the line for those who want to see or keep what passes.

use core::time::Duration;
use std::fs::File;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use qmt_trace::{Header, Recorder, Redactor};

use crate::error::{CliError, note};
use crate::trace::{Direction, Trace};

/// Shows what passes on standard error, or keeps it in a file, or both. Never a secret.
#[derive(Debug)]
pub(crate) struct Tap {
    trace: Option<Trace>,
    recording: Option<Recording>,
}

/// A file that takes what passes. Complete when dropped.
#[derive(Debug)]
struct Recording {
    /// None after a failure, which was told.
    recorder: Option<Recorder<File>>,
    at_us: u64,
}

impl Tap {
    /// `None` when nobody wants to know: neither `trace` nor a `record`ing is wanted.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn new(
        trace: bool,
        record: Option<&Path>,
        title: &str,
        redactor: &Redactor,
    ) -> Result<Option<Self>, CliError> {
        let recording = match record {
            Some(path) => Some(Recording::new(path, title, redactor.clone())?),
            None => None,
        };
        let trace = trace.then(|| Trace::new(redactor.clone()));
        let wanted = trace.is_some() || recording.is_some();
        Ok(wanted.then_some(Self { trace, recording }))
    }

    /// From now on `secret` is neither shown nor kept.
    pub(crate) fn hide(&mut self, secret: &[u8]) {
        if let Some(trace) = &mut self.trace {
            trace.hide(secret);
        }
        if let Some(recording) = &mut self.recording {
            recording.hide(secret);
        }
    }

    /// `bytes` passed, `at` after the start.
    pub(crate) fn hear(&mut self, at: Duration, direction: Direction, bytes: &[u8]) {
        if let Some(trace) = &mut self.trace {
            trace.show(at, direction, bytes);
        }
        if let Some(recording) = &mut self.recording {
            recording.hear(at, direction, bytes);
        }
    }
}

impl Recording {
    fn new(path: &Path, title: &str, redactor: Redactor) -> Result<Self, CliError> {
        let failed = |error| CliError::io(format!("cannot write {}", path.display()), &error);
        let file = File::create(path).map_err(failed)?;
        let header = Header {
            started_ms: milliseconds_since_1970(),
            title,
        };
        let recorder = Recorder::new(file, &header, redactor).map_err(failed)?;
        Ok(Self {
            recorder: Some(recorder),
            at_us: 0,
        })
    }

    fn hide(&mut self, secret: &[u8]) {
        if let Some(recorder) = &mut self.recorder {
            recorder.hide(secret);
        }
    }

    fn hear(&mut self, at: Duration, direction: Direction, bytes: &[u8]) {
        self.at_us = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        if let Err(error) = recorder.bytes(self.at_us, direction.into(), bytes) {
            // The messages matter more than their recording.
            note(format_args!("the recording ends here: {error}"));
            self.recorder = None;
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let finished = self
            .recorder
            .take()
            .map(|recorder| recorder.finish(self.at_us));
        if let Some(Err(error)) = finished {
            note(format_args!("the recording lacks its end: {error}"));
        }
    }
}

fn milliseconds_since_1970() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "people want to know the day")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_millis();
    u64::try_from(now).unwrap_or_default()
}
