//! Reports in words: what `words` leaves out, counts, remedies, messages.

use qmt_proto::{Answer, Granted, Notice, PacketResult, Report, Setting, hex::Hex};

use super::explain::lossy;
use super::frame::{Frame, Kind};
use super::print::escaped;
use super::received::Received;
use super::tape::Place;

/// Adds what the words of a report leave out: counts and remedies.
pub(crate) fn explain(report: &Report<'_>, frame: &mut Frame) {
    frame.section = report.section();
    frame.remedy = match report {
        Report::Opened { result, .. } => result.remedy(),
        Report::Closed { result, .. } => result.remedy(),
        Report::Disconnected { result, .. } => result.remedy(),
        Report::Connected {
            result: PacketResult::DONE,
            code: Some(code),
            ..
        } => code.remedy(),
        Report::Subscribed {
            result: PacketResult::DONE,
            values,
            ..
        } => values.iter().find_map(|value| Granted(value).remedy()),
        Report::Connected { result, .. }
        | Report::Subscribed { result, .. }
        | Report::Unsubscribed { result, .. }
        | Report::Published { result, .. } => result.remedy(),
        Report::LinkLost { cause, .. } => cause.remedy().or(Some(
            "a code that the note reserves: open the network again",
        )),
        _ => None,
    };
    match report {
        Report::Notice(Notice::Power(event)) => {
            frame.meaning = format!("sleep: {}", lossy(event));
        }
        Report::Notice(Notice::Sim(state)) => {
            frame.meaning = format!("SIM card: {}", lossy(state));
        }
        Report::Notice(Notice::Indication(_)) => frame.meaning = "progress of the module".into(),
        Report::Answer(answer) => answer_of(answer, frame),
        _ => {}
    }
    let count = match report {
        Report::Published {
            result: PacketResult::RETRANSMITTED,
            value,
            ..
        } => *value,
        Report::Subscribed {
            result: PacketResult::RETRANSMITTED,
            values,
            ..
        } => values.iter().next(),
        _ => None,
    };
    if let Some(count) = count {
        frame.meaning = format!("{}, time {count}", frame.meaning);
    }
    let id = match report {
        Report::Published { msg_id: 0, .. } => None,
        Report::Published { msg_id, .. } => Some(*msg_id),
        Report::Subscribed { msg_id, .. } | Report::Unsubscribed { msg_id, .. } => {
            Some(msg_id.get())
        }
        _ => None,
    };
    if let Some(id) = id {
        frame.meaning = format!("{} (message {id})", frame.meaning);
    }
}

/// Adds the values that the words of an answer leave out.
fn answer_of(answer: &Answer<'_>, frame: &mut Frame) {
    match answer {
        Answer::Client { link, host, port } => {
            frame.meaning = format!("link {link} is open to {}, port {port}", host.as_str());
        }
        Answer::Signal { rssi: 99, .. } => frame.meaning = "signal unknown".into(),
        Answer::Signal { rssi, .. } => {
            frame.meaning = format!("signal {} dBm", i16::from(*rssi) * 2 - 113);
        }
        Answer::Setting(Setting::Timeout(_)) => {
            let values: Vec<&str> = frame.fields.iter().flatten().map(String::as_str).collect();
            if let [.., seconds, retries, notice] = values.as_slice() {
                frame.meaning = format!(
                    "wait {seconds} s for an acknowledgement, send again {retries} times, \
                     tell of it: {notice}"
                );
            }
        }
        Answer::ErrorFormat(format) => frame.meaning = format!("form of errors: {format}"),
        Answer::Sleep(mode) => frame.meaning = format!("sleep mode {mode}"),
        Answer::BaudRate(0) => frame.meaning = "automatic baud rate".into(),
        Answer::BaudRate(rate) => frame.meaning = format!("{rate} bit/s"),
        Answer::Address { .. } => frame.meaning = "address of the module".into(),
        _ => {}
    }
}

/// The frame of a message; the caller fills in its bytes.
pub(crate) fn message(received: &Received, place: Place) -> Frame {
    let mut frame = Frame::new(place, Kind::Report, Vec::new());
    "QMTRECV".clone_into(&mut frame.name);
    frame.section = Some("QMT §5.2");
    frame.fields = vec![
        Some(lossy(&received.link)),
        Some(lossy(&received.msg_id)),
        Some(lossy(&received.topic)),
        received.count.as_deref().map(lossy),
    ];
    frame.push_payload(&received.payload);
    frame.damage.clone_from(&received.damage);
    let mut len = received.payload.len();
    let mut decoded = String::new();
    if received.hex
        && let Ok(hex) = Hex::of_digits(&received.payload)
    {
        len = hex.len();
        let bytes: Vec<u8> = hex.bytes().take(64).collect();
        let more = if len > bytes.len() { ".." } else { "" };
        decoded = format!(", in hex: \"{}{more}\"", escaped(&bytes));
    }
    let guess = match received.count {
        Some(_) => "",
        None => "; without its length, so where it ends is a guess",
    };
    frame.meaning = format!(
        "link {}: a message of {len} bytes{decoded}{guess}",
        lossy(&received.link)
    );
    frame
}
