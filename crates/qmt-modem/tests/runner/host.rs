//! A host on a serial line that knows just enough to ask and wait.

use core::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Long enough for a machine under load; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Host<S> {
    line: S,
    /// What was read and not yet asked for.
    read: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Host<S> {
    pub(crate) fn new(line: S) -> Self {
        let read = Vec::new();
        Self { line, read }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.line.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads up to and with `wanted`, and gives everything.
    pub(crate) async fn until(&mut self, wanted: impl AsRef<[u8]>) -> Vec<u8> {
        let wanted = wanted.as_ref();
        loop {
            let found = self.read.windows(wanted.len()).position(|w| w == wanted);
            if let Some(at) = found {
                let rest = self.read.split_off(at + wanted.len());
                return core::mem::replace(&mut self.read, rest);
            }
            let mut room = [0; 4_096];
            let len = timeout(PATIENCE, self.line.read(&mut room)).await;
            let len = len.unwrap_or_else(|_| {
                let read = String::from_utf8_lossy(&self.read);
                panic!(
                    "waited for {:?}, read {read:?}",
                    String::from_utf8_lossy(wanted)
                )
            });
            let len = len.unwrap();
            assert_ne!(len, 0, "the line has ended");
            self.read.extend_from_slice(&room[..len]);
        }
    }

    pub(crate) async fn ask(&mut self, line: &str, wanted: &str) {
        self.send(format!("{line}\r")).await;
        self.until(wanted).await;
    }

    /// Connects `link` at `level` 0 or 1, counted lengths on, no echo at all.
    pub(crate) async fn connect(&mut self, link: u8, level: u8, server: (&str, u16)) {
        let (host, port) = server;
        self.ask("ATE0", "OK\r\n").await;
        for option in [
            format!("\"version\",{link},{level}"),
            format!("\"showrecvlen\",{link},1"),
            format!("\"echomode\",{link},0"),
        ] {
            self.ask(&format!("AT+QMTCFG={option}"), "OK\r\n").await;
        }
        let open = format!("AT+QMTOPEN={link},\"{host}\",{port}");
        self.ask(&open, &format!("+QMTOPEN: {link},0\r\n")).await;
        let connect = format!("AT+QMTCONN={link},\"modem{link}\"");
        self.ask(&connect, &format!("+QMTCONN: {link},0,0\r\n"))
            .await;
    }

    /// Subscribes and publishes to itself over `link`; the payload must come back whole.
    pub(crate) async fn round_trip(&mut self, link: u8, qos: u8, payload: &[u8]) {
        let topic = format!("modem/{link}");
        let subscribe = format!("AT+QMTSUB={link},7,\"{topic}\",{qos}");
        self.ask(&subscribe, &format!("+QMTSUB: {link},7,0,{qos}\r\n"))
            .await;
        let id = if qos == 0 { 0 } else { 9 };
        let len = payload.len();
        let publish = format!("AT+QMTPUB={link},{id},{qos},0,\"{topic}\",{len}");
        self.ask(&publish, "\r\n> ").await;
        self.send(payload).await;
        // The message and the result may come in either order.
        let mut wanted = format!("\",{len},\"").into_bytes();
        wanted.extend_from_slice(payload);
        wanted.extend_from_slice(b"\"\r\n");
        let result = format!("+QMTPUB: {link},{id},0\r\n");
        let mut seen = self.until(&wanted).await;
        if !seen.windows(result.len()).any(|w| w == result.as_bytes()) {
            seen.extend(self.until(&result).await);
        }
        assert!(seen.starts_with(b"\r\nOK\r\n"), "{seen:?}");
    }
}

/// Payloads that look like something else.
pub(crate) fn hostile_payloads() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![
        b"plain".to_vec(),
        Vec::new(),
        (0..=255).collect(),
        vec![b'x'; 1_460],
        b"\r\nOK\r\n".to_vec(),
        b"\r\nERROR\r\n> ".to_vec(),
        b"{\"a\":\"b\",\r\n \"c\":1}".to_vec(),
        b"\r\n+QMTPUB: 0,1,0\r\n".to_vec(),
        b"\"\r\n\r\n+QMTRECV: 0,0,\"modem/0\",3,\"abc\"\r\n".to_vec(),
        b"\x1a\x1b\x1a".to_vec(),
    ];
    all.push((0..1_459_u32).map(|n| (n * 7) as u8).collect());
    all
}
