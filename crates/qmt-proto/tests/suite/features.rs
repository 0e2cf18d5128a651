//! What the features `serde` and `defmt` give out, and that no secret is in it (P13).

#[cfg(feature = "defmt")]
mod with_defmt {
    use core::num::NonZeroU16;

    use at_syntax::{Framer, NoDialect, Writer};
    use defmt::export::fetch_bytes;
    use qmt_proto::{
        Answer, Command, Config, Host, LinkId, LinkLossCode, MsgId, Open, Report, Values, hex::Hex,
    };

    use crate::secrets::{CANARIES, secret_commands};

    /// The bytes that go to the probe: indices of the format strings, and what they are about.
    fn logged(value: &impl defmt::Format) -> Vec<u8> {
        fetch_bytes();
        defmt::println!("{}", value);
        fetch_bytes()
    }

    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn p13_no_secret_goes_to_the_probe() {
        for command in secret_commands() {
            let mut sinks = vec![logged(&command)];
            if let Command::Config(Config::Set(_, setting)) = command {
                sinks.push(logged(&Report::Answer(Answer::Setting(setting))));
            }
            for bytes in sinks {
                assert!(holds(&bytes, b"public"), "{bytes:?}");
                for window in CANARIES
                    .iter()
                    .flat_map(|canary| canary.as_bytes().windows(4))
                {
                    assert!(!holds(&bytes, window), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn p13_what_holds_a_line_says_its_length_only() {
        let mut buf = [0; 64];
        let mut out = Writer::new(&mut buf);
        out.raw(b"secret");
        assert!(holds(&logged(&out), &6_u32.to_le_bytes()));
        assert!(!holds(&logged(&out), b"secr"));
        let mut framer = Framer::responses();
        let idle = logged(&framer);
        let _ = framer.next_frame(b"sec", &NoDialect);
        assert_ne!(logged(&framer), idle);
        assert!(!holds(&logged(&framer), b"sec"));
        assert!(holds(
            &logged(&Hex::of_bytes(b"secret")),
            &6_u32.to_le_bytes()
        ));
    }

    #[test]
    fn numbers_and_names_go_to_the_probe() {
        let open = Open {
            link: LinkId::ALL[4],
            host: Host::new("broker").unwrap(),
            port: NonZeroU16::new(0x1234).unwrap(),
        };
        let bytes = logged(&open);
        assert!(holds(&bytes, b"broker") && holds(&bytes, &[0x34, 0x12]));
        assert!(holds(&logged(&MsgId::new(0xABCD)), &[0xCD, 0xAB]));
        let values = Values::new(&[1, 2, 128]).unwrap();
        assert!(holds(&logged(&values), &[1, 2, 128]));
    }

    #[test]
    fn a_code_goes_to_the_probe_as_its_number() {
        assert!(holds(&logged(&LinkLossCode(0xA5)), &[0xA5]));
    }
}

#[cfg(feature = "serde")]
mod with_serde {
    use qmt_proto::{
        Answer, CmeCode, Command, Config, ConfigOption, Delivery, Expect, Few, FinalResult, LinkId,
        LinkLossCode, MsgId, Name, OpenResult, Qos, Report, Response, ResponseDialect, Violation,
    };
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::secrets::{secret_commands, shows_nothing};
    use crate::wire::understood;

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).expect("everything serialises")
    }

    #[track_caller]
    fn survives<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(
        value: T,
        text: &str,
    ) {
        assert_eq!(json(&value), text);
        assert_eq!(serde_json::from_str::<T>(text).expect(text), value);
    }

    #[test]
    fn p13_no_secret_is_serialised() {
        for command in secret_commands() {
            let text = json(&command);
            shows_nothing(&text);
            assert!(
                text.contains("\"***\"") && text.contains("public"),
                "{text}"
            );
            if let Command::Config(Config::Set(_, setting)) = command {
                let text = json(&Report::Answer(Answer::Setting(setting)));
                shows_nothing(&text);
                assert!(text.contains("\"***\""), "{text}");
            }
        }
    }

    #[test]
    fn plain_values_survive() {
        survives(LinkId::ALL[4], "4");
        survives(MsgId::new(65_535).unwrap(), "65535");
        survives(Qos::ExactlyOnce, "\"ExactlyOnce\"");
        survives(Delivery::AtMostOnce, "\"AtMostOnce\"");
        survives(
            Delivery::AtLeastOnce(MsgId::new(7).unwrap()),
            "{\"AtLeastOnce\":7}",
        );
        survives(OpenResult::FAILED, "-1");
        survives(LinkLossCode(8), "8");
        survives(CmeCode(65_535), "65535");
        survives(Violation::Trailer, "\"Trailer\"");
        survives(
            Expect::Config(ConfigOption::KeepAlive),
            "{\"Config\":\"KeepAlive\"}",
        );
        survives(Expect::Read(Name::Cereg), "{\"Read\":\"Cereg\"}");
        let dialect = ResponseDialect::default();
        assert_eq!(
            serde_json::from_str::<ResponseDialect>(&json(&dialect)).unwrap(),
            dialect
        );
    }

    #[test]
    fn what_is_taken_apart_is_serialised_in_its_parts() {
        let request = at_syntax::Request::parse(b"AT+X=1,2").unwrap();
        let text = json(&request);
        assert!(text.contains("\"args\":[49,44,50]"), "{text}");
        let few = Few::one(MsgId::new(7));
        assert_eq!(json(&few), "[7]");
    }

    #[test]
    fn numbers_out_of_range_do_not_become_identifiers() {
        for number in ["5", "255", "-1", "256", "null"] {
            assert!(serde_json::from_str::<LinkId>(number).is_err(), "{number}");
        }
        for number in ["0", "65536", "-1", "1.5"] {
            assert!(serde_json::from_str::<MsgId>(number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_response_says_all_it_knows() {
        let mut dialect = ResponseDialect::default();
        dialect.recv_format[1] = qmt_proto::DataFormat::Hex;
        for (line, wanted) in [
            (
                &b"+QMTSUB: 0,7,0,2,128\r\n"[..],
                r#"{"Report":{"Subscribed":{"link":0,"msg_id":7,"result":0,"values":[2,128]}}}"#,
            ),
            (
                b"+QMTRECV: 1,0,\"t\",2,\"4142\"\r\n",
                concat!(
                    r#"{"Report":{"Received":{"link":1,"msg_id":0,"topic":[116],"#,
                    r#""counted":true,"payload":{"Hex":[65,66]}}}}"#
                ),
            ),
            (b"+CME ERROR: 3\r\n", r#"{"Final":{"CmeError":3}}"#),
            (
                b"+QMTSTAT: 0\r\n",
                concat!(
                    r#"{"Malformed":{"error":{"Syntax":{"kind":"Missing","at":1}},"#,
                    r#""line":[43,81,77,84,83,84,65,84,58,32,48]}}"#
                ),
            ),
        ] {
            assert_eq!(json(&understood(line, Expect::Nothing, &dialect)), wanted);
        }
        assert_eq!(json(&Response::Final(FinalResult::Ok)), r#"{"Final":"Ok"}"#);
    }
}
