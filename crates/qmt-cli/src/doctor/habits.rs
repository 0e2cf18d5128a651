//! What the note leaves open about a module, found out where that does no harm.

use core::time::Duration;

use qmt_proto::{
    Body, Command, ConfigOption, Delivery, Inline, KeepAlive, LinkId, MsgId, Publish, Setting,
    Topic,
};
use qmt_session::Capabilities;
use tokio::time::Instant;

use super::broker::{Visit, result_of, text};
use super::examination::{Examination, Stop, message_of};
use super::links::{self, MARK};
use crate::capabilities::CapabilityFile;
use crate::dialogue::{DataMode, Final, Reply};

/// Length of the payload that is tried on the command line.
const INLINE: u16 = 512;
/// How long to wait for what may not come.
const WAIT: Duration = Duration::from_secs(3);

/// Notes what an open question is answered with.
fn note(exam: &mut Examination<'_>, file: &mut CapabilityFile, name: &str, value: &str) {
    exam.report.fine("habit", &format!("{name}: {value}"));
    file.habits.insert(name.to_owned(), value.to_owned());
}

/// Without a broker: how failures of MQTT are told.
pub(super) async fn errors(
    exam: &mut Examination<'_>,
    link: LinkId,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let reply = exam.ask("habit", &format!("AT+QMTDISC={link}")).await?;
    let value = match &reply.result {
        Some(Final::Ok) => "none: a link that is not open is closed with OK".to_owned(),
        Some(result) => result.to_string(),
        None => return Ok(()),
    };
    note(exam, file, "failure of a command", &value);
    Ok(())
}

/// With a connection, to whose `topic` there is a subscription.
pub(super) async fn connected(
    exam: &mut Examination<'_>,
    link: LinkId,
    visit: &Visit,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let topic = &visit.topic;
    escape(exam, link, topic, file).await?;
    prompt_guard(exam, link, topic, file).await?;
    qos_0(exam, link, topic, file).await?;
    inline(exam, link, topic, file).await?;
    topics(exam, link, topic, file).await?;
    hex_length(exam, link, topic, file).await
}

/// After the link is closed: what came after DISC, and whether options outlive the link.
pub(super) async fn closed(
    exam: &mut Examination<'_>,
    link: LinkId,
    after: &[Vec<u8>],
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let stat = after.iter().find(|line| line.starts_with(b"+QMTSTAT"));
    let value = stat.map_or_else(|| "no +QMTSTAT".to_owned(), |line| text(line));
    note(exam, file, "after QMTDISC", &value);
    let mark = Setting::KeepAlive(KeepAlive::new(MARK).unwrap_or_default());
    let kept = links::query(exam, link, ConfigOption::KeepAlive, &mark).await?;
    let value = if kept { "kept" } else { "forgotten" };
    note(exam, file, "options after QMTCLOSE", value);
    Ok(())
}

/// What Esc answers in data mode.
async fn escape(
    exam: &mut Examination<'_>,
    link: LinkId,
    topic: &str,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let line = format!("AT+QMTPUB={link},0,0,0,\"{topic}\"");
    let reply = exam.try_brief("habit", &line, Some(b"\x1b"), WAIT).await?;
    let value = match (&reply.result, result_of(&reply)) {
        (Some(result), None) => result.to_string(),
        (Some(result), Some(line)) => format!("{result} and {}", text(line)),
        (None, _) => "nothing".to_owned(),
    };
    note(exam, file, "Esc in data mode", &value);
    forget_messages(exam).await?;
    // In a payload whose length was given it is a byte like any other, in the note's reading.
    let line = format!("AT+QMTPUB={link},0,0,0,\"{topic}\",4");
    let payload = b"ab\x1bc";
    let reply = exam.try_brief("habit", &line, Some(payload), WAIT).await?;
    let carried = next_message(exam, &reply).await?.as_deref() == Some(payload);
    file.capabilities.esc_cancels = !carried;
    let value = match carried {
        true => "is data",
        false => "cancels",
    };
    note(exam, file, "Esc in data whose length was given", value);
    // Ends the line that the rest of the payload may have begun.
    exam.port.send(b"\r").await?;
    forget_messages(exam).await
}

/// Whether the module listens as soon as it has printed its prompt.
async fn prompt_guard(
    exam: &mut Examination<'_>,
    link: LinkId,
    topic: &str,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let guard = core::mem::take(&mut exam.port.prompt_guard);
    let line = format!("AT+QMTPUB={link},0,0,0,\"{topic}\"");
    let data = DataMode::Terminated.bytes(b"0123456789");
    let reply = exam.try_brief("habit", &line, Some(&data), WAIT).await?;
    let at_once = next_message(exam, &reply).await?.as_deref() == Some(b"0123456789");
    exam.port.prompt_guard = guard;
    if reply.result.is_none() {
        // All of it was lost, the Ctrl+Z too.
        exam.port.send(b"\x1b").await?;
        exam.port.wake().await?;
    }
    let value = match at_once {
        true => "at once".to_owned(),
        false => {
            let ms = u16::try_from(guard.as_millis()).unwrap_or(u16::MAX);
            file.capabilities.prompt_guard_ms = ms;
            format!("not at once; after {ms} ms")
        }
    };
    note(exam, file, "data is heard after the prompt", &value);
    forget_messages(exam).await
}

/// Whether `+QMTPUB` comes at QoS 0.
async fn qos_0(
    exam: &mut Examination<'_>,
    link: LinkId,
    topic: &str,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let line = format!("AT+QMTPUB={link},0,0,0,\"{topic}\",2");
    let data = DataMode::Counted(2).bytes(b"q0");
    let reply = exam.try_brief("habit", &line, Some(&data), WAIT).await?;
    if reply.result == Some(Final::Ok) {
        let comes = result_of(&reply).is_some();
        file.capabilities.qos0_result = Some(comes);
        let value = if comes { "comes" } else { "does not come" };
        note(exam, file, "+QMTPUB at QoS 0", value);
    }
    forget_messages(exam).await
}

/// Whether a payload on the command line arrives as the driver would send it.
async fn inline(
    exam: &mut Examination<'_>,
    link: LinkId,
    topic: &str,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let payload: Vec<u8> = (b'a'..=b'z').cycle().take(usize::from(INLINE)).collect();
    let (Ok(name), Some(body), Some(id)) =
        (Topic::new(topic), Inline::text(&payload), MsgId::new(3))
    else {
        return Ok(());
    };
    let line = links::text(&Command::Publish(Publish {
        link,
        delivery: Delivery::AtLeastOnce(id),
        retain: false,
        topic: name,
        body: Body::Inline(body),
    }));
    let reply = exam.try_brief("habit", &line, None, WAIT).await?;
    let arrived = reply.result == Some(Final::Ok)
        && next_message(exam, &reply).await?.as_deref() == Some(&payload[..]);
    if arrived {
        file.capabilities.inline_up_to = INLINE;
    }
    let value = match (&reply.result, arrived) {
        (_, true) => format!("in quotes, {INLINE} bytes arrive"),
        (Some(Final::Ok), false) => "taken, but not delivered as it was".to_owned(),
        (Some(other), _) => format!("refused in quotes: {other}"),
        (None, _) => "no answer".to_owned(),
    };
    note(exam, file, "message on the command line", &value);
    forget_messages(exam).await
}

/// How many topics one QMTSUB takes.
async fn topics(
    exam: &mut Examination<'_>,
    link: LinkId,
    topic: &str,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let mut most = 0;
    for count in 1..=5 {
        let list: String = (0..count).map(|n| format!(",\"{topic}/{n}\",0")).collect();
        let line = format!("AT+QMTSUB={link},{}{list}", 10 + count);
        let reply = exam.try_brief("habit", &line, None, WAIT).await?;
        if reply.result != Some(Final::Ok) {
            break;
        }
        most = count;
    }
    let value = match most {
        5 => "5 or more".to_owned(),
        most => most.to_string(),
    };
    note(exam, file, "topics in one QMTSUB", &value);
    Ok(())
}

/// What lengths count in hex format.
async fn hex_length(
    exam: &mut Examination<'_>,
    link: LinkId,
    topic: &str,
    file: &mut CapabilityFile,
) -> Result<(), Stop> {
    let set = |format: u8| format!("AT+QMTCFG=\"dataformat\",{link},{format},{format}");
    exam.ask_ok("habit", &set(1)).await?;
    let line = format!("AT+QMTPUB={link},0,0,0,\"{topic}\",4");
    // Two bytes, or four digits: then the other four begin a line of their own, which is refused.
    let reply = exam
        .try_brief("habit", &line, Some(b"41424344"), WAIT)
        .await?;
    let mut lines = reply.news.clone();
    let until = Instant::now() + WAIT;
    let value = loop {
        let message = lines.iter().find(|line| line.starts_with(b"+QMTRECV"));
        if let Some(line) = message.map(|line| text(line)) {
            break match line {
                line if line.ends_with(",4,\"41424344\"") => "bytes",
                line if line.ends_with(",4,\"4142\"") => "digits",
                line if line.ends_with(",8,\"41424344\"") => "digits when receiving only",
                line if line.ends_with(",2,\"4142\"") => "digits when sending only",
                _ => "something else",
            };
        }
        match exam.port.listen(until).await? {
            Some(line) => lines = vec![line],
            None => break "unknown: no message came",
        }
    };
    file.capabilities.hex_counts_digits = value == "digits";
    note(exam, file, "lengths in hex format count", value);
    // Ends the line that the digits may have begun.
    exam.port.send(b"\r").await?;
    forget_messages(exam).await?;
    exam.ask_ok("habit", &set(0)).await?;
    Ok(())
}

/// The payload of the next message.
async fn next_message(exam: &mut Examination<'_>, reply: &Reply) -> Result<Option<Vec<u8>>, Stop> {
    if let Some((_, payload)) = reply.news.iter().find_map(|line| message_of(line)) {
        return Ok(Some(payload));
    }
    let until = Instant::now() + WAIT;
    while let Some(line) = exam.port.listen(until).await? {
        if let Some((_, payload)) = message_of(&line) {
            return Ok(Some(payload));
        }
    }
    Ok(None)
}

/// Lets the messages pass that the last trial has brought.
async fn forget_messages(exam: &mut Examination<'_>) -> Result<(), Stop> {
    exam.port.drain().await?;
    Ok(())
}

/// Whether anything was learned that the driver goes by.
pub(super) fn words(capabilities: &Capabilities) -> String {
    let inline = match capabilities.inline_up_to {
        0 => "no message on the command line".to_owned(),
        len => format!("messages of up to {len} bytes on the command line"),
    };
    let result = match capabilities.qos0_result {
        Some(true) => "+QMTPUB at QoS 0",
        Some(false) => "no +QMTPUB at QoS 0",
        None => "+QMTPUB at QoS 0 unknown",
    };
    format!("{inline}, {result}")
}
