//! A module that agrees to everything, but for what it is told to say.

use core::fmt::Write;

/// A module that agrees to everything, just clever enough for a client to be content.
#[derive(Default)]
pub(crate) struct Yes {
    line: Vec<u8>,
    /// Bytes of payload that are awaited, and the result that follows them.
    payload: usize,
    result: String,
    options: Vec<(String, String)>,
    /// What it says to command lines that begin so, how often.
    answers: Vec<(String, String, usize)>,
    /// How many payloads it takes without a word.
    pub(crate) silent_payloads: usize,
    /// All command lines.
    pub(crate) heard: Vec<String>,
}

impl Yes {
    /// To the next `times` command lines that begin with `line`, it says `answer`: lines, one behind
    /// the other. Nothing: it does not answer.
    pub(crate) fn says(&mut self, answer: &[&str], line: &str, times: usize) {
        let answer = answer
            .iter()
            .map(|line| format!("\r\n{line}\r\n"))
            .collect();
        self.answers.insert(0, (line.into(), answer, times));
    }

    /// What it says to `bytes`.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> String {
        let mut said = String::new();
        for &byte in bytes {
            if self.payload > 0 {
                self.payload -= 1;
                if self.payload == 0 && self.silent_payloads > 0 {
                    self.silent_payloads -= 1;
                } else if self.payload == 0 {
                    write!(said, "\r\nOK\r\n\r\n{}\r\n", self.result).unwrap();
                }
            } else if byte == b'\r' {
                let line = String::from_utf8(core::mem::take(&mut self.line)).unwrap();
                said += &self.answer(&line);
                self.heard.push(line);
            } else {
                self.line.push(byte);
            }
        }
        said
    }

    fn answer(&mut self, line: &str) -> String {
        let mut answers = self.answers.iter_mut();
        if let Some((_, answer, left)) = answers.find(|it| it.2 > 0 && line.starts_with(&it.0)) {
            *left -= 1;
            return answer.clone();
        }
        let (name, args) = line.split_once('=').unwrap_or((line, ""));
        let ok = "\r\nOK\r\n".to_owned();
        let args: Vec<&str> = args.split(',').collect();
        match name {
            _ if !name.starts_with("AT") => "\r\nERROR\r\n".to_owned(),
            "AT+QMTCLOSE" | "AT+QMTDISC" if args == ["?"] => {
                format!("\r\n+{}: (0-4)\r\n{ok}", &name[3..])
            }
            "AT+CEREG?" => format!("\r\n+CEREG: 0,1\r\n{ok}"),
            "AT+QMTCFG" => {
                let option = args[..2].join(",");
                if let Some(values) = args.get(2..).filter(|values| !values.is_empty()) {
                    self.options.retain(|(known, _)| *known != option);
                    self.options.push((option, values.join(",")));
                    return ok;
                }
                let default = if option.starts_with("\"dataformat\"") {
                    "0,0"
                } else {
                    "0"
                };
                let value = self.option(&option).unwrap_or(default);
                format!("\r\n+QMTCFG: {value}\r\n{ok}")
            }
            "AT+QMTOPEN" | "AT+QMTCLOSE" | "AT+QMTDISC" => {
                format!("{ok}\r\n+{}: {},0\r\n", &name[3..], args[0])
            }
            "AT+QMTCONN" => format!("{ok}\r\n+QMTCONN: {},0,0\r\n", args[0]),
            "AT+QMTUNS" => format!("{ok}\r\n+QMTUNS: {},{},0\r\n", args[0], args[1]),
            "AT+QMTSUB" => {
                let hi = if self.formats(args[0]).ends_with('1') {
                    "6869"
                } else {
                    "hi"
                };
                format!(
                    "{ok}\r\n+QMTSUB: {0},{1},0,1\r\n\r\n+QMTRECV: {0},1,\"in\",2,\"{hi}\"\r\n",
                    args[0], args[1]
                )
            }
            "AT+QMTPUB" => {
                self.result = format!("+QMTPUB: {},{},0", args[0], args[1]);
                let hex = self.formats(args[0]).starts_with('1');
                self.payload = args[5].parse::<usize>().unwrap() << u8::from(hex);
                "\r\n> ".to_owned()
            }
            _ => ok,
        }
    }

    fn option(&self, option: &str) -> Option<&str> {
        let mut known = self.options.iter();
        let (_, value) = known.find(|(known, _)| known == option)?;
        Some(value)
    }

    /// The formats of a link: to send, and to receive.
    fn formats(&self, link: &str) -> &str {
        self.option(&format!("\"dataformat\",{link}"))
            .unwrap_or("0,0")
    }
}
