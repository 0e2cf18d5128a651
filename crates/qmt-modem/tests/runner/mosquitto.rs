//! Against a real mosquitto: what only a broker of others can prove.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::Command;

use qmt_modem::runner::{Handle, Runner};
use qmt_modem::{Modem, ModemConfig};
use qmt_mosquitto::Mosquitto;
use tokio::io::DuplexStream;
use tokio::process::Child;
use tokio::time::timeout;

use crate::host::{Host, hostile_payloads};

/// A module on a line within the process, and its host.
fn module() -> (Host<DuplexStream>, Handle) {
    let (line, handle) = Runner::new(Modem::booted(ModemConfig::new())).spawn_in_process();
    (Host::new(line), handle)
}

impl Host<DuplexStream> {
    /// Opens link 0 after setting `options` of QMTCFG, with lengths shown and no echo.
    async fn open(&mut self, broker: &Mosquitto, options: &[&str]) {
        self.ask("ATE0", "OK\r\n").await;
        let always = ["\"showrecvlen\",0,1", "\"echomode\",0,0"];
        for option in always.iter().chain(options) {
            self.ask(&format!("AT+QMTCFG={option}"), "\r\nOK\r\n").await;
        }
        self.reopen(broker).await;
    }

    async fn reopen(&mut self, broker: &Mosquitto) {
        let open = format!("AT+QMTOPEN=0,\"127.0.0.1\",{}", broker.port());
        self.ask(&open, "+QMTOPEN: 0,0\r\n").await;
    }

    async fn login(&mut self, arguments: &str) {
        let connect = format!("AT+QMTCONN=0,{arguments}");
        self.ask(&connect, "+QMTCONN: 0,0,0\r\n").await;
    }

    async fn leave(&mut self) {
        self.ask("AT+QMTDISC=0", "+QMTDISC: 0,0\r\n").await;
        self.ask("AT+QMTCLOSE=0", "+QMTCLOSE: 0,0\r\n").await;
    }

    async fn publish(&mut self, arguments: &str, payload: &str) {
        let line = format!("AT+QMTPUB=0,{arguments},{}", payload.len());
        self.ask(&line, "\r\n> ").await;
        self.send(payload).await;
        self.until("+QMTPUB: 0,").await;
        self.until(",0\r\n").await;
    }
}

/// What a mosquitto_sub that was to end by itself printed.
async fn heard(subscriber: Child) -> String {
    let output = timeout(Duration::from_secs(30), subscriber.wait_with_output()).await;
    let output = output.expect("an end in time").unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn every_payload_comes_back_at_every_qos_and_level() {
    let Some(broker) = Mosquitto::start().await else {
        return;
    };
    let (mut host, handle) = module();
    for level in [0, 1] {
        host.connect(level, level, ("127.0.0.1", broker.port()))
            .await;
        for qos in 0..=2 {
            for payload in hostile_payloads() {
                host.round_trip(level, qos, &payload).await;
            }
        }
        host.ask(
            &format!("AT+QMTUNS={level},3,\"modem/{level}\""),
            &format!("+QMTUNS: {level},3,0\r\n"),
        )
        .await;
        host.ask(
            &format!("AT+QMTDISC={level}"),
            &format!("+QMTDISC: {level},0\r\n"),
        )
        .await;
        host.ask(
            &format!("AT+QMTCLOSE={level}"),
            &format!("+QMTCLOSE: {level},0\r\n"),
        )
        .await;
    }
    handle.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_will_goes_out_when_the_module_vanishes_and_not_when_it_leaves() {
    let Some(mut broker) = Mosquitto::start().await else {
        return;
    };
    let will = "\"will\",0,1,2,0,\"will\",\"gone\"";
    for level in ["\"version\",0,0", "\"version\",0,1"] {
        let arguments = ["-q", "2", "-C", "2", "-F", "%p"];
        let heir = broker.subscriber(&arguments, "will").await;
        let (mut host, handle) = module();
        host.open(&broker, &[level, will]).await;
        host.login("\"mortal\"").await;
        host.leave().await;
        // Were a will on its way, it would come before this.
        broker.publish(&["-t", "will", "-m", "left"]).await;
        host.reopen(&broker).await;
        host.login("\"mortal\"").await;
        drop(handle);
        assert_eq!(heard(heir).await, "left\ngone\n");
    }
}

#[tokio::test]
async fn a_retained_message_waits_for_the_module_until_it_is_cleared() {
    let Some(broker) = Mosquitto::start().await else {
        return;
    };
    let (mut host, handle) = module();
    host.open(&broker, &["\"version\",0,1"]).await;
    host.login("\"c\"").await;
    host.publish("1,1,1,\"kept\"", "21.5").await;
    host.ask("AT+QMTSUB=0,2,\"kept\",1", ",\"kept\",4,\"21.5\"\r\n")
        .await;
    host.ask("AT+QMTUNS=0,3,\"kept\"", "+QMTUNS: 0,3,0\r\n")
        .await;
    host.publish("4,1,1,\"kept\"", "").await;
    host.ask("AT+QMTSUB=0,5,\"kept\",1", "+QMTSUB: 0,5,0,1\r\n")
        .await;
    // The next message is the first that comes.
    broker.publish(&["-t", "kept", "-m", "new"]).await;
    let came = host.until("\"new\"\r\n").await;
    assert_eq!(came, b"\r\n+QMTRECV: 0,0,\"kept\",3,\"new\"\r\n");
    handle.shutdown().await.unwrap();
}

/// With a database, so that the session outlives the broker too.
#[tokio::test]
async fn a_kept_session_holds_messages_while_module_and_broker_are_away() {
    let database = |folder: &Path| {
        let folder = folder.display();
        format!("allow_anonymous true\npersistence true\npersistence_location {folder}/")
    };
    let Some(mut broker) = Mosquitto::start_with(database).await else {
        return;
    };
    let (mut host, handle) = module();
    host.open(&broker, &["\"version\",0,1", "\"session\",0,0"])
        .await;
    host.login("\"keeper\"").await;
    host.ask("AT+QMTSUB=0,1,\"k/#\",2", "+QMTSUB: 0,1,0,2\r\n")
        .await;
    host.leave().await;
    for (qos, text) in [("1", "one"), ("2", "two")] {
        broker.publish(&["-t", "k/a", "-q", qos, "-m", text]).await;
    }
    broker.restart().await;
    host.reopen(&broker).await;
    host.login("\"keeper\"").await;
    host.until(",\"k/a\",3,\"one\"\r\n").await;
    host.until(",\"k/a\",3,\"two\"\r\n").await;
    // Nothing is told twice: the next message is the next line.
    broker.publish(&["-t", "k/b", "-m", "three"]).await;
    let came = host.until("\"three\"\r\n").await;
    assert_eq!(came, b"\r\n+QMTRECV: 0,0,\"k/b\",5,\"three\"\r\n");
    handle.shutdown().await.unwrap();
}

#[tokio::test]
async fn exactly_once_means_once_at_both_levels() {
    let Some(mut broker) = Mosquitto::start().await else {
        return;
    };
    for (level, topic) in [("\"version\",0,0", "up/31"), ("\"version\",0,1", "up/311")] {
        let arguments = ["-q", "2", "-C", "21", "-F", "%q %p"];
        let heard_all = broker.subscriber(&arguments, topic).await;
        let (mut host, handle) = module();
        host.open(&broker, &[level]).await;
        host.login("\"c\"").await;
        host.ask(
            &format!("AT+QMTSUB=0,1,\"{topic}\",2"),
            "+QMTSUB: 0,1,0,2\r\n",
        )
        .await;
        let mut expected = String::new();
        for number in 10..30 {
            let line = format!("AT+QMTPUB=0,{number},2,0,\"{topic}\",2");
            host.ask(&line, "\r\n> ").await;
            host.send(number.to_string()).await;
            // Both in either order, and one of each.
            let result = format!("\r\n+QMTPUB: 0,{number},0\r\n");
            let message = format!(",\"{topic}\",2,\"{number}\"\r\n");
            let mut came = host.until(&message).await;
            if !came
                .windows(result.len())
                .any(|part| part == result.as_bytes())
            {
                came.extend(host.until(&result).await);
            }
            assert_eq!(came.split(|&byte| byte == b'+').count(), 3, "{came:?}");
            expected += &format!("2 {number}\n");
        }
        broker.publish(&["-t", topic, "-m", "end"]).await;
        // The last message at QoS 2 may still be on its way when the end, at QoS 0, is there.
        let came = heard(heard_all).await;
        assert_eq!(came.matches("0 end\n").count(), 1, "{came}");
        assert_eq!(came.replace("0 end\n", ""), expected);
        handle.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_second_module_of_the_same_name_takes_over() {
    let Some(broker) = Mosquitto::start().await else {
        return;
    };
    let (mut first, _first) = module();
    first.open(&broker, &["\"version\",0,1"]).await;
    first.login("\"twin\"").await;
    let (mut second, _second) = module();
    second.open(&broker, &["\"version\",0,1"]).await;
    second.login("\"twin\"").await;
    let came = first.until("+QMTSTAT: 0,1\r\n").await;
    assert_eq!(came, b"\r\n+QMTSTAT: 0,1\r\n");
    // The note's remedy.
    first.reopen(&broker).await;
    first.login("\"twin\"").await;
    second.until("+QMTSTAT: 0,1\r\n").await;
}

#[tokio::test]
async fn a_frozen_broker_is_found_out_by_the_keep_alive() {
    let Some(mut broker) = Mosquitto::start().await else {
        return;
    };
    let (mut host, _handle) = module();
    host.open(&broker, &["\"keepalive\",0,1", "\"timeout\",0,1,0,0"])
        .await;
    host.login("\"patient\"").await;
    // Alive while it answers.
    broker.said("PINGREQ from patient").await;
    broker.said("PINGRESP to patient").await;
    broker.freeze().await;
    let came = host.until("+QMTSTAT: 0,2\r\n").await;
    assert_eq!(came, b"\r\n+QMTSTAT: 0,2\r\n");
    broker.thaw().await;
    host.reopen(&broker).await;
    host.login("\"patient\"").await;
}

#[tokio::test]
async fn a_restarted_broker_is_told_and_can_be_opened_again() {
    let Some(mut broker) = Mosquitto::start().await else {
        return;
    };
    let (mut host, _handle) = module();
    host.open(&broker, &["\"version\",0,1"]).await;
    host.login("\"c\"").await;
    broker.stop().await;
    let came = host.until("+QMTSTAT: 0,1\r\n").await;
    assert_eq!(came, b"\r\n+QMTSTAT: 0,1\r\n");
    let open = format!("AT+QMTOPEN=0,\"127.0.0.1\",{}", broker.port());
    host.ask(&open, "+QMTOPEN: 0,-1\r\n").await;
    broker.resume().await;
    host.reopen(&broker).await;
    host.login("\"c\"").await;
}

/// The example of the note (QMT §6.1), with the password that Alibaba's rule gives for it.
#[tokio::test]
async fn the_login_of_alibaba_cloud_is_taken_by_a_password_file() {
    const USER: &str = "MQTT_TEST&oyjtmPI5a5j";
    const PASSWORD: &str = "1E7A33446A5269FC55DFF95AF10118B95ABCD6D18E0B7C80DCA0DE2DD546B801";
    let passwords = |folder: &Path| {
        let file = folder.join("passwords");
        let made = Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(&file)
            .args([USER, PASSWORD])
            .status();
        assert!(made.unwrap().success());
        format!("allow_anonymous false\npassword_file {}", file.display())
    };
    let Some(mut broker) = Mosquitto::start_with(passwords).await else {
        return;
    };
    let aliauth =
        |secret: &str| format!("\"aliauth\",0,\"oyjtmPI5a5j\",\"MQTT_TEST\",\"{secret}\"");
    let (mut host, _handle) = module();
    let right = aliauth("wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ");
    host.open(&broker, &["\"version\",0,1", &right]).await;
    host.login("\"clientExample\"").await;
    broker
        .said(" as clientExample|securemode=3,signmethod=hmacsha256| ")
        .await;
    host.leave().await;
    host.open(&broker, &[&aliauth("guess")]).await;
    host.ask("AT+QMTCONN=0,\"clientExample\"", "+QMTCONN: 0,0,5\r\n")
        .await;
}

#[tokio::test]
async fn a_topic_that_dynamic_security_denies_is_answered_128() {
    let Some(plugin) = dynamic_security() else {
        assert!(std::env::var_os("CI").is_none(), "no dynamic security");
        println!("skipped: this mosquitto has no dynamic security");
        return;
    };
    let secured = move |folder: &Path| {
        let file = folder.join("dynamic-security.json");
        let made = Command::new("mosquitto_ctrl")
            .args(["dynsec", "init"])
            .arg(&file)
            .args(["admin", "secret"])
            .output();
        assert!(made.unwrap().status.success());
        let (plugin, file) = (plugin.display(), file.display());
        format!("allow_anonymous false\nplugin {plugin}\nplugin_opt_config_file {file}")
    };
    let Some(broker) = Mosquitto::start_with(secured).await else {
        return;
    };
    // A client without a role may connect and nothing else.
    let admin = ["-u", "admin", "-P", "secret", "dynsec", "createClient"];
    let created = broker
        .run(
            "mosquitto_ctrl",
            &[&admin[..], &["meter", "-p", "key"]].concat(),
        )
        .await;
    assert!(created.status.success(), "{created:?}");
    let (mut host, _handle) = module();
    host.open(&broker, &["\"version\",0,1"]).await;
    host.ask(
        "AT+QMTCONN=0,\"c\",\"meter\",\"guess\"",
        "+QMTCONN: 0,0,5\r\n",
    )
    .await;
    host.until("+QMTSTAT: 0,4\r\n").await;
    host.reopen(&broker).await;
    host.login("\"c\",\"meter\",\"key\"").await;
    host.ask("AT+QMTSUB=0,1,\"room/1\",1", "+QMTSUB: 0,1,0,128\r\n")
        .await;
    host.leave().await;
    // The administrator is granted it.
    host.reopen(&broker).await;
    host.login("\"c\",\"admin\",\"secret\"").await;
    host.ask("AT+QMTSUB=0,2,\"room/1\",1", "+QMTSUB: 0,2,0,1\r\n")
        .await;
}

/// The plugin, where Debian and others put it.
fn dynamic_security() -> Option<PathBuf> {
    let libraries = std::fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    libraries
        .chain(["/usr/lib".into(), "/usr/local/lib".into()])
        .map(|folder| folder.join("mosquitto_dynamic_security.so"))
        .find(|file| file.is_file())
}
