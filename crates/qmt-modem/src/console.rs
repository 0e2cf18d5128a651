//! The serial line from the host: command lines, data mode, echo, and the gaps between them.

use alloc::vec::Vec;
use core::time::Duration;

use at_syntax::Frame;
use qmt_proto::{DataFormat, Instant, LinkId, Name, Report, RequestDialect, limits};

use crate::Modem;
use crate::data_mode::{DataMode, Taken};
use crate::fault::{Condition, Direction, Place};
use crate::output::{CANCELLED, CONGESTED};
use crate::quirks::{
    DataTimeoutResult, EscResult, HexLen, InlineQuotes, OkAfterData, ResultOrder, UrcInData,
};

/// How long a command line must have been silent before unsolicited lines no longer wait for its
/// end: noise on the line must not keep messages back for ever. The virtual modem's own choice.
const LINE_PAUSE: Duration = Duration::from_secs(5);

/// How late `OK` is with [`OkAfterData::Late`].
const LATE: Duration = Duration::from_secs(1);

/// Where a payload was typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Typed {
    OnTheLine,
    InDataMode,
}

/// Who takes the next byte from the host.
#[derive(Debug, Default)]
pub(crate) enum Mode {
    /// The command line.
    #[default]
    Command,
    /// The payload of a publish.
    Data(DataMode),
    /// Nobody: the command waits for its result before it says `OK`
    /// ([`ResultOrder::ResultFirst`]).
    Busy(LinkId, Name),
    /// Nobody: the `OK` of a publish comes then ([`OkAfterData::Late`]).
    Late(Instant),
}

impl Modem {
    /// One byte from the host.
    pub(crate) fn take(&mut self, now: Instant, byte: u8) {
        if !self.power.is_running() || self.condition != Condition::Well {
            return;
        }
        if !self.hears(now) {
            return;
        }
        self.out.faults.handle_byte(Direction::FromHost);
        let starts = self.starts;
        self.happen(now);
        if self.starts != starts || self.condition != Condition::Well {
            return;
        }
        match &mut self.mode {
            Mode::Command => self.take_command(now, byte),
            Mode::Data(data) => {
                let taken = data.take(now, byte);
                self.take_data(now, byte, taken);
            }
            // A UART that nobody reads loses what comes.
            Mode::Busy(..) | Mode::Late(_) if self.backlog.len() >= CONGESTED => {}
            Mode::Busy(..) | Mode::Late(_) => self.backlog.push(byte),
        }
    }

    /// A byte of a command line, which ends with CR (QMT §3.1.2 end).
    fn take_command(&mut self, now: Instant, byte: u8) {
        // A line feed between lines is ignored (FACTS §2.4).
        if byte == b'\n' && !self.framer.is_mid_frame() {
            return;
        }
        if self.system.echo {
            self.out.raw(&[byte]);
        }
        self.rx.push(byte);
        self.rx_at = now;
        self.cut(now);
        if self.rx.len() > limits::HEX_FRAME {
            self.framer.toss();
            self.rx.clear();
            self.refused = true;
        }
        if self.has_gap() {
            self.out.release();
        }
    }

    /// Executes the command lines that are complete. There is at most one, because bytes come
    /// singly; a second look passes over the rest of a line that was refused.
    fn cut(&mut self, now: Instant) {
        let mut rx = core::mem::take(&mut self.rx);
        loop {
            let dialect = self.dialect();
            let cut = self.framer.next_frame(&rx, &dialect);
            let (used, is_frame) = (cut.used, cut.frame.is_some());
            if is_frame {
                self.out.journal.heard(rx.get(..used).unwrap_or_default());
            }
            match cut.frame {
                Some(Frame::Violation(_)) => self.refused = true,
                Some(frame) => {
                    self.out.usage.begin(&frame);
                    let line = rx.get(..used).unwrap_or_default();
                    if is_taken(&frame, line, self.config.quirks.inline_quotes) {
                        self.execute(now, frame);
                    } else {
                        self.out.error();
                    }
                }
                None => {}
            }
            rx.drain(..used.min(rx.len()));
            if self.refused && !self.framer.is_mid_frame() {
                self.refused = false;
                self.out.error();
            }
            if !is_frame || rx.is_empty() {
                break;
            }
        }
        self.rx = rx;
    }

    /// How payloads on command lines are written (QMT §3.3.1 `<send_format>` 0..=1).
    fn dialect(&self) -> RequestDialect {
        let mut send_format = [DataFormat::Text; LinkId::COUNT];
        for (format, link) in send_format.iter_mut().zip(&self.links) {
            *format = link.settings.send_format;
        }
        RequestDialect {
            send_format,
            counts_digits: self.config.quirks.hex_len == HexLen::Digits,
        }
    }

    /// What a byte of data mode means for the line.
    fn take_data(&mut self, now: Instant, byte: u8, taken: Taken) {
        let Mode::Data(data) = &self.mode else {
            return;
        };
        let quirks = self.config.quirks;
        // QMT §3.3.1 note 6, `<echo_mode>` 0..=1: "echomode" is for data mode only, and ATE is not.
        let echo = self.link(data.order.link).settings.echo_mode;
        let shown = match taken {
            Taken::Kept | Taken::Last => echo,
            Taken::Sent | Taken::Cancelled => echo && quirks.echo_terminator,
            Taken::Dropped => false,
        };
        if shown {
            self.out.raw(&[byte]);
        }
        match taken {
            Taken::Kept | Taken::Dropped => {}
            Taken::Last | Taken::Sent => self.finish_data(now),
            Taken::Cancelled => {
                self.mode = Mode::Command;
                match quirks.esc_result {
                    EscResult::Ok => self.out.ok(),
                    EscResult::Error => self.out.error(),
                    EscResult::Cancelled => self.fail(CANCELLED),
                    EscResult::Silent => {}
                }
                self.out.release();
            }
        }
    }

    /// Gives the prompt and waits for the payload.
    pub(crate) fn enter_data_mode(&mut self, now: Instant, data: DataMode) {
        self.out.prompt(self.config.quirks.prompt.bytes());
        let full = data.is_full();
        self.mode = Mode::Data(data);
        if full {
            self.finish_data(now);
        }
    }

    /// The payload is complete.
    fn finish_data(&mut self, now: Instant) {
        if let Mode::Data(data) = core::mem::take(&mut self.mode) {
            match data.finish() {
                (order, Some(payload)) => {
                    self.out.journal.payload(&payload);
                    self.publish(now, &order, &payload, Typed::InDataMode);
                }
                (_, None) => self.out.error(),
            }
        }
        if !matches!(self.mode, Mode::Late(_)) {
            self.out.release();
        }
    }

    /// When silence on the line ends something.
    pub(crate) fn silence_ends_at(&self) -> Option<Instant> {
        match &self.mode {
            Mode::Data(data) => Some(data.until()),
            Mode::Late(due) => Some(*due),
            Mode::Command if self.framer.is_mid_frame() => {
                if self.out.is_holding() {
                    Some(self.rx_at.saturating_add(LINE_PAUSE))
                } else if self.rx.contains(&b'\r') {
                    // Only a counted payload goes on behind a line end.
                    let pause = Duration::from_millis(limits::DATA_MODE_MS);
                    Some(self.rx_at.saturating_add(pause))
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// Ends what silence ends: data mode, and a payload on the command line that is shorter than
    /// its count (QMT §3.3.8 note 3; the virtual modem holds the latter to the same time).
    pub(crate) fn handle_silence(&mut self, now: Instant) {
        while let Some(due) = self.silence_ends_at()
            && due <= now
        {
            if matches!(self.mode, Mode::Late(_)) {
                self.mode = Mode::Command;
                self.out.ok();
            } else if matches!(self.mode, Mode::Data(_)) {
                self.mode = Mode::Command;
                match self.config.quirks.data_timeout_result {
                    DataTimeoutResult::Error => self.out.error(),
                    DataTimeoutResult::Ok => self.out.ok(),
                    DataTimeoutResult::TimeoutOk => {
                        self.out.text(b"\r\nTimeout\r\n", true);
                        self.out.ok();
                    }
                    DataTimeoutResult::Silent => {}
                }
            } else if !self.out.is_holding() {
                self.framer = at_syntax::Framer::requests();
                self.rx.clear();
                self.refused = false;
                self.out.error();
            }
            self.out.release();
        }
    }

    /// Whether an unsolicited line may go out now.
    pub(crate) fn has_gap(&self) -> bool {
        if self.config.quirks.urc_in_data == UrcInData::Interleave {
            return true;
        }
        match self.mode {
            // Without echo nothing of the line is to be seen, so there is nothing to disturb.
            Mode::Command => !(self.system.echo && self.framer.is_mid_frame()),
            Mode::Data(_) | Mode::Late(_) => false,
            Mode::Busy(..) => true,
        }
    }

    /// A command with a deferred result was taken: `OK`, at once or behind the result.
    pub(crate) fn accept(&mut self, link: LinkId, name: Name) {
        match self.config.quirks.result_order {
            ResultOrder::OkFirst => self.out.ok(),
            ResultOrder::ResultFirst => self.mode = Mode::Busy(link, name),
        }
    }

    /// A publish was taken; its `OK` may take a while after data mode.
    pub(crate) fn accept_publish(&mut self, now: Instant, link: LinkId, typed: Typed) {
        let quirks = &self.config.quirks;
        if typed == Typed::InDataMode
            && quirks.ok_after_data == OkAfterData::Late
            && quirks.result_order == ResultOrder::OkFirst
        {
            self.mode = Mode::Late(now.saturating_add(LATE));
        } else {
            self.accept(link, Name::Pub);
        }
    }

    /// The deferred result of a command.
    pub(crate) fn deferred(&mut self, link: LinkId, name: Name, report: &Report<'_>) {
        match self.mode {
            Mode::Busy(busy, waits) if (busy, waits) == (link, name) => {
                self.out.result(report, &self.config.quirks);
                self.settle(link);
            }
            _ => {
                let gap = self.has_gap();
                self.out
                    .line(Place::Result, report, &self.config.quirks, gap);
            }
        }
    }

    /// No further result will come for a command of `link`: its `OK` is overdue.
    pub(crate) fn settle(&mut self, link: LinkId) {
        if let Mode::Busy(busy, _) = self.mode
            && busy == link
        {
            self.mode = Mode::Command;
            self.out.ok();
        }
    }

    /// Takes what came while a command kept the line.
    pub(crate) fn resume(&mut self, now: Instant) {
        while !matches!(self.mode, Mode::Busy(..) | Mode::Late(_)) && !self.backlog.is_empty() {
            let backlog: Vec<u8> = core::mem::take(&mut self.backlog);
            for byte in backlog {
                self.take(now, byte);
            }
        }
    }
}

/// Whether the message of an inline publish stands as it must. `line` is the whole line with its
/// end, of which the frame is made.
fn is_taken(frame: &Frame<'_>, line: &[u8], quotes: InlineQuotes) -> bool {
    let Frame::Data(data) = frame else {
        return true;
    };
    let quoted = line
        .strip_suffix(b"\"\r")
        .and_then(|line| line.strip_suffix(data.data))
        .is_some_and(|head| head.ends_with(b"\""));
    match quotes {
        InlineQuotes::Either => true,
        InlineQuotes::Required => quoted,
        InlineQuotes::Bare => !quoted,
    }
}
