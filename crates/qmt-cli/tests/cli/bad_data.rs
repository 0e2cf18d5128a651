//! What the module could not be told is refused before a byte goes out: status 65, one line that
//! says what is wrong with what, and not a byte in the trace.

use crate::support::{Finished, Running, qmt, temporary};

/// Runs `qmt` with a trace, which would be in standard error, and gives the one line.
async fn refused(arguments: &[&str]) -> String {
    let mut all = vec![arguments[0], "-D", "sim", "--trace"];
    all.extend(&arguments[1..]);
    line(&qmt(&all).await)
}

fn line(finished: &Finished) -> String {
    let (code, line) = finished.failed();
    assert_eq!(code, 65, "{line}");
    line.to_owned()
}

#[tokio::test]
async fn a_payload_of_1461_bytes_is_refused() {
    let long = "x".repeat(1461);
    let words = "is 1461 bytes long, at most 1460 are allowed; send it in parts";
    let said = refused(&["pub", "-t", "a", "-m", &long]).await;
    assert_eq!(said, format!("qmt: the payload {words}"));

    let path = temporary("1461");
    std::fs::write(&path, &long).unwrap();
    let said = refused(&["pub", "-t", "a", "-f", &path]).await;
    std::fs::remove_file(&path).unwrap();
    assert_eq!(said, format!("qmt: the payload {words}"));

    let mut running = Running::qmt(&["pub", "-D", "sim", "--trace", "-t", "a", "-s"]);
    running.feed(long.as_bytes()).await;
    let said = line(&running.finish().await);
    assert_eq!(said, format!("qmt: the payload {words}"));
}

#[tokio::test]
async fn a_topic_of_257_bytes_is_refused() {
    let long = "t".repeat(257);
    let words = "qmt: topic: 257 bytes long, at most 256 are allowed; shorten it";
    assert_eq!(refused(&["pub", "-t", &long, "-n"]).await, words);
    assert_eq!(refused(&["sub", "-t", &long]).await, words);
}

#[tokio::test]
async fn a_quote_is_refused_wherever_it_stands() {
    for (flag, name) in [
        ("-i", "client ID"),
        ("-h", "host"),
        ("-t", "topic"),
        ("-u", "user name"),
        ("--will-topic", "will topic"),
    ] {
        let mut arguments = vec!["pub", "-n", flag, "ab\"c"];
        if flag != "-t" {
            arguments.extend(["-t", "a"]);
        }
        let said = refused(&arguments).await;
        let words = "double quote at byte 2; leave it out, AT commands know no escape for it";
        assert_eq!(said, format!("qmt: {name}: {words}"));
    }
}

#[tokio::test]
async fn wildcards_have_their_places() {
    let said = refused(&["pub", "-t", "a/#", "-n"]).await;
    assert!(
        said.starts_with("qmt: topic: misplaced wildcard at byte 2;"),
        "{said}"
    );
    let said = refused(&["sub", "-t", "a/#/b"]).await;
    assert!(
        said.starts_with("qmt: topic: misplaced wildcard at byte 2;"),
        "{said}"
    );
}

#[tokio::test]
async fn a_password_is_not_repeated_in_the_refusal() {
    let said = refused(&["pub", "-t", "a", "-n", "-u", "u", "-P", "sec\"ret"]).await;
    assert!(
        said.starts_with("qmt: password: double quote at byte 3;"),
        "{said}"
    );
    assert!(!said.contains("sec"), "{said}");
}
