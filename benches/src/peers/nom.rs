//! nom: one grammar in its two modes. On lines cut at LF it is complete; on the stream itself it
//! asks for more, and begins again when more has come.

/// The same text for both modes, as their functions have the same names, and for text and hex: functions
/// that both formats shared would be built into neither.
macro_rules! grammar {
    ($mode:ident, $width:literal) => {
        use nom::IResult;
        use nom::Parser as _;
        use nom::branch::alt;
        use nom::bytes::$mode::{tag, take, take_while};
        use nom::character::$mode::{char, u8, u16};
        use nom::combinator::{consumed, map, opt, value};
        use nom::sequence::{delimited, preceded};

        use crate::Event;

        pub(super) fn event(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            alt((
                message,
                published,
                subscribed,
                connected,
                lost,
                registration,
                power,
                map(preceded(tag("+CME ERROR: "), u16), Event::Cme),
                value(Event::Ok, tag("OK")),
                value(Event::Error, tag("ERROR")),
            ))
            .parse(input)
        }

        /// By its length, in bytes of `$width` characters: neither quotes nor line ends in the payload
        /// matter.
        fn message(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            let (input, _) = tag("+QMTRECV: ")(input)?;
            let (input, (link, _, id, _)) = (u8, char(','), u16, char(',')).parse(input)?;
            let (input, topic) = quoted(input)?;
            let (input, len) = delimited(char(','), u16, char(',')).parse(input)?;
            let payload = take(usize::from(len) * $width);
            let (input, payload) = delimited(char('"'), payload, char('"')).parse(input)?;
            Ok((input, Event::Message(link, id, topic, payload)))
        }

        fn published(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            let (input, (link, id, result, value)) =
                preceded(tag("+QMTPUB: "), deferred).parse(input)?;
            Ok((input, Event::Published(link, id, result, value)))
        }

        fn subscribed(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            let (input, (link, id, result, value)) =
                preceded(tag("+QMTSUB: "), deferred).parse(input)?;
            Ok((input, Event::Subscribed(link, id, result, value)))
        }

        fn deferred(input: &[u8]) -> IResult<&[u8], (u8, u16, u8, Option<u8>)> {
            let (input, (link, _, id, _, result, value)) =
                (u8, char(','), u16, char(','), u8, next).parse(input)?;
            Ok((input, (link, id, result, value)))
        }

        fn connected(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            let (input, (_, link, _, result, code)) =
                (tag("+QMTCONN: "), u8, char(','), u8, next).parse(input)?;
            Ok((input, Event::Connected(link, result, code)))
        }

        fn lost(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            let (input, (_, link, _, cause)) =
                (tag("+QMTSTAT: "), u8, char(','), u8).parse(input)?;
            Ok((input, Event::Lost(link, cause)))
        }

        fn registration(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            let (input, _) = tag("+CEREG: ")(input)?;
            let fields = (u8, char(','), quoted, char(','), quoted, char(','), u8);
            let (input, (text, (status, ..))) = consumed(fields).parse(input)?;
            Ok((input, Event::Registration(status, text)))
        }

        fn power(input: &[u8]) -> IResult<&[u8], Event<'_>> {
            map(preceded(tag("+QNBIOTEVENT: "), quoted), Event::Power).parse(input)
        }

        fn quoted(input: &[u8]) -> IResult<&[u8], &[u8]> {
            delimited(char('"'), take_while(|byte| byte != b'"'), char('"')).parse(input)
        }

        fn next(input: &[u8]) -> IResult<&[u8], Option<u8>> {
            opt(preceded(char(','), u8)).parse(input)
        }
    };
}

/// What is done with lines and with the stream.
macro_rules! modes {
    ($format:ident, $width:literal) => {
        pub(super) mod $format {
            use super::super::framers::Found;

            mod complete {
                grammar!(complete, $width);
            }

            mod streaming {
                grammar!(streaming, $width);

                pub(super) fn framed(input: &[u8]) -> IResult<&[u8], Event<'_>> {
                    let prompt = value(Event::Prompt, tag("> "));
                    preceded(
                        tag("\r\n"),
                        alt((nom::sequence::terminated(event, tag("\r\n")), prompt)),
                    )
                    .parse(input)
                }
            }

            #[cfg(feature = "peers")]
            pub(crate) fn line(line: &[u8]) -> Option<crate::Event<'_>> {
                match complete::event(line) {
                    Ok(([], event)) => Some(event),
                    _ => None,
                }
            }

            pub(crate) fn stream(bytes: &[u8]) -> Found<'_> {
                match streaming::framed(bytes) {
                    Ok((rest, event)) => Found::Event(event, bytes.len() - rest.len()),
                    Err(nom::Err::Incomplete(_)) => Found::Incomplete,
                    Err(_) => Found::Unknown,
                }
            }
        }
    };
}

modes!(text, 1);
#[cfg(feature = "peers")]
modes!(hex, 2);
