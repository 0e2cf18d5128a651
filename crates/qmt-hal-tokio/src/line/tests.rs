//! Opening lines that exist and lines that do not.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;

use rustix::termios::ttyname;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A terminal in its default mode: echo, line by line, everything a modem line must not be.
fn terminal() -> (File, OwnedFd, LineSpec) {
    let pty = rustix_openpty::openpty(None, None).unwrap();
    let name = ttyname(&pty.user, Vec::new()).unwrap();
    let path = PathBuf::from(std::ffi::OsString::from_vec(name.into_bytes()));
    (File::from(pty.controller), pty.user, LineSpec::Tty(path))
}

async fn error(spec: &str) -> OpenError {
    let spec = spec.parse::<LineSpec>().unwrap();
    open(&spec, 115_200).await.unwrap_err()
}

#[test]
fn a_text_names_a_line_or_says_why_not() {
    let tcp = |host: &str, port| LineSpec::Tcp {
        host: host.into(),
        port,
    };
    assert_eq!("tcp:host:5000".parse(), Ok(tcp("host", 5_000)));
    assert_eq!("tcp:[::1]:5000".parse(), Ok(tcp("::1", 5_000)));
    assert_eq!(tcp("::1", 5_000).to_string(), "tcp:[::1]:5000");
    let tty = "/dev/ttyUSB0".parse::<LineSpec>().unwrap();
    assert_eq!(tty, LineSpec::Tty("/dev/ttyUSB0".into()));
    assert_eq!(tty.to_string(), "/dev/ttyUSB0");
    assert_eq!("".parse::<LineSpec>(), Err(LineSpecError::Empty));
    for bad in ["tcp:host", "tcp:host:", "tcp:host:0", "tcp:host:70000"] {
        assert_eq!(bad.parse::<LineSpec>(), Err(LineSpecError::NoPort), "{bad}");
    }
    assert_eq!("tcp::1".parse::<LineSpec>(), Err(LineSpecError::NoHost));
}

#[tokio::test]
async fn what_is_no_device_is_told_apart() {
    let missing = error("/dev/no-such-port").await;
    assert!(matches!(missing, OpenError::NoSuchDevice), "{missing:?}");
    let beneath = error("/dev/null/port").await;
    assert!(matches!(beneath, OpenError::NoSuchDevice), "{beneath:?}");
    for path in [
        "/dev/null",
        "/dev",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ] {
        let error = error(path).await;
        assert!(
            matches!(error, OpenError::NotATerminal),
            "{path}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_port_has_one_user_at_a_time() {
    let (_controller, _held, spec) = terminal();
    let line = open(&spec, 115_200).await.unwrap();
    let busy = open(&spec, 115_200).await.unwrap_err();
    assert!(matches!(busy, OpenError::Busy), "{busy:?}");
    drop(line);
    assert!(open(&spec, 115_200).await.is_ok());
}

#[tokio::test]
async fn every_byte_goes_through_as_it_is() {
    let (mut controller, _held, spec) = terminal();
    // An odd rate, which a pseudo-terminal does not care about.
    let mut line = open(&spec, 250_000).await.unwrap();
    let all: Vec<u8> = (0..=255).collect();
    line.write_all(&all).await.unwrap();
    let mut heard = [0; 256];
    controller.read_exact(&mut heard).unwrap();
    assert_eq!(heard, all[..]);
    controller.write_all(&all).unwrap();
    let mut heard = [0; 256];
    line.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, all[..]);
}

#[tokio::test]
async fn a_terminal_that_goes_away_ends_the_line() {
    let (controller, held, spec) = terminal();
    let mut line = open(&spec, 115_200).await.unwrap();
    drop((controller, held));
    let read = line.read(&mut [0; 8]).await;
    assert!(!matches!(read, Ok(1..)), "{read:?}");
}

#[tokio::test]
async fn tcp_is_opened_or_says_why_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let spec = format!("tcp:{address}");
    let mut line = open(&spec.parse().unwrap(), 115_200).await.unwrap();
    let (mut peer, _) = listener.accept().await.unwrap();
    line.write_all(b"AT\r").await.unwrap();
    let mut heard = [0; 3];
    peer.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"AT\r");
    drop((listener, peer, line));
    let refused = error(&spec).await;
    assert!(matches!(refused, OpenError::Refused), "{refused:?}");
    let unknown = error("tcp:no-such-host.invalid:1").await;
    assert!(matches!(unknown, OpenError::UnknownHost), "{unknown:?}");
}
