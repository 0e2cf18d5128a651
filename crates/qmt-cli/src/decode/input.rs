//! What the input is: a raw capture, a hex dump or a terminal's log.

use clap::ValueEnum;

use super::dump::Dump;
use super::log::Log;
use super::tape::Tape;

/// How much is looked at before it is decided what the input is.
const SAMPLE: usize = 4096;

/// Formats of input, for `--input`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Decided by the first 4 KiB
    Auto,
    /// Bytes as they passed over the line
    Raw,
    /// Plain hex, xxd, hexdump -C
    Hex,
    /// A terminal's log: time stamps, directions, escapes, lost CRs
    Text,
}

/// Takes the input and puts the captured bytes on the tape.
#[derive(Debug)]
pub(crate) struct Input {
    format: InputFormat,
    sample: Vec<u8>,
    peeler: Option<Peeler>,
}

#[derive(Debug)]
enum Peeler {
    Raw,
    Dump(Dump),
    Log(Log),
}

impl Input {
    pub(crate) fn new(format: InputFormat) -> Self {
        Self {
            format,
            sample: Vec::new(),
            peeler: (format == InputFormat::Raw).then_some(Peeler::Raw),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8], tape: &mut Tape) {
        if let Some(peeler) = &mut self.peeler {
            peeler.push(bytes, tape);
            return;
        }
        self.sample.extend_from_slice(bytes);
        if self.sample.len() >= SAMPLE {
            self.decide(tape);
        }
    }

    pub(crate) fn end(&mut self, tape: &mut Tape) {
        if self.peeler.is_none() {
            self.decide(tape);
        }
        match &mut self.peeler {
            Some(Peeler::Dump(dump)) => dump.end(tape),
            Some(Peeler::Log(log)) => log.end(tape),
            _ => {}
        }
        tape.end();
    }

    fn decide(&mut self, tape: &mut Tape) {
        let held = core::mem::take(&mut self.sample);
        let mut sample = held.get(..SAMPLE).unwrap_or(&held);
        if sample.len() == SAMPLE
            && let Some(end) = sample.iter().rposition(|&b| b == b'\n')
        {
            sample = &sample[..end];
        }
        let mut peeler = match self.format {
            InputFormat::Raw => Peeler::Raw,
            InputFormat::Hex => Peeler::Dump(Dump::new()),
            InputFormat::Text => Peeler::Log(Log::new(sample)),
            InputFormat::Auto => {
                if Dump::is_one(sample) {
                    Peeler::Dump(Dump::new())
                } else if Log::is_one(sample) {
                    Peeler::Log(Log::new(sample))
                } else {
                    Peeler::Raw
                }
            }
        };
        peeler.push(&held, tape);
        self.peeler = Some(peeler);
    }
}

impl Peeler {
    fn push(&mut self, bytes: &[u8], tape: &mut Tape) {
        match self {
            Self::Raw => tape.push(bytes),
            Self::Dump(dump) => dump.push(bytes, tape),
            Self::Log(log) => log.push(bytes, tape),
        }
    }
}
