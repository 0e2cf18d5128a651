//! The broker is not there, unknown, or does not want us: the CONNACK code or a status of its
//! own, one line each.

use qmt_broker::Config;
use qmt_mqtt::{ConnAckCode, Secret};

use crate::support::{Loopback, qmt};

async fn failed(broker: &Loopback, verb: &str, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["-t", "a"];
    if verb == "pub" {
        arguments.push("-n");
    }
    arguments.extend(more);
    let finished = broker.qmt(verb, &arguments).await;
    let (code, line) = finished.failed();
    (code, line.to_owned())
}

#[tokio::test]
async fn bad_credentials_end_with_the_code_of_the_broker() {
    for (code, name, words) in [
        (
            4,
            ConnAckCode::BadCredentials,
            "bad user name or password (4)",
        ),
        (5, ConnAckCode::NotAuthorized, "not authorized (5)"),
        (3, ConnAckCode::ServerUnavailable, "server unavailable (3)"),
    ] {
        let mut config = Config::default();
        let secret = Secret::new(b"right".to_vec());
        config.logins.insert("me".to_owned(), secret);
        config.wrong_login = name;
        let broker = Loopback::start(config).await;
        for verb in ["pub", "sub"] {
            let wrong = failed(&broker, verb, &["-u", "me", "-P", "wrong"]).await;
            assert_eq!(wrong.0, code);
            let place = format!("qmt: 127.0.0.1:{} refused the connection: ", broker.port);
            assert!(
                wrong.1.starts_with(&format!("{place}{words}; ")),
                "{}",
                wrong.1
            );
        }
        let right = ["-t", "a", "-n", "-u", "me", "-P", "right"];
        broker.qmt("pub", &right).await.succeeded();
    }
}

#[tokio::test]
async fn anonymous_clients_may_be_unwelcome() {
    let mut config = Config::default();
    config.anonymous = false;
    let broker = Loopback::start(config).await;
    let (code, line) = failed(&broker, "sub", &[]).await;
    assert_eq!(code, 5);
    assert!(
        line.ends_with("not authorized (5); check -u and -P"),
        "{line}"
    );
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_host_are_told_apart() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let finished = qmt(&[
        "pub",
        "-D",
        "sim",
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-t",
        "a",
        "-n",
    ])
    .await;
    let (code, line) = finished.failed();
    assert_eq!(code, 69);
    let place = format!("qmt: no connection to 127.0.0.1:{port}: refused, or no answer; check ");
    assert!(line.starts_with(&place), "{line}");

    let finished = qmt(&["sub", "-D", "sim", "-h", "no-such-host.invalid", "-t", "a"]).await;
    let words = "qmt: unknown host no-such-host.invalid; check the name, or give an address";
    assert_eq!(finished.failed(), (69, words));
}

#[tokio::test]
async fn a_refused_subscription_has_a_status_of_its_own() {
    let mut config = Config::default();
    config.denied_filters.push("secret/#".to_owned());
    let broker = Loopback::start(config).await;
    let finished = broker.qmt("sub", &["-t", "secret/#"]).await;
    assert_eq!(finished.code, 78);
    let expected = "qmt: the broker refused the subscription to secret/#\n\
        qmt: the broker refused all subscriptions (128); check what this user may subscribe to (-u, -P)\n";
    assert_eq!(finished.stderr, expected);

    // One of two is enough to go on; the other is told.
    let finished = broker
        .qmt("sub", &["-t", "secret/#", "-t", "open", "-E"])
        .await;
    assert_eq!(finished.code, 0);
    assert_eq!(
        finished.stderr,
        "qmt: the broker refused the subscription to secret/#\n"
    );
}
