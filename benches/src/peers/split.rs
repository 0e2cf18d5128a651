//! No crate at all: `str::splitn(',')` and `str::parse`.

use crate::Event;

pub(super) fn parse(line: &[u8]) -> Option<Event<'_>> {
    let line = core::str::from_utf8(line).ok()?;
    if line == "OK" {
        return Some(Event::Ok);
    }
    if line == "ERROR" {
        return Some(Event::Error);
    }
    let (name, rest) = line.split_once(": ")?;
    Some(match name {
        "+CME ERROR" => Event::Cme(rest.parse().ok()?),
        "+QMTRECV" => {
            let mut fields = rest.splitn(5, ',');
            let (link, id) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            let topic = unquoted(fields.next()?)?;
            let _len: usize = fields.next()?.parse().ok()?;
            Event::Message(
                link,
                id,
                topic.as_bytes(),
                unquoted(fields.next()?)?.as_bytes(),
            )
        }
        "+QMTPUB" => {
            let (link, id, result, value) = deferred(rest)?;
            Event::Published(link, id, result, value)
        }
        "+QMTSUB" => {
            let (link, id, result, value) = deferred(rest)?;
            Event::Subscribed(link, id, result, value)
        }
        "+QMTCONN" => {
            let mut fields = rest.splitn(3, ',');
            let (link, result) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            Event::Connected(link, result, optional(fields.next())?)
        }
        "+QMTSTAT" => {
            let (link, cause) = rest.split_once(',')?;
            Event::Lost(link.parse().ok()?, cause.parse().ok()?)
        }
        "+CEREG" => {
            let (status, _) = rest.split_once(',')?;
            Event::Registration(status.parse().ok()?, rest.as_bytes())
        }
        "+QNBIOTEVENT" => Event::Power(unquoted(rest)?.as_bytes()),
        _ => return None,
    })
}

fn deferred(rest: &str) -> Option<(u8, u16, u8, Option<u8>)> {
    let mut fields = rest.splitn(4, ',');
    Some((
        fields.next()?.parse().ok()?,
        fields.next()?.parse().ok()?,
        fields.next()?.parse().ok()?,
        optional(fields.next())?,
    ))
}

/// Absent is no value; present and no number is no such line.
fn optional(field: Option<&str>) -> Option<Option<u8>> {
    field.map_or(Some(None), |field| field.parse().ok().map(Some))
}

fn unquoted(field: &str) -> Option<&str> {
    field.strip_prefix('"')?.strip_suffix('"')
}
