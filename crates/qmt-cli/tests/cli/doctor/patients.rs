//! What is at the other end of the line, where the virtual module alone is not enough.

use qmt_modem::runner::Pty;
use rustix::termios::tcgetattr;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::TcpListener;

use super::troubles::Answer;

/// Serves one line at a TCP port until the test ends. Gives its name for `-D`.
pub(super) async fn serve(answer: Answer) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buf = [0; 4096];
        while let Ok(len @ 1..) = stream.read(&mut buf).await {
            let bytes = match answer {
                Answer::Nothing => b"",
                Answer::Same => &buf[..len],
                Answer::Text(text) => text,
            };
            if stream.write_all(bytes).await.is_err() {
                break;
            }
        }
    });
    format!("tcp:127.0.0.1:{port}")
}

/// Connects a link of the module and asks for a publish whose data never comes.
pub(super) async fn leave_in_data_mode(path: &str) {
    let mut port = open(path).await;
    let mut said = Vec::new();
    for (command, awaited) in [
        ("AT+QMTOPEN=0,\"h\",1883\r", "+QMTOPEN: 0,0"),
        ("AT+QMTCONN=0,\"c\"\r", "+QMTCONN: 0,0"),
        ("AT+QMTPUB=0,0,0,0,\"a\"\r", ">"),
    ] {
        port.write_all(command.as_bytes()).await.unwrap();
        port.flush().await.unwrap();
        let mut buf = [0; 256];
        while !String::from_utf8_lossy(&said).contains(awaited) {
            let len = port.read(&mut buf).await.unwrap();
            said.extend_from_slice(&buf[..len]);
        }
    }
}

async fn open(path: &str) -> File {
    let port = OpenOptions::new().read(true).write(true).open(path).await;
    port.unwrap()
}

/// Serves the module at `path` at a TCP port; of what it says, lines that begin as one of `lines`
/// does are replaced, or left out. Gives the port's name for `-D`.
pub(super) async fn rewrite(path: &str, lines: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let name = format!("tcp:{}", listener.local_addr().unwrap());
    let (mut from_module, mut to_module) = (open(path).await, open(path).await);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut from_host, mut to_host) = split(stream);
        tokio::spawn(async move {
            let mut buf = [0; 4096];
            while let Ok(len @ 1..) = from_host.read(&mut buf).await {
                to_module.write_all(&buf[..len]).await.unwrap();
                to_module.flush().await.unwrap();
            }
        });
        let (mut buf, mut held) = ([0; 4096], Vec::new());
        while let Ok(len @ 1..) = from_module.read(&mut buf).await {
            held.extend_from_slice(&buf[..len]);
            while let Some(end) = held.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = held.drain(..=end).collect();
                if to_host.write_all(&rewritten(line, lines)).await.is_err() {
                    return;
                }
            }
            // A prompt has no line end.
            if held.starts_with(b">")
                && to_host
                    .write_all(&core::mem::take(&mut held))
                    .await
                    .is_err()
            {
                return;
            }
        }
    });
    name
}

fn rewritten(line: Vec<u8>, lines: &[(&str, &str)]) -> Vec<u8> {
    let found = lines
        .iter()
        .find(|(start, _)| line.starts_with(start.as_bytes()));
    match found {
        None => line,
        Some((_, "")) => Vec::new(),
        Some((_, other)) => format!("{other}\r\n").into_bytes(),
    }
}

/// Serves the module at `path` at a pseudo-terminal, for hosts that have set it to `speed`; others
/// are not heard, and hear no text. Gives the terminal's name.
pub(super) async fn at_speed(path: &str, speed: u32) -> String {
    let pty = Pty::open().unwrap();
    let name = pty.path().to_str().unwrap().to_owned();
    let terminal = std::fs::File::open(&name).unwrap();
    let suits = move || tcgetattr(&terminal).unwrap().output_speed() == speed;
    let heard = std::sync::Arc::new(suits);
    let understood = heard.clone();
    let (mut from_module, mut to_module) = (open(path).await, open(path).await);
    let (mut from_host, mut to_host) = split(pty);
    tokio::spawn(async move {
        let mut buf = [0; 4096];
        while let Ok(len @ 1..) = from_host.read(&mut buf).await {
            if heard() {
                to_module.write_all(&buf[..len]).await.unwrap();
                to_module.flush().await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        let mut buf = [0; 4096];
        while let Ok(len @ 1..) = from_module.read(&mut buf).await {
            if !understood() {
                buf[..len].fill(0xFF);
            }
            to_host.write_all(&buf[..len]).await.unwrap();
        }
    });
    name
}
