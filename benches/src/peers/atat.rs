//! atat: its digester with derived types, in the three ways a message can be declared.

use core::fmt::Write as _;

use atat::atat_derive::{AtatResp, AtatUrc};
use atat::heapless::String;
use atat::nom::bytes::streaming::{tag, take, take_until};
use atat::nom::character::complete::line_ending;
use atat::nom::character::streaming::u16 as number;
use atat::nom::combinator::recognize;
use atat::nom::sequence::tuple;
use atat::serde_at::de::length_delimited::LengthDelimited;
use atat::{AtDigester, AtatUrc, DigestResult, Digester as _, InternalError, Parser};

use super::fields::behind_name;
use crate::{Event, Inbox, Receiver};

/// Longest payload of the module, as text and in hex.
const PAYLOAD: usize = 1460;
const DIGITS: usize = 2 * PAYLOAD;

#[derive(Clone, Debug, AtatResp)]
pub(super) struct Message {
    link: u8,
    id: u16,
    topic: String<128>,
    payload: LengthDelimited<PAYLOAD>,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct StringMessage {
    link: u8,
    id: u16,
    topic: String<128>,
    _len: u16,
    payload: String<PAYLOAD>,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct HexMessage {
    link: u8,
    id: u16,
    topic: String<128>,
    _len: u16,
    payload: String<DIGITS>,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct Deferred {
    link: u8,
    id: u16,
    result: u8,
    value: Option<u8>,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct Connected {
    link: u8,
    result: u8,
    code: Option<u8>,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct Lost {
    link: u8,
    cause: u8,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct Registration {
    status: u8,
    area: String<8>,
    cell: String<12>,
    access: u8,
}

#[derive(Clone, Debug, AtatResp)]
pub(super) struct Power {
    event: String<16>,
}

/// A message, in whichever way it was declared.
pub(super) trait Content {
    fn event(&self) -> Event<'_>;
}

impl Content for Message {
    fn event(&self) -> Event<'_> {
        Event::Message(
            self.link,
            self.id,
            self.topic.as_bytes(),
            &self.payload.bytes,
        )
    }
}

impl Content for StringMessage {
    fn event(&self) -> Event<'_> {
        let payload = self.payload.as_bytes();
        Event::Message(self.link, self.id, self.topic.as_bytes(), payload)
    }
}

impl Content for HexMessage {
    fn event(&self) -> Event<'_> {
        let digits = self.payload.as_bytes();
        Event::Message(self.link, self.id, self.topic.as_bytes(), digits)
    }
}

/// What a report has to tell.
pub(super) trait Tell: AtatUrc + Parser + Clone {
    /// Tells it. `fields`: what stands behind the name on the line, where there still is a line.
    fn tell(&self, fields: Option<&[u8]>, sink: &mut impl FnMut(Event<'_>));
}

/// The same reports with another way of declaring a message.
macro_rules! reports {
    ($name:ident, $message:ty, $($attribute:tt)*) => {
        #[derive(Clone, Debug, AtatUrc)]
        #[expect(
            clippy::large_enum_variant,
            reason = "there is no heap on the machines that atat is for"
        )]
        pub(super) enum $name {
            #[at_urc($($attribute)*)]
            Message($message),
            #[at_urc(b"+QMTPUB")]
            Published(Deferred),
            #[at_urc(b"+QMTSUB")]
            Subscribed(Deferred),
            #[at_urc(b"+QMTCONN")]
            Connected(Connected),
            #[at_urc(b"+QMTSTAT")]
            Lost(Lost),
            #[at_urc(b"+CEREG")]
            Registration(Registration),
            #[at_urc(b"+QNBIOTEVENT")]
            Power(Power),
        }

        impl Tell for $name {
            #[inline]
            fn tell(&self, fields: Option<&[u8]>, sink: &mut impl FnMut(Event<'_>)) {
                match self {
                    Self::Message(it) => sink(it.event()),
                    Self::Published(it) => sink(Event::Published(it.link, it.id, it.result, it.value)),
                    Self::Subscribed(it) => sink(Event::Subscribed(it.link, it.id, it.result, it.value)),
                    Self::Connected(it) => sink(Event::Connected(it.link, it.result, it.code)),
                    Self::Lost(it) => sink(Event::Lost(it.link, it.cause)),
                    Self::Registration(it) => it.tell(fields, sink),
                    Self::Power(it) => sink(Event::Power(it.event.as_bytes())),
                }
            }
        }
    };
}

reports!(Urc, Message, b"+QMTRECV");
reports!(StringUrc, StringMessage, b"+QMTRECV");
reports!(CustomUrc, Message, b"+QMTRECV", parse = counted::<1>);
reports!(HexUrc, HexMessage, b"+QMTRECV");
reports!(CountedHexUrc, HexMessage, b"+QMTRECV", parse = counted::<2>);

impl Registration {
    fn tell(&self, fields: Option<&[u8]>, sink: &mut impl FnMut(Event<'_>)) {
        let mut text = String::<64>::new();
        let fields = fields.unwrap_or_else(|| {
            let (area, cell) = (&self.area, &self.cell);
            // It fits: the parts are shorter.
            let _ = write!(
                text,
                "{},\"{area}\",\"{cell}\",{}",
                self.status, self.access
            );
            text.as_bytes()
        });
        sink(Event::Registration(self.status, fields));
    }
}

/// What a user writes who has read that payloads may hold line ends: the frame by its length, in bytes of
/// `WIDTH` characters.
fn counted<'a, const WIDTH: usize>(
    token: &'static [u8],
) -> impl Fn(&'a [u8]) -> atat::nom::IResult<&'a [u8], (&'a [u8], usize)> {
    move |input| {
        let (rest, start) = line_ending(input)?;
        let head = (tag(token), tag(": "), take_until("\","), tag("\","));
        let (body, head) = recognize(tuple(head))(rest)?;
        let (body, len) = number(body)?;
        let payload = take(usize::from(len) * WIDTH);
        let (body, payload) = recognize(tuple((tag(",\""), payload, tag("\""))))(body)?;
        let (body, end) = tag("\r\n")(body)?;
        let used = input.len() - body.len();
        let line = &rest[..used - start.len() - end.len()];
        debug_assert!(line.len() > head.len() + payload.len());
        Ok((body, (line, used)))
    }
}

/// The digester on a buffer, as its documentation has it for those who bring their own loop.
pub(super) struct Digested<U: Tell> {
    inbox: Inbox,
    digester: AtDigester<U>,
}

impl<U: Tell> Digested<U> {
    pub(super) fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            digester: AtDigester::new(),
        }
    }

    fn digest(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        while !self.inbox.bytes().is_empty() {
            let (found, used) = self.digester.digest(self.inbox.bytes());
            match found {
                DigestResult::Urc(line) => {
                    if let Some(urc) = <U as AtatUrc>::parse(line) {
                        urc.tell(Some(behind_name(line)), sink);
                    }
                }
                DigestResult::Response(Ok(_)) => sink(Event::Ok),
                DigestResult::Response(Err(InternalError::CmeError(code))) => {
                    sink(Event::Cme(code.into()));
                }
                DigestResult::Response(Err(_)) => sink(Event::Error),
                DigestResult::Prompt(_) => sink(Event::Prompt),
                DigestResult::None => {}
            }
            if used == 0 {
                return;
            }
            self.inbox.consume(used);
        }
    }
}

impl<U: Tell> Receiver for Digested<U> {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() {
            chunk = self.inbox.push(chunk);
            self.digest(sink);
            if self.inbox.is_full() {
                self.inbox.consume(self.inbox.bytes().len());
            }
        }
    }
}

/// serde_at alone: the type chosen by the name of the line.
#[cfg(feature = "peers")]
pub(super) struct ByName<U>(core::marker::PhantomData<U>);

#[cfg(feature = "peers")]
impl<U: Tell> ByName<U> {
    pub(super) const fn new() -> Self {
        Self(core::marker::PhantomData)
    }
}

#[cfg(feature = "peers")]
impl<U: Tell> super::framers::OfLine for ByName<U> {
    fn tell(&self, line: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        match line {
            b"OK" => sink(Event::Ok),
            b"ERROR" => sink(Event::Error),
            _ => {
                if let Some(digits) = line.strip_prefix(b"+CME ERROR: ") {
                    let code = core::str::from_utf8(digits).ok();
                    if let Some(code) = code.and_then(|digits| digits.parse().ok()) {
                        sink(Event::Cme(code));
                    }
                } else if let Some(urc) = <U as AtatUrc>::parse(line) {
                    urc.tell(Some(behind_name(line)), sink);
                }
            }
        }
    }
}
