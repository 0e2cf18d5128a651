//! From received bytes to events: echo, frames, what each means for the dialogue.

use core::ops::{ControlFlow, Range};

use at_syntax::{Coding, Frame};
use qmt_proto::{Expect, LinkId, Name, Report, Response, hex};

use crate::counters::count_bytes;
use crate::dialogue::{Note, Reaction};
use crate::echo::{self, Echo};
use crate::exchange::Stage;
use crate::{Event, Message, Session, Ticket};

/// An event as places in the receive buffer.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Note(Note),
    Reaction(Reaction, Range<usize>),
    Message {
        link: LinkId,
        msg_id: u16,
        exact: bool,
        topic: Range<usize>,
        payload: Range<usize>,
    },
}

impl Session<'_> {
    /// Looks at the received bytes until there is something to tell. `outside`: the payload being
    /// published, if it is with its owner.
    pub(crate) fn advance(&mut self, outside: &[u8]) -> Option<Raw> {
        loop {
            if let Some(note) = self.talk.take_note() {
                return Some(Raw::Note(note));
            }
            if self.rx.bytes().is_empty() && !self.silent {
                // Nothing to look at, as after most messages.
                return None;
            }
            if let ControlFlow::Break(end) = self.look(outside) {
                return end;
            }
        }
    }

    /// One echo or frame. Breaks with what it has to tell, or with `None` until more comes.
    ///
    /// Not in the loop of its caller, where each call would first prepare what most rounds never
    /// need.
    #[inline(never)]
    fn look(&mut self, outside: &[u8]) -> ControlFlow<Option<Raw>> {
        match self.strip_echo(outside) {
            Echo::No => {}
            Echo::Perhaps => return ControlFlow::Break(None),
            Echo::Yes(len) => {
                self.rx.consume(len);
                count_bytes(&mut self.talk.counters.bytes_echoed, len);
                return ControlFlow::Continue(());
            }
        }
        let bytes = self.rx.bytes();
        let mut cut = self.framer.next_frame(bytes, &self.talk.dialect);
        if cut.frame.is_none() && self.silent {
            let rest = bytes.get(cut.used..).unwrap_or_default();
            let flushed = self.framer.flush(rest);
            // Every line with data, and every answer, begins with a plus: anything else that
            // stops is noise, or the beginning of something harmless.
            cut.frame = match flushed.frame {
                Some(Frame::Violation(_)) if !rest.starts_with(b"+") => {
                    Some(Frame::Line(rest.trim_ascii()))
                }
                frame => frame,
            };
            cut.used += flushed.used;
            self.silent = false;
        }
        let used = cut.used;
        count_bytes(&mut self.talk.counters.bytes_read, used);
        let Some(frame) = cut.frame else {
            self.rx.consume(used);
            return ControlFlow::Break(None);
        };
        let expect = match &self.talk.exchange {
            _ if self.talk.quarantine.is_active() => probed(&frame),
            Some(exchange) => exchange.expect,
            None => Expect::Nothing,
        };
        let response = Response::parse(frame, expect);
        let reaction = self.talk.on_response(&response);
        let raw = match (reaction, frame) {
            (Reaction::Nothing, _) => None,
            (Reaction::Message, Frame::Data(line)) => {
                let topic = self.rx.range_of(line.quoted);
                let payload = self.rx.range_of(line.data);
                let hex = line.coding != Coding::Text;
                let head = match response {
                    Response::Report(Report::Received(it)) => {
                        let exact = it.counted && self.talk.is_counted(it.link);
                        Some((it.link, it.msg_id, exact))
                    }
                    _ => None,
                };
                head.map(|head| self.message(head, topic, payload, hex))
            }
            (
                reaction @ (Reaction::Stray | Reaction::Text(_) | Reaction::Untrusted),
                Frame::Line(line),
            ) => {
                let shown = echo::without_secrets(line, self.talk.tx.command());
                shown.map(|shown| Raw::Reaction(reaction, self.rx.range_of(shown)))
            }
            (reaction, Frame::Line(line)) => Some(Raw::Reaction(reaction, self.rx.range_of(line))),
            (reaction, _) => {
                let whole = bytes.get(..used).unwrap_or_default().trim_ascii();
                Some(Raw::Reaction(reaction, self.rx.range_of(whole)))
            }
        };
        self.rx.consume(used);
        match raw {
            Some(_) => ControlFlow::Break(raw),
            None => ControlFlow::Continue(()),
        }
    }

    fn message(
        &mut self,
        (link, msg_id, exact): (LinkId, u16, bool),
        topic: Range<usize>,
        payload: Range<usize>,
        hex: bool,
    ) -> Raw {
        let mut payload = payload;
        if hex {
            let digits = self.rx.get_mut(payload.clone());
            // The framer has let nothing but pairs of digits through.
            let len = hex::decode_in_place(digits).unwrap_or_default();
            payload.end = payload.start + len;
        }
        Raw::Message {
            link,
            msg_id,
            exact,
            topic,
            payload,
        }
    }

    /// Passes over the echo of what was sent, if that is what comes next.
    fn strip_echo(&mut self, outside: &[u8]) -> Echo {
        if self.framer.is_mid_frame() {
            return Echo::No;
        }
        let received = self.rx.bytes();
        let probe = self.talk.quarantine.echo();
        let Some(exchange) = &mut self.talk.exchange else {
            return self.settle_echo(echo::of_command(received, probe));
        };
        if exchange.stage == Stage::Guard {
            return match echo::prompt_tail(received) {
                0 => Echo::No,
                len => Echo::Yes(len),
            };
        }
        if let (Stage::Data | Stage::Final, Some(data)) = (exchange.stage, &mut exchange.data_echo)
        {
            let payload = self.talk.tx.data(outside).get(..usize::from(data.total));
            let done = usize::from(data.done);
            let same = echo::of_data(received, payload.unwrap_or_default(), done);
            // No more than the total.
            data.done += same as u16;
            return match same {
                0 => Echo::No,
                len => Echo::Yes(len),
            };
        }
        if !exchange.echo {
            return Echo::No;
        }
        let found = echo::of_command(received, self.talk.tx.command());
        if let Echo::Yes(_) = found {
            exchange.echo = false;
        }
        self.settle_echo(found)
    }

    /// A beginning that no more bytes have followed for the gap time is no echo.
    const fn settle_echo(&self, found: Echo) -> Echo {
        match found {
            Echo::Perhaps if self.silent => Echo::No,
            found => found,
        }
    }

    pub(crate) fn event(&self, raw: &Raw) -> Event<'_> {
        match raw.clone() {
            Raw::Note(note) => match note {
                Note::Done(ticket, outcome) => Event::Done { ticket, outcome },
                Note::LinkLost(link, cause) => Event::LinkLost { link, cause },
                Note::Restarted => Event::Restarted,
                Note::Violation(violation) => Event::Violation(violation),
                Note::LineError(error) => Event::LineError(error),
                Note::Resynchronized => Event::Resynchronized,
                Note::Unresponsive => Event::Unresponsive,
                Note::BaudSuspect => Event::BaudSuspect,
            },
            Raw::Message {
                link,
                msg_id,
                exact,
                topic,
                payload,
            } => Event::Message(Message {
                link,
                msg_id,
                topic: self.rx.get(topic),
                payload: self.rx.get(payload),
                exact,
            }),
            Raw::Reaction(reaction, range) => {
                let line = self.rx.get(range);
                match reaction {
                    Reaction::Late(ticket, outcome) => Event::Late { ticket, outcome },
                    Reaction::Retransmitting(ticket, count) => {
                        Event::Retransmitting { ticket, count }
                    }
                    Reaction::Text(ticket) => Event::Text { ticket, line },
                    Reaction::Answer(ticket, expect) => answer(ticket, expect, line),
                    Reaction::Notice => notice(line),
                    Reaction::Untrusted => Event::Untrusted(line),
                    Reaction::Stray | Reaction::Nothing | Reaction::Message => Event::Stray(line),
                }
            }
        }
    }
}

/// The answer that `line` was found to be, now with its borrow.
fn answer(ticket: Ticket, expect: Expect, line: &[u8]) -> Event<'_> {
    match Response::parse(Frame::Line(line), expect) {
        Response::Report(Report::Answer(answer)) => Event::Answer { ticket, answer },
        _ => Event::Stray(line),
    }
}

fn notice(line: &[u8]) -> Event<'_> {
    match Response::parse(Frame::Line(line), Expect::Nothing) {
        Response::Report(Report::Notice(notice)) => Event::Notice(notice),
        _ => Event::Stray(line),
    }
}

/// While the line is probed, only the two test answers are expected.
fn probed(frame: &Frame<'_>) -> Expect {
    match frame {
        Frame::Line(line) if line.starts_with(b"+QMTDISC") => Expect::Test(Name::Disc),
        Frame::Line(line) if line.starts_with(b"+QMTCLOSE") => Expect::Test(Name::Close),
        _ => Expect::Nothing,
    }
}
