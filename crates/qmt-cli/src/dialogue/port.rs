//! The line to the module: writes commands, cuts what comes into lines, tells what each line is.

use core::time::Duration;

use at_syntax::{Frame, Framer, Info, Line as Syntax};
use qmt_proto::{
    Answer, DataFormat, LinkId, Notice, PacketTimeout, Report, RequestDialect, Response,
    ResponseDialect, Setting, limits,
};
use qmt_session::LineError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::reply::judge;
use super::request::Change;
use super::{Final, Request, Role, Verdict};
use crate::decode::secret_of;
use crate::error::CliError;
use crate::exit::Exit;
use crate::line::OpenLine;
use crate::tap::Tap;
use crate::trace::Direction;

/// Silence that ends an echo which has begun, and the answers to what was sent before.
const GAP: Duration = Duration::from_millis(250);
/// A line that is longer is taken as it is.
const LONGEST: usize = limits::HEX_FRAME * 2;

/// The line to a module, and what decides how its lines are cut.
pub(crate) struct Port {
    line: OpenLine,
    tap: Option<Tap>,
    start: Instant,
    framer: Framer,
    pub(super) dialect: ResponseDialect,
    pub(crate) requests: RequestDialect,
    pub(super) timeouts: [PacketTimeout; LinkId::COUNT],
    /// What came and was not understood yet.
    buf: Vec<u8>,
    /// What was sent and may be echoed; empty when that is over.
    echo: Vec<u8>,
    pub(crate) heard: Hearing,
    /// How long the module is deaf after its prompt.
    pub(crate) prompt_guard: Duration,
}

/// What has come over the line, understood or not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hearing {
    pub(crate) bytes: u64,
    /// Those of them that no text holds.
    pub(crate) odd: u64,
    /// Lines that were no echo.
    pub(crate) lines: u64,
    /// Whether a module has said that it has started.
    pub(crate) started: bool,
    /// Whether what was sent last came back.
    pub(crate) echo: bool,
}

/// A line of the module.
pub(super) struct Heard {
    /// Without its line end.
    pub(super) line: Vec<u8>,
    pub(super) role: Role,
    pub(super) result: Option<Final>,
    pub(super) verdict: Option<Verdict>,
}

impl Port {
    pub(crate) fn new(line: OpenLine, tap: Option<Tap>) -> Self {
        Self {
            line,
            tap,
            start: Instant::now(),
            framer: Framer::responses(),
            dialect: ResponseDialect::default(),
            requests: RequestDialect::default(),
            timeouts: [PacketTimeout::DEFAULT; LinkId::COUNT],
            buf: Vec::new(),
            echo: Vec::new(),
            heard: Hearing::default(),
            prompt_guard: Duration::ZERO,
        }
    }

    /// Writes `bytes` as they are. Their echo will be passed over; a Ctrl+Z or Esc at their end is
    /// a key that some modules echo and some do not.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        if let (Some(tap), Some(secret)) = (&mut self.tap, secret_of(bytes)) {
            tap.hide(&secret);
        }
        self.show(Direction::ToModule, bytes.len(), |_| bytes);
        let stream = &mut self.line.stream;
        let written = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        written
            .await
            .map_err(|error| CliError::io("cannot write to the line", &error))?;
        let echo = bytes.strip_suffix(b"\x1a").unwrap_or(bytes);
        self.heard.echo = false;
        self.echo = echo.strip_suffix(b"\x1b").unwrap_or(echo).to_vec();
        Ok(())
    }

    /// The next line, which comes by itself; `None` when `until` comes first.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn listen(&mut self, until: Instant) -> Result<Option<Vec<u8>>, CliError> {
        let nothing = Request::new(b"", &self.requests);
        Ok(self.next(&nothing, until).await?.map(|heard| heard.line))
    }

    /// Takes everything that still comes, until the line is silent.
    ///
    /// # Errors
    /// When the line is broken.
    pub(crate) async fn drain(&mut self) -> Result<(), CliError> {
        while self.listen(Instant::now() + GAP).await?.is_some() {}
        Ok(())
    }

    /// Lets go of the line; nothing comes from it any more.
    pub(crate) fn hang_up(&mut self) {
        self.line.stream = Box::new(tokio::io::empty());
    }

    /// Ends the virtual module, if it is in this process.
    pub(crate) async fn close(self) {
        drop(self.tap);
        if let Some(modem) = self.line.modem {
            // It is about to vanish.
            let _ = modem.shutdown().await;
        }
    }

    /// The next line, as it is to `request`; `None` when `until` comes first.
    pub(super) async fn next(
        &mut self,
        request: &Request,
        until: Instant,
    ) -> Result<Option<Heard>, CliError> {
        // Whether nothing has come for the gap time.
        let mut silent = false;
        loop {
            if self.pass_echo(silent)
                && let Some(heard) = self.cut(request)
            {
                // An echo that came late, in pieces.
                if !heard.line.is_empty() && heard.line == request.line {
                    self.heard.echo = true;
                    continue;
                }
                self.heard.lines += 1;
                self.heard.started |= heard.line == b"RDY";
                return Ok(Some(heard));
            }
            let gap = Instant::now() + GAP;
            let wait = match self.buf.is_empty() || silent {
                true => until,
                false => gap.min(until),
            };
            let mut chunk = [0; 4096];
            match timeout_at(wait, self.line.stream.read(&mut chunk)).await {
                Ok(Ok(0)) => {
                    return Err(CliError::new(
                        Exit::IO,
                        "the line was closed, or the device is gone",
                        "check that it is there",
                    ));
                }
                Ok(Ok(len)) => {
                    silent = false;
                    let bytes = chunk.get(..len).unwrap_or_default();
                    self.heard.count(bytes);
                    self.buf.extend_from_slice(bytes);
                }
                // What was damaged shows in the line it stands in.
                Ok(Err(error)) if error.get_ref().is_some_and(|it| it.is::<LineError>()) => {}
                Ok(Err(error)) => return Err(CliError::io("cannot read from the line", &error)),
                Err(_) if Instant::now() >= until => return Ok(None),
                Err(_) => silent = true,
            }
        }
    }

    /// Passes over the echo of what was sent. False: whether it is one shows when more has come.
    fn pass_echo(&mut self, silent: bool) -> bool {
        if self.echo.is_empty() || self.framer.is_mid_frame() {
            return true;
        }
        // Line ends, and what follows a prompt.
        let blanks = self.buf.iter().take_while(|b| b" \r\n".contains(b));
        let blanks = blanks.count();
        for skip in 0..=blanks {
            let rest = self.buf.get(skip..).unwrap_or_default();
            // No line of a module starts as a command does; data may read like a whole answer, and
            // is an echo only if the answer follows.
            let ends = rest.len() > self.echo.len() || self.echo.ends_with(b"\r");
            if rest.starts_with(&self.echo) && ends {
                self.consume(Direction::FromModule, skip + self.echo.len());
                self.echo.clear();
                self.heard.echo = true;
                return true;
            }
            if self.echo.starts_with(rest) && !silent {
                return false;
            }
        }
        if blanks < self.buf.len() {
            self.echo.clear();
        }
        true
    }

    /// Cuts the first line that is complete.
    fn cut(&mut self, request: &Request) -> Option<Heard> {
        let cut = self.framer.next_frame(&self.buf, &self.dialect);
        let used = cut.used;
        let Some(frame) = cut.frame else {
            self.consume(Direction::FromModule, used);
            return (self.buf.len() > LONGEST).then(|| self.take_text(self.buf.len()));
        };
        let line = match frame {
            Frame::Line(line) => line,
            Frame::Prompt => b">",
            // Whoever looks wants to see it, damaged as it is.
            Frame::Violation(_) => {
                let end = self.buf.iter().position(|&byte| byte == b'\n');
                return Some(self.take_text(end.map_or(self.buf.len(), |end| end + 1)));
            }
            _ => self.buf.get(..used).unwrap_or_default().trim_ascii(),
        };
        let mut heard = Heard::text(line);
        let response = Response::parse(frame, request.expect);
        heard.judge(&response, request);
        match response {
            Response::Report(Report::Notice(Notice::Ready)) => {
                self.dialect = ResponseDialect::default();
                self.requests = RequestDialect::default();
                self.timeouts = [PacketTimeout::DEFAULT; LinkId::COUNT];
            }
            Response::Report(Report::Answer(Answer::Setting(Setting::DataFormat {
                send,
                recv,
            }))) => {
                if let Some(link) = request.link {
                    self.set_formats(link, send, recv);
                }
            }
            _ => {}
        }
        self.take(&heard.line, used);
        Some(heard)
    }

    /// The first `len` bytes as a line that nobody understands.
    fn take_text(&mut self, len: usize) -> Heard {
        self.framer = Framer::responses();
        let line = self.buf.get(..len).unwrap_or_default().trim_ascii();
        let heard = Heard::text(line);
        self.take(&heard.line, len);
        heard
    }

    /// Is done with the `len` bytes of `line`.
    fn take(&mut self, line: &[u8], len: usize) {
        if let (Some(tap), Some(secret)) = (&mut self.tap, secret_of(line)) {
            tap.hide(&secret);
        }
        self.consume(Direction::FromModule, len);
    }

    /// What an `OK` to `request` changes.
    pub(super) fn apply(&mut self, request: &Request) {
        match request.change {
            Some(Change::Formats { link, send, recv }) => self.set_formats(link, send, recv),
            Some(Change::Timeout { link, update }) => {
                if let Some(timeout) = self.timeouts.get_mut(usize::from(link.get())) {
                    *timeout = update.apply(*timeout);
                }
            }
            None => {}
        }
    }

    fn set_formats(&mut self, link: LinkId, send: DataFormat, recv: DataFormat) {
        let at = usize::from(link.get());
        self.requests.send_format[at] = send;
        self.dialect.recv_format[at] = recv;
    }

    fn consume(&mut self, direction: Direction, len: usize) {
        if len > 0 {
            self.show(direction, len, |buf| buf);
            self.buf.drain(..len);
        }
    }

    /// Shows the first `len` bytes of what `pick` gives to whoever listens.
    fn show<'a>(
        &'a mut self,
        direction: Direction,
        len: usize,
        pick: impl FnOnce(&'a [u8]) -> &'a [u8],
    ) {
        let at = self.start.elapsed();
        if let Some(tap) = &mut self.tap {
            tap.hear(
                at,
                direction,
                pick(&self.buf).get(..len).unwrap_or_default(),
            );
        }
    }
}

impl Hearing {
    fn count(&mut self, bytes: &[u8]) {
        let odd = |byte: &&u8| !matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
        self.bytes += bytes.len() as u64;
        self.odd += bytes.iter().filter(odd).count() as u64;
    }
}

impl Heard {
    fn text(line: &[u8]) -> Self {
        Self {
            line: line.to_vec(),
            role: Role::Answer,
            result: None,
            verdict: None,
        }
    }

    fn judge(&mut self, response: &Response<'_>, request: &Request) {
        match response {
            Response::Final(result) => {
                self.role = Role::Final;
                self.result = Some((*result).into());
            }
            Response::Prompt => self.role = Role::Prompt,
            Response::Report(Report::Answer(_)) => {}
            Response::Report(report) => {
                let asked = match Syntax::parse(&self.line) {
                    Syntax::Info(Info { name, .. }) => request.asks_for(name),
                    _ => false,
                };
                match request.key {
                    _ if asked => {}
                    Some(key) => (self.role, self.verdict) = judge(report, key),
                    None => self.role = Role::News,
                }
            }
            _ => {}
        }
    }
}
