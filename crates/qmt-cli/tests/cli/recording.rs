//! --record keeps both directions of the line, and no secret; `qmt recording` prints it.

use qmt_broker::Config;

use crate::support::{Loopback, qmt};

#[tokio::test]
async fn a_recording_holds_the_line_without_its_secrets() {
    let file = std::env::temp_dir().join(format!("qmt-recording-{}.qmtr", std::process::id()));
    let path = file.to_str().unwrap();
    let broker = Loopback::start(Config::default()).await;
    let arguments = ["-t", "a", "-m", "say hunter2", "-u", "me", "-P", "hunter2"];
    let arguments = [&arguments[..], &["--record", path]].concat();
    let finished = broker.qmt("pub", &arguments).await;
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"hunter"));

    let finished = qmt(&["recording", path]).await;
    finished.succeeded();
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(text.starts_with("# sim\n"), "{text}");
    assert!(text.contains(",\"me\",\"\n"), "{text}");
    assert!(text.contains(" > [7 bytes hidden]\n"), "{text}");
    assert!(text.contains(" > say \n"), "{text}");
    assert!(text.contains(" < \\r\\nOK\\r\\n\n"), "{text}");

    let finished = qmt(&["recording", path, "--format", "json"]).await;
    let text = String::from_utf8(finished.stdout).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let header: serde_json::Value = lines.next().unwrap();
    assert_eq!(header["title"], "sim");
    let first = lines.next().unwrap();
    assert_eq!(
        (&first["from"], &first["text"]),
        (&"host".into(), &"AT\\r".into())
    );
    assert_eq!(first["bytes"], "41540D");
    assert!(lines.any(|line| line["hidden"] == 7));
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn damage_is_told_and_the_rest_is_printed() {
    let file = std::env::temp_dir().join(format!("qmt-damaged-{}.qmtr", std::process::id()));
    let path = file.to_str().unwrap();
    let broker = Loopback::start(Config::default()).await;
    broker
        .qmt("pub", &["-t", "a", "-n", "--record", path])
        .await
        .succeeded();
    let mut bytes = std::fs::read(&file).unwrap();
    let whole = qmt(&["recording", path]).await.stdout;
    let second = bytes.iter().position(|byte| *byte == 0).unwrap() + 3;
    bytes[second] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let finished = qmt(&["recording", path]).await;
    assert_eq!(finished.code, 65);
    assert!(
        finished.stderr.contains("a damaged record at byte"),
        "{finished:?}"
    );
    let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines(&finished.stdout) + 1, lines(&whole));
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn other_files_are_refused() {
    let finished = qmt(&["recording", env!("CARGO_MANIFEST_PATH")]).await;
    assert_eq!(finished.code, 65);
    assert!(
        finished
            .stderr
            .contains("not a recording at byte 0; make one with --record")
    );
    let finished = qmt(&["recording", "/nonexistent"]).await;
    assert_eq!(finished.code, 66);
}
