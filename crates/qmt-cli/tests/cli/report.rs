//! `qmt report`: one page that needs nothing else and tells what went wrong.

use serde_json::Value;

use crate::support::{Module, qmt, temporary};

/// A session with a refused command, a message that looks like HTML, and a lost link.
async fn record(name: &str) -> String {
    let file = temporary(&format!("{name}.qmtr"));
    let fault = ["--fault", "drop_link:1@command:8", "--record", &file];
    let module = Module::start(name, &fault).await;
    let session = [
        "AT+QMTOPEN=9,\"h\",1883",
        "AT+QMTOPEN=0,\"h\",1883",
        "AT+QMTCONN=0,\"c\",\"u\",\"hunter2\"",
        "AT+QMTSUB=0,1,\"a\",0",
        "AT+QMTPUB=0,0,0,0,\"a\"",
        "AT",
    ];
    let data = [
        "--payload",
        "<script>alert('hunter2')</script>",
        "--keep-going",
    ];
    let finished = module.qmt("at", &[&session[..], &data].concat()).await;
    assert_eq!(finished.code, 70, "{finished:?}");
    module
        .qmt("at", &["AT", "--expect", "+QMTSTAT", "--timeout", "2"])
        .await;
    module.end().await;
    file
}

#[tokio::test]
async fn the_page_is_whole_and_needs_no_network() {
    let file = record("report-page").await;
    let page = file.replace(".qmtr", ".html");
    let finished = qmt(&["report", &file]).await;
    finished.succeeded();
    assert_eq!(finished.stdout, format!("{page}\n").as_bytes());
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>\n") && html.ends_with("</html>\n"));
    // What would be fetched, or run.
    for foreign in [
        "http:", "https:", "src=", "@import", "url(", "<script", "<link", "hunter2",
    ] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(
        html.contains("&lt;script&gt;alert(&#39;***") || html.contains("*******"),
        "{html}"
    );
    // Every element that was opened is closed.
    let body = html.split_once("<body>").unwrap().1;
    for element in [
        "div", "p", "ul", "ol", "li", "svg", "rect", "code", "figure", "span", "i", "b",
    ] {
        let opened = body.matches(&format!("<{element}>")).count()
            + body.matches(&format!("<{element} ")).count();
        assert_eq!(
            opened,
            body.matches(&format!("</{element}>")).count(),
            "{element}"
        );
    }
    for told in [
        "<h2>Failures, explained</h2>",
        "AT+QMTOPEN=9,&quot;h&quot;,1883",
        "What to do:",
        "<title>connected from ",
        "<title>lost from ",
        "<code>+QMTPUB</code>",
        "class=\"host\"",
    ] {
        assert!(html.contains(told), "{told}\n{html}");
    }
    // Rows that were left out are told.
    let finished = qmt(&["report", &file, "--rows", "10", "-o", "-"]).await;
    finished.succeeded();
    let short = String::from_utf8(finished.stdout).unwrap();
    assert!(short.contains(" rows left out"), "{short}");
    assert_eq!(short.matches("class=\"arrow\"").count(), 10);
    std::fs::remove_file(page).unwrap();
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn programs_get_figures_and_failures() {
    let file = record("report-json").await;
    let finished = qmt(&["report", &file, "--json"]).await;
    finished.succeeded();
    let object: Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!(
        (&object["published"], &object["received"]),
        (&1.into(), &1.into())
    );
    let failures = object["failures"].as_array().unwrap();
    let refused = &failures[0];
    assert_eq!(
        (&refused["line"], &refused["command"]),
        (&"ERROR".into(), &"AT+QMTOPEN=9,\"h\",1883".into())
    );
    let lost = failures
        .iter()
        .find(|failure| failure["line"] == "+QMTSTAT: 0,1")
        .unwrap();
    assert!(lost["remedy"].as_str().unwrap().contains("open"), "{lost}");
    let latencies = object["latencies"].as_array().unwrap();
    let opened = latencies
        .iter()
        .find(|times| times["command"] == "+QMTOPEN")
        .unwrap();
    assert_eq!(opened["count"], 1);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn other_files_are_refused() {
    let finished = qmt(&["report", env!("CARGO_MANIFEST_PATH")]).await;
    assert_eq!(finished.failed().0, 65);
    assert_eq!(qmt(&["report", "/nonexistent"]).await.failed().0, 66);
}
