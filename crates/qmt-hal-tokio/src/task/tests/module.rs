//! A module that does as it is told, on tokio's clock.

use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, sleep_until};

/// What the test wants to know and to change.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Publishes in order: link and payload.
    pub(super) published: Vec<(u8, Vec<u8>)>,
    /// All command lines in order.
    pub(super) commands: Vec<String>,
    /// How long the server takes to acknowledge a publish.
    pub(super) delay: Duration,
    /// Lines said of its own accord, when the next command comes.
    pub(super) say: Vec<u8>,
    /// Lines that end a command instead of what else would.
    pub(super) overrides: HashMap<&'static str, &'static str>,
}

pub(super) type Shared = Arc<Mutex<Script>>;

/// Plays the module until the line is closed.
pub(super) async fn play(mut line: DuplexStream, script: Shared) {
    let mut settings = HashMap::new();
    let mut results: VecDeque<(Instant, String)> = VecDeque::new();
    let mut command = Vec::new();
    // Head of the publish whose payload is being read, and how much is missing.
    let mut data: Option<(String, usize)> = None;
    let mut byte = [0];
    loop {
        let due = results.front().map(|(at, _)| *at);
        let wait = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => core::future::pending().await,
            }
        };
        tokio::select! {
            read = line.read(&mut byte) => match read {
                Ok(1..) => {}
                _ => return,
            },
            () = wait => {
                let (_, text) = results.pop_front().unwrap();
                if line.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
                continue;
            }
        }
        command.push(byte[0]);
        let reply = if let Some((head, missing)) = &mut data {
            *missing -= 1;
            if *missing > 0 {
                continue;
            }
            let (link, rest) = head.split_once(',').unwrap();
            let id = rest.split(',').next().unwrap();
            let mut script = script.lock().unwrap();
            let payload = core::mem::take(&mut command);
            script.published.push((link.parse().unwrap(), payload));
            let at = Instant::now() + script.delay;
            results.push_back((at, format!("\r\n+QMTPUB: {link},{id},0\r\n")));
            data = None;
            "\r\nOK\r\n".to_owned()
        } else {
            if byte[0] != b'\r' {
                continue;
            }
            let text = String::from_utf8(core::mem::take(&mut command)).unwrap();
            let text = text.trim_end();
            if text.is_empty() {
                continue;
            }
            let said = {
                let mut script = script.lock().unwrap();
                script.commands.push(text.to_owned());
                core::mem::take(&mut script.say)
            };
            if line.write_all(&said).await.is_err() {
                return;
            }
            let ending = script.lock().unwrap().overrides.get(text).copied();
            if let Some(publish) = text.strip_prefix("AT+QMTPUB=") {
                let len = publish.rsplit(',').next().unwrap().parse().unwrap();
                data = Some((publish.to_owned(), len));
                "\r\n> ".to_owned()
            } else {
                ending.map_or_else(|| answer(text, &mut settings), str::to_owned)
            }
        };
        if line.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(command: &str, settings: &mut HashMap<String, String>) -> String {
    let ok = "\r\nOK\r\n";
    let Some((name, rest)) = command
        .strip_prefix("AT+QMT")
        .and_then(|rest| rest.split_once('='))
    else {
        return match command {
            "AT+CEREG?" => format!("\r\n+CEREG: 0,1\r\n{ok}"),
            _ => ok.to_owned(),
        };
    };
    if rest == "?" {
        return format!("\r\n+QMT{name}: (0-4)\r\n{ok}");
    }
    let parts: Vec<&str> = rest.splitn(3, ',').collect();
    match (name, parts[..].as_ref()) {
        ("CFG", [option, link]) => match settings.get(&format!("{option}{link}")) {
            Some(value) => format!("\r\n+QMTCFG: {value}\r\n{ok}"),
            // Whatever it is, it is not what is wanted.
            None => ok.to_owned(),
        },
        ("CFG", [option, link, value]) => {
            settings.insert(format!("{option}{link}"), (*value).to_owned());
            ok.to_owned()
        }
        ("CONN", [link, ..]) => format!("{ok}\r\n+QMTCONN: {link},0,0\r\n"),
        ("SUB", [link, id, topic]) => {
            let granted = if topic.contains("refused") { 128 } else { 1 };
            format!("{ok}\r\n+QMTSUB: {link},{id},0,{granted}\r\n")
        }
        ("UNS", [link, id, ..]) => format!("{ok}\r\n+QMTUNS: {link},{id},0\r\n"),
        (name, [link, ..]) => format!("{ok}\r\n+QMT{name}: {link},0\r\n"),
        _ => "\r\nERROR\r\n".to_owned(),
    }
}
