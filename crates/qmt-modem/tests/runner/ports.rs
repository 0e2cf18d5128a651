//! The serial sides: pseudo-terminal, TCP port.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use qmt_modem::runner::{Pty, Runner, TcpPort};
use qmt_modem::{Modem, ModemConfig};
use tokio::net::TcpStream;

use crate::host::Host;

/// A name of our own in the temporary directory.
fn name(what: &str) -> PathBuf {
    std::env::temp_dir().join(format!("qmt-modem-{what}-{}", std::process::id()))
}

/// Talks over the device as a program does that knows nothing of tokio.
fn ask(path: &Path, line: &str) -> String {
    let mut device = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    device.write_all(line.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"OK\r\n") {
        let mut byte = [0];
        device.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn hosts_come_and_go_on_a_pseudo_terminal() {
    let path = name("pty");
    let pty = Pty::open().unwrap().publish(&path).unwrap();
    assert_eq!(pty.path(), path);
    let handle = Runner::new(Modem::booted(ModemConfig::new())).spawn(pty);
    for line in ["AT\r", "ATE0\r"] {
        let path = path.clone();
        let answer = tokio::task::spawn_blocking(move || ask(&path, line))
            .await
            .unwrap();
        assert_eq!(answer, format!("{line}\r\nOK\r\n"));
    }
    let other = path.clone();
    let answer = tokio::task::spawn_blocking(move || ask(&other, "AT+QMTCFG=?\r"))
        .await
        .unwrap();
    assert!(answer.starts_with("\r\n+QMTCFG: \"will\""), "{answer:?}");
    handle.shutdown().await.unwrap();
    assert!(fs::symlink_metadata(&path).is_err(), "the link stayed");
}

/// Far more than the system keeps for a pseudo-terminal, read only after all of it was sent for.
#[tokio::test]
async fn a_slow_host_gets_everything() {
    let pty = Pty::open().unwrap();
    let path = pty.path().to_owned();
    let handle = Runner::new(Modem::booted(ModemConfig::new())).spawn(pty);
    let lines = 200;
    let answers = tokio::task::spawn_blocking(move || {
        let mut device = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        let mut reader = device.try_clone().unwrap();
        device.write_all(b"ATE0\r").unwrap();
        let writer = std::thread::spawn(move || {
            for _ in 0..lines {
                device.write_all(b"AT+QMTCFG=?\r").unwrap();
            }
        });
        let mut all = Vec::new();
        let mut finals = 0;
        while finals <= lines {
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            all.push(byte[0]);
            finals += usize::from(all.ends_with(b"\r\nOK\r\n"));
        }
        writer.join().unwrap();
        all
    })
    .await
    .unwrap();
    let options = answers.windows(9).filter(|w| w == b"+QMTCFG: ").count();
    assert_eq!(options, 9 * lines);
    handle.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_link_is_put_over_a_dangling_one_only() {
    let path = name("taken");
    fs::write(&path, "mine").unwrap();
    let refused = Pty::open().unwrap().publish(&path).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    fs::remove_file(&path).unwrap();

    symlink("/dev/null", &path).unwrap();
    let refused = Pty::open().unwrap().publish(&path).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    fs::remove_file(&path).unwrap();

    symlink("/dev/qmt-modem-does-not-exist", &path).unwrap();
    let pty = Pty::open().unwrap().publish(&path).unwrap();
    assert!(path.exists());
    // What somebody else has put there since is not ours to remove.
    fs::remove_file(&path).unwrap();
    symlink("/dev/null", &path).unwrap();
    drop(pty);
    assert_eq!(fs::read_link(&path).unwrap(), Path::new("/dev/null"));
    fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn callers_of_a_tcp_port_come_one_after_another() {
    let port = TcpPort::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap();
    let handle = Runner::new(Modem::booted(ModemConfig::new())).spawn(port);
    let mut first = Host::new(TcpStream::connect(address).await.unwrap());
    first.ask("ATE0", "ATE0\r\r\nOK\r\n").await;
    let mut second = Host::new(TcpStream::connect(address).await.unwrap());
    second.send("AT+CSQ\r").await;
    first.ask("AT", "\r\nOK\r\n").await;
    drop(first);
    // Still the same module: its echo is off.
    let answer = second.until("OK\r\n").await;
    assert_eq!(answer, b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n");
    handle.shutdown().await.unwrap();
}

/// As a test of a host wants it: the module goes with the host.
#[tokio::test]
async fn a_line_ends_with_its_host_if_told_so() {
    let pty = Pty::open().unwrap().until_hang_up();
    let path = pty.path().to_owned();
    let handle = Runner::new(Modem::booted(ModemConfig::new())).spawn(pty);
    let answer = tokio::task::spawn_blocking(move || ask(&path, "AT\r"))
        .await
        .unwrap();
    assert_eq!(answer, "AT\r\r\nOK\r\n");
    handle.ended().await;
    assert!(handle.is_finished());
    let modem = handle.wait().await.unwrap();
    assert_eq!(modem.usage().commands(), 1);

    let port = TcpPort::bind("127.0.0.1:0").await.unwrap().until_hang_up();
    let address = port.local_addr().unwrap();
    let handle = Runner::new(Modem::booted(ModemConfig::new())).spawn(port);
    let mut host = Host::new(TcpStream::connect(address).await.unwrap());
    host.ask("AT", "OK\r\n").await;
    let commands = handle.ask(|_, modem| modem.usage().commands()).await;
    assert_eq!(commands, Some(1));
    drop(host);
    handle.wait().await.unwrap();
}

/// It was ready for ever once a host had come, and whoever waited for something else too, did so
/// in vain.
#[tokio::test]
async fn a_line_that_ends_with_its_host_waits_while_the_host_is_silent() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let mut pty = Pty::open().unwrap().until_hang_up();
    let path = pty.path().to_owned();
    let mut buf = [0; 16];
    // Nobody is there yet.
    tokio::select! {
        biased;
        read = pty.read(&mut buf) => panic!("{read:?}"),
        () = tokio::task::yield_now() => {}
    }
    let host = OpenOptions::new().read(true).write(true).open(&path);
    let mut host = host.unwrap();
    host.write_all(b"AT\r").unwrap();
    assert_eq!(pty.read(&mut buf).await.unwrap(), 3);
    tokio::select! {
        biased;
        read = pty.read(&mut buf) => panic!("{read:?}"),
        () = tokio::time::sleep(core::time::Duration::from_millis(1)) => {}
    }
    pty.write_all(b"OK").await.unwrap();
    host.read_exact(&mut buf[..2]).unwrap();
    assert_eq!(&buf[..2], b"OK");
    drop(host);
    assert_eq!(pty.read(&mut buf).await.unwrap(), 0);
}
