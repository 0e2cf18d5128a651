//! The traffic of the virtual module, without the passwords that hosts give it.

use core::time::Duration;

use at_syntax::Frame;
use qmt_modem::runner::{self, Traffic};
use qmt_proto::{Command, Config};

use crate::trace::{Direction, Trace};

/// Prints traffic. A command line is held back until it ends, together with its echo, since only
/// then it is known which part of it is a password.
#[derive(Debug)]
pub(super) struct Log {
    trace: Trace,
    /// The command line that has begun.
    line: Vec<u8>,
    /// What is held back: traffic since the line began.
    held: Vec<(Duration, Direction, Vec<u8>)>,
}

/// A line that is longer is no command.
const LONGEST: usize = qmt_proto::limits::COMMAND_LINE;

impl Log {
    pub(super) fn new() -> Self {
        Self {
            trace: Trace::new([]),
            line: Vec::new(),
            held: Vec::new(),
        }
    }

    pub(super) fn show(&mut self, traffic: &Traffic<'_>) {
        let at = Duration::from_millis(traffic.at.as_millis());
        let direction = match traffic.direction {
            runner::Direction::FromHost => Direction::ToModule,
            runner::Direction::ToHost => Direction::FromModule,
        };
        let bytes = traffic.bytes;
        self.held.push((at, direction, bytes.to_vec()));
        match direction {
            Direction::ToModule => self.read(bytes),
            // Whatever is not an echo shows that the line was none.
            Direction::FromModule if !self.line.ends_with(bytes) => self.line.clear(),
            Direction::FromModule => {}
        }
        if self.line.is_empty() {
            for (at, direction, bytes) in core::mem::take(&mut self.held) {
                self.trace.show(at, direction, &bytes);
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

    /// Takes the secrets out of a line that has ended.
    fn learn(&mut self) {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        match Command::parse(Frame::Line(line)) {
            Ok(Command::Connect(connect)) => {
                let password = connect.credentials.and_then(|known| known.password);
                if let Some(password) = password {
                    self.trace.hide(password.expose().as_bytes());
                }
            }
            Ok(Command::Config(config)) => {
                if let Config::Set(_, qmt_proto::Setting::AliAuth(auth)) = config {
                    self.trace.hide(auth.device_secret.expose().as_bytes());
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
                    self.trace.hide(arguments);
                }
            }
        }
    }
}
