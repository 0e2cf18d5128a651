//! Sixty-four messages by name, each a way in which a receiver has been or could be misled.

/// A message that misleads.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "not published")]
pub struct Case {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Where it was published: a legal topic of MQTT.
    pub topic: &'static str,
    /// What is repeated, so often, to make the payload.
    pub piece: &'static [u8],
    /// How often.
    pub times: usize,
}

impl Case {
    /// The payload.
    pub fn payload(&self) -> Vec<u8> {
        self.piece.repeat(self.times)
    }

    /// Whether the topic can be told from what follows it: it does not hold its own end.
    pub fn has_plain_topic(&self) -> bool {
        !self.topic.contains("\",")
    }
}

const fn payload(name: &'static str, piece: &'static [u8]) -> Case {
    repeated(name, piece, 1)
}

const fn repeated(name: &'static str, piece: &'static [u8], times: usize) -> Case {
    Case {
        name,
        topic: "h/x",
        piece,
        times,
    }
}

const fn topic(name: &'static str, topic: &'static str, piece: &'static [u8]) -> Case {
    Case {
        name,
        topic,
        piece,
        times: 1,
    }
}

/// All of them.
pub const CASES: [Case; 64] = [
    // Final result codes.
    payload("OK as a line", b"\r\nOK\r\n"),
    payload("OK at the end", b"x\r\nOK"),
    payload("OK alone", b"OK"),
    payload("OK behind LF alone", b"\nOK\n"),
    payload("OK behind CR alone", b"\rOK\r"),
    payload("ERROR as a line", b"\r\nERROR\r\n"),
    payload("ERROR inside a word", b"NOERRORS"),
    payload("CME ERROR as a line", b"\r\n+CME ERROR: 8503\r\n"),
    payload(
        "CME ERROR in words",
        b"\r\n+CME ERROR: network is unavailable\r\n",
    ),
    payload("OK in numbers", b"\r\n0\r\n"),
    repeated("nothing but OK", b"\r\nOK\r\n", 243),
    // Results.
    payload("publish done", b"\r\n+QMTPUB: 0,1,0\r\n"),
    payload("publish failed", b"\r\n+QMTPUB: 0,1,2\r\n"),
    payload("publish sent again", b"\r\n+QMTPUB: 0,1,1,3\r\n"),
    payload("opened", b"\r\n+QMTOPEN: 0,0\r\n"),
    payload("connected", b"\r\n+QMTCONN: 0,0,0\r\n"),
    payload("refused", b"\r\n+QMTCONN: 0,0,5\r\n"),
    payload("subscribed", b"\r\n+QMTSUB: 0,1,0,1\r\n"),
    payload("unsubscribed", b"\r\n+QMTUNS: 0,1,0\r\n"),
    payload("closed", b"\r\n+QMTCLOSE: 0,0\r\n"),
    payload(
        "the answer to a probe",
        b"\r\n+QMTCLOSE: (0-4)\r\n\r\nOK\r\n",
    ),
    payload(
        "the answer to the other probe",
        b"\r\n+QMTDISC: (0-4)\r\n\r\nOK\r\n",
    ),
    repeated(
        "both answers, again and again",
        b"\r\n+QMTCLOSE: (0-4)\r\n\r\nOK\r\n\r\n+QMTDISC: (0-4)\r\n\r\nOK\r\n",
        20,
    ),
    // Reports.
    payload("lost link", b"\r\n+QMTSTAT: 0,1\r\n"),
    payload("lost link without its end", b"x\r\n+QMTSTAT: 0,1"),
    payload("restart", b"\r\nRDY\r\n"),
    payload("restart at the end", b"x\r\nRDY"),
    payload("network lost", b"\r\n+CEREG: 0\r\n"),
    payload("address", b"\r\n+IP: 10.0.0.1\r\n"),
    // Messages in messages.
    payload(
        "message in a message",
        b"\r\n+QMTRECV: 0,0,\"h/x\",3,\"abc\"\r\n",
    ),
    payload(
        "message from the first byte",
        b"+QMTRECV: 0,1,\"h/x\",5,\"hello\"",
    ),
    payload(
        "head of a message at the end",
        b"x\r\n+QMTRECV: 0,2,\"h/x\",1460,\"",
    ),
    payload(
        "head of a message without a length",
        b"\r\n+QMTRECV: 0,2,\"h/x\",\"abc\"\r\n",
    ),
    payload("its own trailer, and OK", b"\"\r\n\r\nOK\r\n"),
    payload(
        "its own trailer, and a loss",
        b"x\"\r\n\r\n+QMTSTAT: 0,1\r\n",
    ),
    payload(
        "its own trailer, and another message",
        b"\"\r\n+QMTRECV: 0,0,\"h/x\",1,\"y\"\r\n",
    ),
    repeated("nothing but trailers", b"\"\r\n", 60),
    // Prompts and keys.
    payload("prompt as a line", b"\r\n> "),
    payload("prompt alone", b">"),
    payload("prompt in a text", b"a>b -> c"),
    repeated("nothing but prompts", b"\r\n> ", 365),
    payload("Ctrl+Z", b"a\x1Ab"),
    payload("Esc", b"a\x1Bb"),
    payload(
        "commands behind Esc and Ctrl+Z",
        b"\x1BAT+QMTCLOSE=0\r\x1AAT+QMTDISC=0\r",
    ),
    payload("command", b"AT+QMTCLOSE=0\r"),
    payload("command behind CR", b"\rAT+QRST=1\r\n"),
    // Quotes, commas, bytes.
    payload("quote at the end", b"abc\""),
    payload("one quote", b"\""),
    payload("fields of a message", b"say \"a\",\"b\",5,\"c\""),
    payload("JSON", b"{\"temp\":21.5,\"unit\":\"C\",\"ok\":true}"),
    payload("backslash at the end", b"abc\\"),
    payload("NUL", b"\0a\0"),
    payload("bytes that are no UTF-8", b"\xFF\xFE\xC0\x80"),
    payload("blanks around", b"  a  "),
    payload("nothing", b""),
    repeated("commas without end", b",", 1_460),
    repeated("quotes without end", b"\"", 200),
    repeated("a full payload of line ends", b"\r\n", 730),
    // Topics. No line ends: a broker that passes them on is another matter (MQTT 3.1.1 §1.5.3).
    topic("topic with a quote", "h/a\"b", b"x"),
    topic(
        "topic that is a quote and ends",
        "h/\",5,\"x",
        b"\r\nOK\r\n",
    ),
    topic(
        "topic that ends and has another length",
        "h/\",2,\"4F4B\"",
        b"\r\n+QMTSTAT: 0,1\r\n",
    ),
    topic(
        "topic that ends and has no length",
        "h/\",\"\"",
        b"\r\nRDY\r\n",
    ),
    topic(
        "topic that is a message",
        "h/QMTRECV: 0,1,\"t\",3,\"616263\"",
        b"x",
    ),
    topic("topic with a comma", "h/a,b", b"\r\nOK\r\n"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use qmt_proto::Topic;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_and_a_legal_length() {
        let names: HashSet<_> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
        for case in CASES {
            assert!(case.payload().len() <= 1_460, "{}", case.name);
            let unquoted = case.topic.replace('"', "");
            assert!(Topic::new(&unquoted).is_ok(), "{}", case.name);
        }
    }
}
