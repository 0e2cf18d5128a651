//! Options that a module does not take, and those of Alibaba Cloud.

use qmt_session::proto::{
    AliAuth, DataFormat, DeviceName, DeviceSecret, Filter, MqttVersion, ProductKey, Qos,
};
use qmt_session::{LinkPhase, SubscribeError};

use super::{ALWAYS, Bench, LINK};

/// Firmware without an option has its default: nobody need be refused who wants nothing else.
#[test]
fn an_option_that_a_module_does_not_know_is_no_obstacle_where_its_default_is_wanted() {
    for option in ["will", "session", "dataformat"] {
        let mut bench = Bench::new();
        let line = format!("AT+QMTCFG=\"{option}\"");
        bench.module.says(&["ERROR"], &line, ALWAYS);
        bench.connect(LINK, |_| {});
        bench.wait("Ready");
        assert_eq!(bench.heard(&line), 3, "tried a few times");
    }
}

/// QMT §3.3.1 "session", "dataformat", "version".
#[test]
fn an_option_that_a_module_does_not_know_ends_a_link_that_needs_another_value() {
    type Change = fn(&mut qmt_session::LinkConfig<'_>);
    let cases: [(&str, &str, Change); 4] = [
        ("version", "Version", |config| {
            config.version = MqttVersion::V3_1
        }),
        ("session", "Session", |config| config.clean_session = false),
        ("dataformat", "DataFormat", |config| {
            config.send_format = DataFormat::Hex
        }),
        ("dataformat", "DataFormat", |config| {
            config.recv_format = Some(DataFormat::Hex)
        }),
    ];
    for (option, name, change) in cases {
        let mut bench = Bench::new();
        bench
            .module
            .says(&["ERROR"], &format!("AT+QMTCFG=\"{option}\""), ALWAYS);
        bench.connect(LINK, change);
        let down = bench.wait("Down");
        assert!(down.contains(&format!("Option({name})")), "{down}");
        assert!(down.ends_with("retry_in: None }"), "{down}");
        bench.run(3_600);
        assert_eq!(bench.client.link_phase(LINK), LinkPhase::Failed);
        assert_eq!(bench.heard("AT+QMTOPEN="), 0);
    }
}

/// QMT §3.3.1 "aliauth".
#[test]
fn a_device_of_alibaba_cloud_gives_its_secret_once_and_does_not_ask_it_back() {
    let mut bench = Bench::new();
    // Lost once, it is given again.
    let line = "AT+QMTCFG=\"aliauth\",0,\"key\",\"name\",\"secret\"";
    bench.module.says(&["ERROR"], line, 1);
    bench.connect(LINK, |config| {
        config.aliauth = Some(AliAuth {
            product_key: ProductKey::new("key").unwrap(),
            device_name: DeviceName::new("name").unwrap(),
            device_secret: DeviceSecret::new("secret").unwrap(),
        });
    });
    bench.wait("Ready");
    assert_eq!(bench.heard("AT+QMTCFG=\"aliauth\""), 2);
    assert_eq!(bench.heard(line), 2);
}

/// A connection that is not subscribed to anything changes to hex for its first wildcard.
#[test]
fn a_format_that_is_not_taken_after_a_few_tries_ends_the_connection() {
    let set = "AT+QMTCFG=\"dataformat\",0,0,1";
    // It says that it takes the format, and then does not show it, or shows another.
    for (taken, shown) in [("ERROR", None), ("OK", Some("ERROR")), ("OK", None)] {
        for (times, works) in [(2, true), (3, false)] {
            let mut bench = Bench::ready();
            if let Some(shown) = shown {
                let query = "AT+QMTCFG=\"dataformat\",0";
                bench.module.says(&[shown], query, times);
            }
            bench.module.says(&[taken], set, times);
            bench.subscribe(LINK, "a/#");
            if works {
                bench.wait("Subscribed");
                assert!(!bench.told.iter().any(|told| told.starts_with("Down")));
            } else {
                let down = bench.wait("Down");
                assert!(down.contains("Option(DataFormat)"), "{down}");
                assert_eq!(bench.heard("AT+QMTSUB="), 0);
            }
            assert_eq!(bench.heard(set), 3);
        }
    }
}

/// The format is chosen when the connection begins, or changed before its first subscription.
#[test]
fn a_wildcard_is_taken_as_long_as_the_connection_is_not_subscribed_to_anything() {
    let filter = Filter::new("a/#").unwrap();
    for line in [
        "AT\r",
        "AT+QMTCFG=\"dataformat\",0",
        "AT+QMTOPEN=",
        "AT+QMTCONN=0",
    ] {
        let mut bench = Bench::new();
        bench.connect(LINK, |_| {});
        bench.subscribe(LINK, "in");
        bench.run_to_line(line);
        bench.subscribe(LINK, "a/#");
        bench.wait("Ready");
        let hex = "AT+QMTCFG=\"dataformat\",0,0,1";
        assert_eq!(bench.heard(hex), 1, "{line}");
        assert_eq!(bench.heard("AT+QMTSUB="), 2, "{line}");
    }
    let mut bench = Bench::new();
    bench.connect(LINK, |_| {});
    bench.subscribe(LINK, "in");
    bench.run_to_line("AT+QMTSUB=");
    let refused = bench
        .client
        .subscribe(bench.now, LINK, filter, Qos::AtMostOnce);
    assert_eq!(refused, Err(SubscribeError::NeedsHex));
}
