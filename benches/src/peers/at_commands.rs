//! at-commands: `CommandParser` on every line, chosen by the name in front of the colon.

use at_commands::parser::CommandParser;

use super::fields::behind_name;
use crate::Event;

pub(super) fn parse(line: &[u8]) -> Option<Event<'_>> {
    let name = line.split(|byte| *byte == b':').next()?;
    Some(match name {
        b"OK" => Event::Ok,
        b"ERROR" => Event::Error,
        b"+CME ERROR" => {
            let parser = CommandParser::parse(line).expect_identifier(b"+CME ERROR:");
            let (code,) = parser.expect_int_parameter().finish().ok()?;
            Event::Cme(code.try_into().ok()?)
        }
        b"+QMTRECV" => {
            let (link, id, topic, _len, payload) = CommandParser::parse(line)
                .expect_identifier(b"+QMTRECV:")
                .expect_int_parameter()
                .expect_int_parameter()
                .expect_string_parameter()
                .expect_int_parameter()
                .expect_string_parameter()
                .finish()
                .ok()?;
            Event::Message(
                byte(link)?,
                id.try_into().ok()?,
                topic.as_bytes(),
                payload.as_bytes(),
            )
        }
        b"+QMTPUB" => {
            let (link, id, result, value) = deferred(line, b"+QMTPUB:")?;
            Event::Published(link, id, result, value)
        }
        b"+QMTSUB" => {
            let (link, id, result, value) = deferred(line, b"+QMTSUB:")?;
            Event::Subscribed(link, id, result, value)
        }
        b"+QMTCONN" => {
            let (link, result, code) = CommandParser::parse(line)
                .expect_identifier(b"+QMTCONN:")
                .expect_int_parameter()
                .expect_int_parameter()
                .expect_optional_int_parameter()
                .finish()
                .ok()?;
            Event::Connected(byte(link)?, byte(result)?, code.and_then(byte))
        }
        b"+QMTSTAT" => {
            let (link, cause) = CommandParser::parse(line)
                .expect_identifier(b"+QMTSTAT:")
                .expect_int_parameter()
                .expect_int_parameter()
                .finish()
                .ok()?;
            Event::Lost(byte(link)?, byte(cause)?)
        }
        b"+CEREG" => {
            let (status, _area, _cell, _access) = CommandParser::parse(line)
                .expect_identifier(b"+CEREG:")
                .expect_int_parameter()
                .expect_string_parameter()
                .expect_string_parameter()
                .expect_int_parameter()
                .finish()
                .ok()?;
            Event::Registration(byte(status)?, behind_name(line))
        }
        b"+QNBIOTEVENT" => {
            let (event,) = CommandParser::parse(line)
                .expect_identifier(b"+QNBIOTEVENT:")
                .expect_string_parameter()
                .finish()
                .ok()?;
            Event::Power(event.as_bytes())
        }
        _ => return None,
    })
}

fn deferred(line: &[u8], name: &[u8]) -> Option<(u8, u16, u8, Option<u8>)> {
    let (link, id, result, value) = CommandParser::parse(line)
        .expect_identifier(name)
        .expect_int_parameter()
        .expect_int_parameter()
        .expect_int_parameter()
        .expect_optional_int_parameter()
        .finish()
        .ok()?;
    Some((
        byte(link)?,
        id.try_into().ok()?,
        byte(result)?,
        value.and_then(byte),
    ))
}

fn byte(number: i32) -> Option<u8> {
    number.try_into().ok()
}
