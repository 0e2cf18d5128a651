//! `Session` as a receiver: framing, dialogue and quarantine, with nobody asking anything.

use qmt_proto::{Command, Config, ConfigOption, Expect, Instant, LinkId, Notice, Report, Response};
use qmt_session::{Buffers, Event as News, Machine, Session, SessionConfig};

use crate::{Event, Receiver};

/// A session that is only told what comes in, as between two commands.
#[derive(Debug)]
pub struct SessionReceiver<'buf> {
    session: Session<'buf>,
    now: Instant,
}

impl<'buf> SessionReceiver<'buf> {
    /// A session in these buffers, to which the module has confirmed that it prints lengths.
    ///
    /// # Panics
    /// When it does not take a query.
    pub fn new(rx: &'buf mut [u8], tx: &'buf mut [u8]) -> Self {
        let mut session = Session::new(SessionConfig::new(), Buffers { rx, tx });
        let now = Instant::ZERO;
        for link in LinkId::ALL {
            let query = Command::Config(Config::Query(link, ConfigOption::ShowRecvLen));
            session.submit(now, &query).expect("the line is free");
            let sent = session.poll_transmit().len();
            session.handle_transmitted(now, sent);
            session.handle_input(now, b"\r\n+QMTCFG: 1\r\n\r\nOK\r\n");
            while session.poll_event().is_some() {}
        }
        Self { session, now }
    }
}

impl Receiver for SessionReceiver<'_> {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            let taken = self.session.handle_input(self.now, chunk);
            chunk = &chunk[taken..];
            while let Some(news) = self.session.poll_event() {
                tell(news, sink);
            }
        }
    }
}

pub(crate) fn tell(news: News<'_>, sink: &mut impl FnMut(Event<'_>)) {
    match news {
        News::Message(message) => sink(Event::Message(
            message.link.get(),
            message.msg_id,
            message.topic,
            message.payload,
        )),
        News::LinkLost { link, cause } => sink(Event::Lost(link.get(), cause.0)),
        // A session keeps the status alone; see `Mark::is_registration`.
        News::Notice(Notice::Registration(status)) => sink(Event::Registration(status.0, b"")),
        News::Notice(Notice::Power(event)) => sink(Event::Power(event)),
        // Nothing was asked, so results belong to nobody: told as they stand on the line.
        News::Stray(line) => {
            let frame = at_syntax::Frame::Line(line);
            match Response::parse(frame, Expect::Nothing) {
                Response::Report(Report::Notice(_)) => sink(Event::Other(line)),
                response => crate::receiver::tell(frame, response, sink),
            }
        }
        News::Violation(_) => sink(Event::Refused),
        _ => sink(Event::Other(b"")),
    }
}
