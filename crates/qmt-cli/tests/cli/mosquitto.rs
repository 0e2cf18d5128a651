//! The programs everybody knows at the other end: mosquitto between `qmt` and mosquitto_pub and
//! mosquitto_sub, the module on a pseudo-terminal in a second process.

use qmt_mosquitto::Mosquitto;

use crate::support::{Running, temporary};

const HOSTILE: &[u8] =
    b"OK\r\nERROR\r\n> +QMTPUB: 0,1,0\r\n+QMTRECV: 0,1,\"a\",1,\"b\"\r\n\"\0\x1a\x1b\xff";

#[tokio::test]
async fn both_ways_through_a_pseudo_terminal() {
    let Some(mut mosquitto) = Mosquitto::start().await else {
        return;
    };
    let path = temporary("mosquitto");
    let port = mosquitto.port().to_string();
    let map = format!("*=127.0.0.1:{port}");
    let mut modem = Running::qmt(&["modem", "--pty", &path, "--instant-boot", "--map", &map]);
    modem.line().await;
    let real = ["-h", "127.0.0.1", "-p", &port];
    for version in ["mqttv31", "mqttv311"] {
        for qos in ["0", "1", "2"] {
            let topic = format!("{version}/{qos}");
            let common = ["-t", &topic, "-q", qos, "-V", version];

            // Out of the module.
            let listen = [&real[..], &common, &["-C", "1", "-N"]].concat();
            let listener = Running::start("mosquitto_sub", &listen);
            mosquitto.said(&format!("{topic} (QoS {qos})")).await;
            let send = [&["pub", "-D", &path, "-s"][..], &common].concat();
            let mut sender = Running::qmt(&send);
            sender.feed(HOSTILE).await;
            sender.finish().await.succeeded();
            let heard = listener.finish().await;
            assert_eq!(
                (heard.code, heard.stdout.as_slice()),
                (0, HOSTILE),
                "{common:?}"
            );

            // Into the module.
            let listen = [&["sub", "-D", &path, "-d", "-C", "1", "-N"][..], &common].concat();
            let mut listener = Running::qmt(&listen);
            listener.said("subscribed to").await;
            let send = [&real[..], &common, &["-s"]].concat();
            let mut sender = Running::start("mosquitto_pub", &send);
            sender.feed(HOSTILE).await;
            assert_eq!(sender.finish().await.code, 0);
            let heard = listener.finish().await;
            assert_eq!(
                (heard.code, heard.stdout.as_slice()),
                (0, HOSTILE),
                "{common:?}"
            );
        }
    }
    modem.signal("INT").await;
    modem.finish().await.succeeded();
}

#[tokio::test]
async fn formats_print_what_mosquitto_sub_prints() {
    let Some(mosquitto) = Mosquitto::start().await else {
        return;
    };
    let port = mosquitto.port().to_string();
    let real = ["-h", "127.0.0.1", "-p", &port];
    let message = ["-t", "a/b", "-r", "-m", "q\"\\\tx"];
    let sent = Running::start("mosquitto_pub", &[&real[..], &message].concat());
    assert_eq!(sent.finish().await.code, 0);
    let format = "%t|%p|%x|%X|%l|%m|%q|[%8t][%-8t][%.2t][%05l][%-5l]%%@@\\t\\\\";
    let common = ["-t", "a/b", "-C", "1", "-F", format];
    let theirs = [&real[..], &common].concat();
    let theirs = Running::start("mosquitto_sub", &theirs).finish().await;
    let ours = [&["sub", "-D", "sim"][..], &real, &common].concat();
    let ours = Running::qmt(&ours).finish().await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(text(ours.stdout), text(theirs.stdout));
}
