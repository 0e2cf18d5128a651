//! The traffic of the virtual module, without the passwords that hosts give it.

use core::time::Duration;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use at_syntax::Frame;
use clap::ValueEnum;
use qmt_modem::runner::Traffic;
use qmt_proto::{Command, Config};
use qmt_trace::Redactor;
use serde_json::json;

use crate::tap::Tap;
use crate::trace::{Direction, Trace};

/// How the log is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// `   0.512 > AT\r`: seconds, direction as the host sees it, bytes
    Text,
    /// One JSON object for each read and write
    Jsonl,
}

/// Where the logs of all modules go.
#[derive(Clone)]
pub(crate) struct Sink {
    format: Format,
    /// Whether there is more than one module, so that each line names its own.
    many: bool,
    out: Arc<Mutex<dyn Write + Send>>,
}

/// Writes and records the traffic of one module. A command line is held back until it ends, together with its
/// echo, since only then it is known which part of it is a password.
pub(crate) struct Log {
    sink: Option<Sink>,
    /// Number of the module.
    module: usize,
    trace: Trace,
    recording: Option<Tap>,
    /// The command line that has begun.
    line: Vec<u8>,
    /// What is held back: traffic since the line began.
    held: Vec<(Duration, Direction, Vec<u8>)>,
}

/// A line that is longer is no command.
const LONGEST: usize = qmt_proto::limits::COMMAND_LINE;

impl Sink {
    /// Writes to `file`, or to standard error.
    pub(super) fn create(format: Format, file: Option<&Path>, many: bool) -> io::Result<Self> {
        let out: Arc<Mutex<dyn Write + Send>> = match file {
            Some(path) => Arc::new(Mutex::new(File::create(path)?)),
            None => Arc::new(Mutex::new(io::stderr())),
        };
        Ok(Self { format, many, out })
    }

    fn write(&self, module: usize, at: Duration, direction: Direction, text: &str) {
        let line = match self.format {
            Format::Text => {
                let (s, ms, arrow) = (at.as_secs(), at.subsec_millis(), direction.arrow());
                let module = match self.many {
                    true => format!("#{module} "),
                    false => String::new(),
                };
                format!("{s:4}.{ms:03} {module}{arrow} {text}\n")
            }
            Format::Jsonl => {
                let from = match direction {
                    Direction::ToModule => "host",
                    Direction::FromModule => "module",
                };
                let ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
                let line = json!({ "ms": ms, "module": module, "from": from, "bytes": text });
                format!("{line}\n")
            }
        };
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece, so that modules do not mix; a log that nobody reads is no reason to stop.
        let _ = out.write_all(line.as_bytes());
    }
}

impl Log {
    pub(crate) fn new(sink: Option<Sink>, recording: Option<Tap>, module: usize) -> Self {
        Self {
            sink,
            module,
            trace: Trace::new(Redactor::new()),
            recording,
            line: Vec::new(),
            held: Vec::new(),
        }
    }

    pub(super) fn show(&mut self, traffic: &Traffic<'_>) {
        let at = Duration::from_millis(traffic.at.as_millis());
        let direction = match traffic.direction {
            qmt_modem::Direction::FromHost => Direction::ToModule,
            qmt_modem::Direction::ToHost => Direction::FromModule,
        };
        self.pass(at, direction, traffic.bytes);
    }

    /// `bytes` passed, `at` after the start.
    pub(crate) fn pass(&mut self, at: Duration, direction: Direction, bytes: &[u8]) {
        self.held.push((at, direction, bytes.to_vec()));
        match direction {
            Direction::ToModule => self.read(bytes),
            // Whatever is not an echo shows that the line was none.
            Direction::FromModule if !self.line.ends_with(bytes) => self.line.clear(),
            Direction::FromModule => {}
        }
        if self.line.is_empty() {
            for (at, direction, bytes) in core::mem::take(&mut self.held) {
                if let Some(recording) = &mut self.recording {
                    recording.hear(at, direction, &bytes);
                }
                let Some(sink) = &self.sink else {
                    continue;
                };
                let text = self.trace.masked(direction, &bytes);
                if !text.is_empty() {
                    sink.write(self.module, at, direction, &text);
                }
            }
        }
    }

    /// Follows the host's command lines.
    fn read(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.line.push(byte);
            let prefix = &self.line[..self.line.len().min(2)];
            if byte == b'\r' {
                self.learn();
                self.line.clear();
            } else if !b"AT"[..prefix.len()].eq_ignore_ascii_case(prefix)
                || self.line.len() > LONGEST
            {
                self.line.clear();
            }
        }
    }

    fn hide(&mut self, secret: &[u8]) {
        self.trace.hide(secret);
        if let Some(recording) = &mut self.recording {
            recording.hide(secret);
        }
    }

    /// Takes the secrets out of a line that has ended.
    fn learn(&mut self) {
        let line = core::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        match Command::parse(Frame::Line(line)) {
            Ok(Command::Connect(connect)) => {
                let password = connect.credentials.and_then(|known| known.password);
                if let Some(password) = password {
                    self.hide(password.expose().as_bytes());
                }
            }
            Ok(Command::Config(config)) => {
                if let Config::Set(_, qmt_proto::Setting::AliAuth(auth)) = config {
                    self.hide(auth.device_secret.expose().as_bytes());
                }
            }
            Ok(_) => {}
            // It may hold a password in the wrong place.
            Err(_) => {
                let mut sides = line.splitn(2, |&byte| byte == b'=');
                let name = sides.next().unwrap_or_default().to_ascii_uppercase();
                let arguments = sides.next().unwrap_or_default();
                let secret = name.ends_with(b"QMTCONN")
                    || name.ends_with(b"QMTCFG")
                        && arguments.to_ascii_lowercase().starts_with(b"\"aliauth");
                if secret {
                    self.hide(arguments);
                }
            }
        }
    }
}
