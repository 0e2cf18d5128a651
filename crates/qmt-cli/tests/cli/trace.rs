//! --trace shows both directions of the line, and no secret in either.

use qmt_broker::Config;

use crate::support::{Loopback, Running};

#[tokio::test]
async fn both_directions_are_shown_and_passwords_are_not() {
    let broker = Loopback::start(Config::default()).await;
    // The message holds the password too: it is masked all the same.
    let login = ["-u", "me", "-P", "hunter2"];
    let arguments = [&["-t", "a", "-m", "say hunter2", "--trace"][..], &login].concat();
    let finished = broker.qmt("pub", &arguments).await;
    assert_eq!((finished.code, finished.stdout.as_slice()), (0, &b""[..]));
    let text = finished.stderr;
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains(",\"me\",\"***\"\\r\n"), "{text}");
    assert!(text.contains(" > say ***\n"), "{text}");
    assert!(text.contains(" < \\r\\nOK\\r\\n\n"), "{text}");
    assert!(!text.contains('\x1b'), "no colours in a pipe: {text}");
}

#[tokio::test]
async fn the_device_secret_of_alibaba_cloud_is_not_shown() {
    let broker = Loopback::start(Config::default()).await;
    let auth = ["--aliauth", "pk", "device", "topsecret"];
    let arguments = [&["-t", "a", "-n", "--trace"][..], &auth].concat();
    let finished = broker.qmt("pub", &arguments).await;
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(
        finished
            .stderr
            .contains("\"aliauth\",0,\"pk\",\"device\",\"***\"")
    );
    assert!(!finished.stderr.contains("topsecret"));
}

#[tokio::test]
async fn the_log_of_the_module_shows_no_password_either() {
    let mut modem = Running::qmt(&["modem", "--stdio", "--instant-boot", "--log"]);
    modem.said("ready: stdio").await;
    // Echo is on, and the second line is wrong.
    let lines =
        b"AT+QMTCONN=0,\"c\",\"u\",\"hunter2\"\rAT+QMTCONN=0,\"c\",\"u\",\"hunter3\",5\rAT\r";
    modem.feed(lines).await;
    let finished = modem.finish().await;
    assert_eq!(finished.code, 0);
    assert!(
        finished
            .stderr
            .contains("AT+QMTCONN=0,\"c\",\"u\",\"***\"\\r"),
        "{finished:?}"
    );
    assert!(
        finished.stderr.contains("AT+QMTCONN=***\\r"),
        "{finished:?}"
    );
    assert!(!finished.stderr.contains("hunter"), "{finished:?}");
}
