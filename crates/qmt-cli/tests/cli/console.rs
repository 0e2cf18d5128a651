//! `qmt console` from a pipe: commands, data, explained answers, and a history without passwords.

use crate::support::{Module, Running, temporary};

#[tokio::test]
async fn commands_are_answered_with_their_meaning_and_passwords_are_not_kept() {
    let module = Module::start("console", &[]).await;
    let history = temporary("console-history");
    let arguments = ["console", "-D", &module.path, "--history", &history];
    let mut console = Running::qmt(&arguments);
    console
        .feed(
            b"AT+QMTOPEN=0,\"h\",1883\n\nAT+QMTCONN=0,\"c\",\"u\",\"topsecret\"\n\
              AT+QMTPUB=0,7,1,0,\"a\"\nsome data\nAT+QMTDISC=3\nexit\nAT+CSQ\n",
        )
        .await;
    let finished = console.finish().await;
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{finished:?}"
    );
    let text = String::from_utf8(finished.stdout).unwrap();
    let column = |line: &str, meaning: &str| format!("\n{line:<32}  # {meaning}");
    for told in [
        column("+QMTOPEN: 0,0", "link 0: network opened\n"),
        column("+QMTCONN: 0,0,0", "link 0: connection accepted\n"),
        column("+QMTPUB: 0,7,0", ""),
        column("ERROR", "refused; check the command's form"),
    ] {
        assert!(text.contains(&told), "{told}\n{text}");
    }
    assert!(
        !text.contains("topsecret") && !text.contains("+CSQ"),
        "{text}"
    );
    let kept = std::fs::read_to_string(&history).unwrap();
    assert!(
        kept.contains("AT+QMTOPEN=0") && !kept.contains("topsecret"),
        "{kept}"
    );
    std::fs::remove_file(history).unwrap();

    // What comes by itself is shown without a question, as it is if so wished.
    let mut console = Running::qmt(&["console", "-D", &module.path, "--plain"]);
    console.feed(b"AT+QMTCLOSE=0\n").await;
    let finished = console.finish().await;
    assert_eq!(
        String::from_utf8(finished.stdout).unwrap(),
        "OK\n+QMTCLOSE: 0,0\n"
    );
    module.end().await;
}
