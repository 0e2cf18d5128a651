//! What a publish and a message cost on the serial line: bytes from the real encoder, time at 10 bits
//! a byte, for each form, format, size and speed.
//!
//! Every publish is also done by the virtual module on a line of that speed, in virtual time. Fails
//! when the bytes are others, or the time is.

use std::process::ExitCode;

use at_syntax::Writer;
use qmt_benches::PacedModule;
use qmt_proto::{
    Body, Command, DataFormat, Delivery, Inline, LinkId, MsgId, PacketResult, Payload, PayloadLen,
    Publish, Received, Report, Topic, hex::Hex, limits,
};

const LINK: LinkId = LinkId::ALL[0];
const TOPIC: &str = "site/0042/building/07/room/113/meter/900";
const ID: u16 = 100;
const SIZES: [usize; 4] = [16, 100, 512, limits::PAYLOAD];
const BAUDS: [u32; 3] = [9_600, 115_200, 921_600];

/// How a publish goes to the module.
#[derive(Clone, Copy)]
enum Form {
    /// Data mode, ended by Ctrl+Z.
    Terminated,
    /// Data mode, of a length given before.
    Counted,
    /// On the command line.
    Inline,
}

const FORMS: [(&str, Form); 3] = [
    ("data mode, Ctrl+Z", Form::Terminated),
    ("data mode, fixed length", Form::Counted),
    ("on the command line", Form::Inline),
];

const FORMATS: [(&str, DataFormat); 2] = [("text", DataFormat::Text), ("hex", DataFormat::Hex)];

/// What goes over the line for one publish.
#[derive(Default)]
struct Exchange {
    command: Vec<u8>,
    /// Sent after the prompt; empty where there is none.
    data: Vec<u8>,
    answers: Vec<u8>,
}

fn main() -> ExitCode {
    println!(
        "A publish at QoS 1 under a topic of {} bytes, from the first byte",
        TOPIC.len()
    );
    println!("of the command to the last of the result; network and module take no time.\n");
    let bauds = BAUDS.map(|baud| format!("{baud} bit/s")).join(" | ");
    println!("| form | format | payload | bytes out | bytes in | {bauds} |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    let mut wrong = 0;
    for (format_name, format) in FORMATS {
        for (form_name, form) in FORMS {
            for size in SIZES {
                let exchange = Exchange::new(form, format, size);
                let (out, answers) = (exchange.bytes_out(), exchange.answers.len());
                let times = BAUDS.map(|baud| shown(out + answers, baud)).join(" | ");
                println!("| {form_name} | {format_name} | {size} | {out} | {answers} | {times} |");
                wrong += BAUDS
                    .iter()
                    .filter(|baud| !exchange.check(format, **baud))
                    .count();
            }
        }
    }
    println!(
        "\nA message with an identifier of 3 digits and its length, as the module prints it.\n"
    );
    println!("| format | payload | bytes in | {bauds} |");
    println!("|---|---:|---:|---:|---:|---:|");
    for (name, format) in FORMATS {
        for size in SIZES {
            let len = message(format, size);
            let times = BAUDS.map(|baud| shown(len, baud)).join(" | ");
            println!("| {name} | {size} | {len} | {times} |");
        }
    }
    let checked = FORMATS.len() * FORMS.len() * SIZES.len() * BAUDS.len();
    println!("\n{checked} publishes done by the virtual module, {wrong} of them otherwise.");
    ExitCode::from(u8::from(wrong > 0))
}

/// Milliseconds for so many bytes.
fn span_ms(bytes: usize, baud: u32) -> f64 {
    10_000.0 * bytes as f64 / f64::from(baud)
}

fn shown(bytes: usize, baud: u32) -> String {
    format!("{:.2} ms", span_ms(bytes, baud))
}

/// A payload of letters, so that every form takes it.
fn letters(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
}

impl Exchange {
    fn new(form: Form, format: DataFormat, size: usize) -> Self {
        let payload = letters(size);
        let typed = match format {
            DataFormat::Text => payload.clone(),
            DataFormat::Hex => payload
                .iter()
                .flat_map(|b| qmt_proto::hex::digits_of(*b))
                .collect(),
        };
        let on_line = match format {
            DataFormat::Text => Payload::Text(&payload),
            DataFormat::Hex => Payload::Hex(Hex::of_bytes(&payload)),
        };
        let (body, data, prompt) = match form {
            Form::Terminated => (Some(Body::Prompt), [&typed[..], b"\x1a"].concat(), true),
            Form::Counted => (PayloadLen::new(size).map(Body::PromptCounted), typed, true),
            Form::Inline => (Inline::new(on_line).map(Body::Inline), Vec::new(), false),
        };
        let delivery = MsgId::new(ID).map(Delivery::AtLeastOnce);
        let command = Command::Publish(Publish {
            link: LINK,
            delivery: delivery.expect("not 0"),
            retain: false,
            topic: Topic::new(TOPIC).expect("a legal topic"),
            body: body.expect("at most 1460 bytes"),
        });
        let result = Report::Published {
            link: LINK,
            msg_id: ID,
            result: PacketResult(0),
            value: None,
        };
        let prompt: &[u8] = if prompt { b"\r\n> " } else { b"" };
        Self {
            command: written(
                |out| command.emit(out),
                |out| out.finish_request().ok().map(<[u8]>::to_vec),
            ),
            data,
            answers: [prompt, b"\r\nOK\r\n", &report(&result)].concat(),
        }
    }

    const fn bytes_out(&self) -> usize {
        self.command.len() + self.data.len()
    }

    /// Whether the virtual module needs the same bytes and, but for the milliseconds it counts in,
    /// the same time.
    fn check(&self, format: DataFormat, baud: u32) -> bool {
        let mut module = PacedModule::new(baud, format);
        let done = module.exchange(&self.command, &self.data);
        let expected = span_ms(self.bytes_out() + self.answers.len(), baud);
        let took = done.took.as_secs_f64() * 1000.0;
        // Four turns, each seen at the next millisecond; its bytes take whole microseconds.
        let fine = done.heard == self.answers && took >= expected && took <= expected * 1.02 + 4.0;
        if !fine {
            let heard = done.heard.escape_ascii();
            eprintln!("at {baud} bit/s: {took:.2} ms instead of {expected:.2}, heard {heard}");
        }
        fine
    }
}

fn message(format: DataFormat, size: usize) -> usize {
    let payload = letters(size);
    let received = Report::Received(Received {
        link: LINK,
        msg_id: ID,
        topic: TOPIC.as_bytes(),
        counted: true,
        payload: match format {
            DataFormat::Text => Payload::Text(&payload),
            DataFormat::Hex => Payload::Hex(Hex::of_bytes(&payload)),
        },
    });
    report(&received).len()
}

fn report(report: &Report<'_>) -> Vec<u8> {
    written(
        |out| report.emit(out),
        |out| out.finish_info().ok().map(<[u8]>::to_vec),
    )
}

/// What an emitter writes into a buffer that is large enough for everything.
fn written(
    emit: impl FnOnce(&mut Writer<'_>),
    finish: impl FnOnce(Writer<'_>) -> Option<Vec<u8>>,
) -> Vec<u8> {
    let mut buf = [0; 2 * limits::HEX_FRAME];
    let mut out = Writer::new(&mut buf);
    emit(&mut out);
    finish(out).expect("room")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_needs_the_bytes_and_the_time_that_are_computed() {
        for (_, format) in FORMATS {
            for (_, form) in FORMS {
                let exchange = Exchange::new(form, format, 100);
                assert!(exchange.check(format, 9_600));
            }
        }
    }

    #[test]
    fn another_answer_or_another_time_is_noticed() {
        let mut exchange = Exchange::new(Form::Counted, DataFormat::Text, 100);
        exchange.answers.push(b' ');
        assert!(!exchange.check(DataFormat::Text, 9_600));
        let exchange = Exchange::new(Form::Counted, DataFormat::Text, 100);
        // In hex the same bytes are half a payload: the module waits for the rest.
        assert!(!exchange.check(DataFormat::Hex, 9_600));
    }
}
