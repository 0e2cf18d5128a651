//! A device that is not there, is something else, is taken or forbidden: one line, and a status
//! for each.

use crate::support::{Running, is_gone, qmt, temporary};

async fn failed(device: &str) -> (i32, String) {
    let finished = qmt(&["pub", "-D", device, "-t", "a", "-m", "x"]).await;
    let (code, line) = finished.failed();
    (code, line.to_owned())
}

#[tokio::test]
async fn no_such_device() {
    let path = temporary("no-tty");
    let words = "no such device: check the path, and that it is plugged in";
    assert_eq!(failed(&path).await, (66, format!("qmt: {path}: {words}")));
    let file = temporary("file");
    std::fs::write(&file, "").unwrap();
    let words = "not a serial port or terminal: check the path";
    assert_eq!(failed(&file).await, (66, format!("qmt: {file}: {words}")));
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn nobody_listens_at_the_tcp_port() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let device = format!("tcp:{}", free.local_addr().unwrap());
    drop(free);
    let (code, line) = failed(&device).await;
    assert_eq!(code, 66);
    assert!(
        line.starts_with(&format!("qmt: {device}: connection refused: ")),
        "{line}"
    );
    let (code, line) = failed("tcp:no-such-host.invalid:5000").await;
    assert_eq!(code, 66);
    assert!(line.ends_with("unknown host: check the name"), "{line}");
}

#[tokio::test]
async fn a_port_in_use_is_left_alone() {
    let path = temporary("busy");
    let mut modem = Running::qmt(&[
        "modem",
        "--pty",
        &path,
        "--instant-boot",
        "--loopback-broker",
    ]);
    assert_eq!(modem.line().await, format!("ready: {path}"));
    let mut first = Running::qmt(&["sub", "-D", &path, "-t", "a", "-d", "-C", "1"]);
    first.said("connected to").await;

    let words = "the port is in use: end the program that has it";
    assert_eq!(failed(&path).await, (73, format!("qmt: {path}: {words}")));

    // The first has not noticed.
    first.signal("INT").await;
    assert_eq!(first.finish().await.code, 130);
    modem.signal("TERM").await;
    assert_eq!(modem.finish().await.code, 0);
    assert!(is_gone(&path));
}

#[tokio::test]
async fn permission_denied() {
    use std::os::unix::fs::PermissionsExt;

    let path = temporary("forbidden");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        println!("skipped: nothing is forbidden to this user");
    } else {
        let (code, line) = failed(&path).await;
        assert_eq!(code, 77);
        assert!(
            line.starts_with(&format!("qmt: {path}: permission denied: ")),
            "{line}"
        );
    }
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_device_that_vanishes_is_told() {
    let port = "127.0.0.1:0";
    let mut modem = Running::qmt(&[
        "modem",
        "--listen",
        port,
        "--instant-boot",
        "--loopback-broker",
    ]);
    let address = modem.line().await;
    let device = format!("tcp:{}", address.strip_prefix("ready: ").unwrap());
    let mut sub = Running::qmt(&["sub", "-D", &device, "-t", "a", "-d"]);
    sub.said("connected to").await;
    modem.signal("INT").await;
    assert_eq!(modem.finish().await.code, 0);
    let finished = sub.finish().await;
    assert_eq!(finished.code, 74);
    let last = finished.stderr.lines().last().unwrap();
    assert!(
        last.contains("the line was closed, or the device is gone"),
        "{last}"
    );
}
