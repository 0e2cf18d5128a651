//! Carries bytes between a host and a module, and tells what it carries.

use std::collections::VecDeque;
use std::io;

use qmt_session::LineError;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};

use crate::error::CliError;
use crate::exit::Exit;
use crate::line::Stream;
use crate::trace::Direction;

/// Bytes that wait for a host that does not read; the oldest are dropped, as a UART drops them.
const MOST: usize = 64 * 1024;

/// A module's line, and that of its host if there is one.
pub(super) struct Bridge {
    module: Side,
    host: Option<Side>,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Passed {
    Bytes(Direction, Vec<u8>),
    /// The line told that bytes were lost.
    Damage(String),
    HostLeft,
}

struct Side {
    input: Input,
    output: Output,
}

struct Input {
    reader: ReadHalf<Box<dyn Stream>>,
    buffer: Box<[u8; 4096]>,
}

struct Output {
    writer: WriteHalf<Box<dyn Stream>>,
    /// What is still to be written.
    pending: VecDeque<u8>,
}

impl Bridge {
    pub(super) fn new(module: Box<dyn Stream>, host: Option<Box<dyn Stream>>) -> Self {
        Self {
            module: Side::new(module),
            host: host.map(Side::new),
        }
    }

    /// Waits for the next thing to tell. Cancel-safe.
    ///
    /// # Errors
    /// When the module's line is broken or has ended.
    pub(super) async fn next(&mut self) -> Result<Passed, CliError> {
        loop {
            let Side { input, output } = &mut self.module;
            let Some(host) = &mut self.host else {
                let len = input.read().await;
                return self.of_module(len);
            };
            tokio::select! {
                len = input.read() => return self.of_module(len),
                len = host.input.read(), if output.pending.len() < MOST => {
                    return Ok(self.of_host(&len));
                }
                written = output.write(), if !output.pending.is_empty() => {
                    written.map_err(|error| CliError::io("cannot write to the line", &error))?;
                }
                written = host.output.write(), if !host.output.pending.is_empty() => {
                    if written.is_err() {
                        self.host = None;
                        return Ok(Passed::HostLeft);
                    }
                }
            }
        }
    }

    fn of_module(&mut self, len: io::Result<usize>) -> Result<Passed, CliError> {
        match len {
            Ok(0) => Err(CliError::new(
                Exit::IO,
                "the line was closed, or the device is gone",
                "check that it is there",
            )),
            Ok(len) => {
                let bytes = self.module.input.taken(len);
                if let Some(host) = &mut self.host {
                    let pending = &mut host.output.pending;
                    pending.extend(&bytes);
                    let surplus = pending.len().saturating_sub(MOST);
                    pending.drain(..surplus);
                }
                Ok(Passed::Bytes(Direction::FromModule, bytes))
            }
            Err(error) if error.get_ref().is_some_and(|it| it.is::<LineError>()) => {
                Ok(Passed::Damage(error.to_string()))
            }
            Err(error) => Err(CliError::io("cannot read from the line", &error)),
        }
    }

    fn of_host(&mut self, len: &io::Result<usize>) -> Passed {
        match (len, &self.host) {
            (Ok(len @ 1..), Some(host)) => {
                let bytes = host.input.taken(*len);
                self.module.output.pending.extend(&bytes);
                Passed::Bytes(Direction::ToModule, bytes)
            }
            _ => {
                self.host = None;
                Passed::HostLeft
            }
        }
    }
}

impl Side {
    fn new(stream: Box<dyn Stream>) -> Self {
        let (reader, writer) = split(stream);
        Self {
            input: Input {
                reader,
                buffer: Box::new([0; 4096]),
            },
            output: Output {
                writer,
                pending: VecDeque::new(),
            },
        }
    }
}

impl Input {
    async fn read(&mut self) -> io::Result<usize> {
        self.reader.read(&mut self.buffer[..]).await
    }

    /// What was read last.
    fn taken(&self, len: usize) -> Vec<u8> {
        self.buffer.get(..len).unwrap_or_default().to_vec()
    }
}

impl Output {
    /// Writes a part of what is to be written.
    async fn write(&mut self) -> io::Result<()> {
        let len = self.writer.write(self.pending.as_slices().0).await?;
        self.pending.drain(..len);
        self.writer.flush().await
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test]
    async fn what_one_side_says_the_other_hears_and_it_is_told() {
        let (module, mut far_module) = duplex(64);
        let (host, mut far_host) = duplex(64);
        let mut bridge = Bridge::new(Box::new(module), Some(Box::new(host)));
        far_host.write_all(b"AT\r").await.unwrap();
        let passed = bridge.next().await.unwrap();
        assert!(
            matches!(&passed, Passed::Bytes(Direction::ToModule, bytes) if bytes == b"AT\r"),
            "{passed:?}"
        );
        let mut heard = [0; 3];
        let answer = async {
            far_module.read_exact(&mut heard).await.unwrap();
            far_module.write_all(b"OK\r\n").await.unwrap();
        };
        let (passed, ()) = tokio::join!(bridge.next(), answer);
        let passed = passed.unwrap();
        assert!(
            matches!(&passed, Passed::Bytes(Direction::FromModule, bytes) if bytes == b"OK\r\n"),
            "{passed:?}"
        );
        drop(far_module);
        assert_eq!(bridge.next().await.unwrap_err().exit(), Exit::IO);
    }
}
