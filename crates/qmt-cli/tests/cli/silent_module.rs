//! A module that answers nothing: told after the stated ten seconds, or when -W says so; the user
//! may leave earlier.

use tokio::net::TcpListener;

use crate::support::Running;

/// Somebody who listens and never answers.
async fn nobody() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let device = format!("tcp:{}", listener.local_addr().unwrap());
    (listener, device)
}

#[tokio::test]
async fn silence_is_told_after_ten_seconds() {
    let (_listener, device) = nobody().await;
    let before = tokio::time::Instant::now();
    let finished = Running::qmt(&["pub", "-D", &device, "-t", "a", "-n"])
        .finish()
        .await;
    let lasted = before.elapsed().as_secs();
    let (code, line) = finished.failed();
    assert_eq!(code, 76);
    let words = format!("qmt: {device}: the module has not answered for 10 s; check power, ");
    assert!(line.starts_with(&words), "{line}");
    assert!((9..=16).contains(&lasted), "{lasted} s");
}

#[tokio::test]
async fn the_time_of_w_counts_from_the_start() {
    let (_listener, device) = nobody().await;
    for verb in [&["pub", "-n"][..], &["sub"]] {
        let mut arguments = verb.to_vec();
        arguments.extend(["-D", &device, "-t", "a", "-W", "1"]);
        let finished = Running::qmt(&arguments).finish().await;
        let (code, line) = finished.failed();
        assert_eq!(code, 27);
        assert!(line.starts_with("qmt: time is up after 1 s; "), "{line}");
    }
}

#[tokio::test]
async fn a_second_interrupt_does_not_wait_for_the_goodbye() {
    let (listener, device) = nobody().await;
    let running = Running::qmt(&["sub", "-D", &device, "-t", "a"]);
    let (mut module, _) = listener.accept().await.unwrap();
    let mut first = [0];
    tokio::io::AsyncReadExt::read_exact(&mut module, &mut first)
        .await
        .unwrap();
    running.signal("INT").await;
    running.signal("TERM").await;
    let finished = running.finish().await;
    assert!([130, 143].contains(&finished.code), "{finished:?}");
}
