//! The worked session of the application note (QMT §6.1): every line read, printed, compared.

use at_syntax::Line;
use qmt_proto::{
    Answer, Body, Command, DecodeError, Expect, FinalResult, Inline, Payload, PayloadLen, Report,
    RequestDialect, Response, ResponseDialect,
};

use crate::wire::{obeyed, printed, sent, understood};

const SESSION: &str = include_str!("../manual.txt");

/// What happened on the line, counted.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    commands: usize,
    oks: usize,
    answers: usize,
    results: usize,
    messages: usize,
    prompts: usize,
}

#[test]
fn every_line_of_the_worked_session_is_read_and_printed() {
    let mut tally = Tally::default();
    let mut expect = Expect::Nothing;
    let mut published = Vec::new();
    let mut lines = SESSION.lines().peekable();
    let mut number = 0;
    while let Some(line) = lines.next() {
        number += 1;
        let Some((mark, line)) = line.split_once(' ').filter(|(mark, _)| *mark != "#") else {
            continue;
        };
        let bare = format!("{line}\r\n").into_bytes();
        match mark {
            ">" => {
                let line = format!("{line}\r").into_bytes();
                let command = obeyed(&line, &RequestDialect::default()).unwrap();
                assert_eq!(sent(&command), line, "line {number}");
                expect = command.expect();
                tally.commands += 1;
            }
            "!" => {
                let line = format!("{line}\r").into_bytes();
                let refused = obeyed(&line, &RequestDialect::default());
                assert_eq!(refused, Err(DecodeError::Unknown), "line {number}");
            }
            "~" => published = line.as_bytes().to_vec(),
            "<" if line.starts_with('>') => {
                let dialect = ResponseDialect {
                    prompt_armed: true,
                    ..ResponseDialect::default()
                };
                let mut framer = at_syntax::Framer::responses();
                let cut = framer.next_frame(line.as_bytes(), &dialect);
                let prompt = Response::parse(cut.frame.unwrap(), Expect::Nothing);
                assert_eq!(prompt, Response::Prompt, "line {number}");
                tally.prompts += 1;
            }
            "<" => match understood(&bare, expect, &ResponseDialect::default()) {
                Response::Final(FinalResult::Ok) => {
                    expect = Expect::Nothing;
                    tally.oks += 1;
                }
                Response::Report(report) => {
                    let other = lines.next_if(|next| next.starts_with("= "));
                    number += usize::from(other.is_some());
                    let canonical = other.map_or(line, |next| &next[2..]);
                    let wanted = format!("\r\n{canonical}\r\n").into_bytes();
                    assert_eq!(printed(&report), wanted, "line {number}");
                    match report {
                        Report::Answer(_) => tally.answers += 1,
                        Report::Received(message) => {
                            assert!(message.counted);
                            assert!(
                                published.is_empty()
                                    || message.payload == Payload::Text(&published)
                            );
                            tally.messages += 1;
                        }
                        _ => tally.results += 1,
                    }
                }
                other => panic!("line {number}: {other:?}"),
            },
            other => panic!("line {number}: {other:?}"),
        }
    }
    let wanted = Tally {
        commands: 16,
        oks: 16,
        answers: 5,
        results: 7,
        messages: 2,
        prompts: 1,
    };
    assert_eq!(tally, wanted);
    assert_eq!(published, b"Hello, MQTT: a test.");
}

/// QMT §3.3.1 test: the answer to `AT+QMTCFG=?` has one line for each option.
#[test]
fn the_answer_to_the_test_of_qmtcfg_names_every_option_in_order() {
    let lines = [
        "\"will\",(0-4),(0,1),(0-2),(0,1),<will_topic>,<will_msg>",
        "\"timeout\",(0-4),(1-60),(0-10),(0,1)",
        "\"session\",(0-4),(0,1)",
        "\"keepalive\",(0-4),(0-3600)",
        "\"aliauth\",(0-4),<product_key>,<device_name>,<device_secret>",
        "\"version\",(0-4),(0,1)",
        "\"showrecvlen\",(0-4),(0,1)",
        "\"echomode\",(0-4),(0,1)",
        "\"dataformat\",(0-4),(0,1),(0,1)",
    ];
    let expect = Expect::Test(qmt_proto::Name::Cfg);
    for (line, option) in lines.into_iter().zip(qmt_proto::ConfigOption::ALL) {
        let bytes = format!("\r\n+QMTCFG: {line}\r\n").into_bytes();
        let answer = understood(&bytes, expect, &ResponseDialect::default());
        let Response::Report(report @ Report::Answer(Answer::Test { values, .. })) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(printed(&report), bytes);
        assert_eq!(values, line.as_bytes());
        let Line::Info(info) = Line::parse(bytes.trim_ascii()) else {
            panic!("{line}");
        };
        let mut args = info.args;
        assert_eq!(args.quoted(), Ok(option.as_str().as_bytes()));
    }
}

/// QMT §3.3.8 variable, fixed and inline, `<msg>`: three forms, and what tells them apart.
#[test]
fn the_form_of_a_publish_depends_on_how_far_its_arguments_go() {
    let body = |line: &'static [u8]| match obeyed(line, &RequestDialect::default()) {
        Ok(Command::Publish(publish)) => publish.body,
        other => panic!("{other:?}"),
    };
    assert_eq!(body(b"AT+QMTPUB=0,1,1,0,\"t\"\r"), Body::Prompt);
    assert_eq!(
        body(b"AT+QMTPUB=0,1,1,0,\"t\",5\r"),
        Body::PromptCounted(PayloadLen::new(5).unwrap())
    );
    assert_eq!(
        body(b"AT+QMTPUB=0,1,1,0,\"t\",5,\"hello\"\r"),
        Body::Inline(Inline::text(b"hello").unwrap())
    );
}
