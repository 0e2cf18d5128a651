//! winnow: one grammar on input that may end too early, as lines and as a stream.

/// For text and hex: functions that both formats shared would be built into neither.
macro_rules! grammar {
    ($format:ident, $width:literal) => {
        pub(super) mod $format {
            use winnow::ModalResult;
            use winnow::Parser as _;
            use winnow::ascii::dec_uint;
            use winnow::combinator::{alt, delimited, opt, preceded, separated_pair, terminated};
            use winnow::error::ErrMode;
            use winnow::stream::{Offset as _, Partial, Stream as _, StreamIsPartial as _};
            use winnow::token::{take, take_till};

            use super::super::framers::Found;
            use crate::Event;

            type Input<'i> = Partial<&'i [u8]>;

            fn event<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                alt((
                    message,
                    published,
                    subscribed,
                    connected,
                    lost,
                    registration,
                    power,
                    cme,
                    alt(("OK".value(Event::Ok), "ERROR".value(Event::Error))),
                ))
                .parse_next(input)
            }

            /// By its length, in bytes of `$width` characters: neither quotes nor line ends in the payload matter.
            fn message<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let ids = separated_pair(number, ",", dec_uint::<_, u16, _>);
                let (link, id) = preceded("+QMTRECV: ", ids).parse_next(input)?;
                let topic = preceded(",", quoted).parse_next(input)?;
                let len: u16 = delimited(",", dec_uint, ",").parse_next(input)?;
                let payload = take(usize::from(len) * $width);
                let payload = delimited("\"", payload, "\"").parse_next(input)?;
                Ok(Event::Message(link, id, topic, payload))
            }

            fn published<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let (link, id, result, value) =
                    preceded("+QMTPUB: ", deferred).parse_next(input)?;
                Ok(Event::Published(link, id, result, value))
            }

            fn subscribed<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let (link, id, result, value) =
                    preceded("+QMTSUB: ", deferred).parse_next(input)?;
                Ok(Event::Subscribed(link, id, result, value))
            }

            fn connected<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let (_, link, result, code) =
                    ("+QMTCONN: ", number, next, opt(next)).parse_next(input)?;
                Ok(Event::Connected(link, result, code))
            }

            fn lost<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let (_, link, cause) = ("+QMTSTAT: ", number, next).parse_next(input)?;
                Ok(Event::Lost(link, cause))
            }

            fn power<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let event = preceded("+QNBIOTEVENT: ", quoted).parse_next(input)?;
                Ok(Event::Power(event))
            }

            fn cme<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let code = preceded("+CME ERROR: ", dec_uint).parse_next(input)?;
                Ok(Event::Cme(code))
            }

            fn deferred(input: &mut Input<'_>) -> ModalResult<(u8, u16, u8, Option<u8>)> {
                (number, preceded(",", dec_uint), next, opt(next)).parse_next(input)
            }

            fn registration<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let fields = (number, ",", quoted, ",", quoted, ",", number);
                let ((status, ..), text) =
                    preceded("+CEREG: ", fields.with_taken()).parse_next(input)?;
                Ok(Event::Registration(status, text))
            }

            fn quoted<'i>(input: &mut Input<'i>) -> ModalResult<&'i [u8]> {
                delimited("\"", take_till(0.., b'"'), "\"").parse_next(input)
            }

            fn number(input: &mut Input<'_>) -> ModalResult<u8> {
                dec_uint.parse_next(input)
            }

            fn next(input: &mut Input<'_>) -> ModalResult<u8> {
                preceded(",", number).parse_next(input)
            }

            fn framed<'i>(input: &mut Input<'i>) -> ModalResult<Event<'i>> {
                let prompt = "> ".value(Event::Prompt);
                preceded("\r\n", alt((terminated(event, "\r\n"), prompt))).parse_next(input)
            }

            pub(crate) fn line(line: &[u8]) -> Option<Event<'_>> {
                let mut input = Partial::new(line);
                let _ = input.complete();
                let event = event(&mut input).ok()?;
                input.is_empty().then_some(event)
            }

            pub(crate) fn stream(bytes: &[u8]) -> Found<'_> {
                let mut input = Partial::new(bytes);
                let start = input.checkpoint();
                match framed(&mut input) {
                    Ok(event) => Found::Event(event, input.offset_from(&start)),
                    Err(ErrMode::Incomplete(_)) => Found::Incomplete,
                    Err(_) => Found::Unknown,
                }
            }
        }
    };
}

grammar!(text, 1);
grammar!(hex, 2);
