//! A broker that takes everything and answers nothing: copies, notices and the end come on time.

use qmt_modem::ModemConfig;

use crate::rig::Rig;

/// DUP in the first byte of a packet (MQTT 3.1.1 §2.2.2).
const DUP: u8 = 0x08;

/// A command, the name and the end of its results, and at which levels its copies say DUP.
struct Case {
    command: &'static str,
    result: &'static str,
    counts: bool,
    dup_at: [bool; 2],
}

/// At 3.1.1 only PUBLISH may say DUP (MQTT 3.1.1 §2.2.2); at 3.1 all of them (MQTT 3.1 §2.1).
const CASES: [Case; 4] = [
    Case {
        command: "AT+QMTPUB=0,9,1,0,\"t\",1,\"x\"",
        result: "+QMTPUB: 0,9",
        counts: true,
        dup_at: [true, true],
    },
    Case {
        command: "AT+QMTPUB=0,9,2,1,\"t\",1,\"x\"",
        result: "+QMTPUB: 0,9",
        counts: true,
        dup_at: [true, true],
    },
    Case {
        command: "AT+QMTSUB=0,9,\"t\",1,\"u\",2",
        result: "+QMTSUB: 0,9",
        counts: true,
        dup_at: [true, false],
    },
    Case {
        command: "AT+QMTUNS=0,9,\"t\"",
        result: "+QMTUNS: 0,9",
        counts: false,
        dup_at: [true, false],
    },
];

/// Link 0 connected at a level, with a time-out and a number of retries.
fn connected(level: usize, timeout_s: u64, retries: u64, notice: bool) -> Rig {
    let mut rig = Rig::quiet(ModemConfig::new());
    let notice = u8::from(notice);
    rig.ok(&format!(
        "AT+QMTCFG=\"timeout\",0,{timeout_s},{retries},{notice}"
    ));
    rig.ok("AT+QMTCFG=\"keepalive\",0,0");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    rig.ok(&format!("AT+QMTCFG=\"version\",0,{level}"));
    let connected = rig.send("AT+QMTCONN=0,\"c\"\r");
    assert!(connected.ends_with("+QMTCONN: 0,0,0\r\n"), "{connected}");
    rig.black_hole = true;
    rig
}

/// QMT §2 retransmission, §3.3.1 note 3: copies at every multiple of pkt_timeout, result 1 with its
/// count at each, result 2 at pkt_timeout x (retry_times + 1), all to the millisecond.
#[test]
fn copies_notices_and_the_end_come_to_the_millisecond() {
    for level in [0, 1] {
        for case in &CASES {
            for (timeout_s, retries) in [(1, 0), (1, 10), (5, 1), (30, 3), (60, 2)] {
                let mut rig = connected(level, timeout_s, retries, true);
                rig.ok(case.command);
                let start = rig.now.as_millis();
                for count in 1..=retries {
                    assert_eq!(rig.wait(timeout_s * 1_000 - 1), "");
                    let count = if case.counts {
                        format!(",{count}")
                    } else {
                        String::new()
                    };
                    let notice = format!("\r\n{},1{count}\r\n", case.result);
                    assert_eq!(rig.wait(1), notice);
                }
                assert_eq!(rig.wait(timeout_s * 1_000 - 1), "");
                assert_eq!(rig.wait(1), format!("\r\n{},2\r\n", case.result));
                check_copies(&rig, case, level, start, timeout_s, retries);
                // It is over: nothing comes later, and the link lives.
                assert_eq!(rig.wait(1_000_000), "");
                assert_eq!(rig.lost.len() as u64, retries + 1);
                assert_eq!(rig.send("AT+QMTCONN?\r"), "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
            }
        }
    }
}

/// Every copy is the first packet, but for DUP.
fn check_copies(rig: &Rig, case: &Case, level: usize, start: u64, timeout_s: u64, retries: u64) {
    let at: Vec<u64> = rig.lost.iter().map(|(at, _)| *at).collect();
    let wanted: Vec<u64> = (0..=retries)
        .map(|n| start + n * timeout_s * 1_000)
        .collect();
    assert_eq!(at, wanted, "{}", case.command);
    let (_, first) = &rig.lost[0];
    assert_eq!(first[0] & DUP, 0);
    for (_, copy) in &rig.lost[1..] {
        assert_eq!(copy[0] & DUP != 0, case.dup_at[level], "{}", case.command);
        assert_eq!(copy[0] & !DUP, first[0]);
        assert_eq!(copy[1..], first[1..]);
    }
}

/// QMT §3.3.1 `<timeout_notice>` 0.
#[test]
fn without_notices_the_copies_go_out_all_the_same() {
    let mut rig = connected(1, 2, 4, false);
    rig.ok("AT+QMTPUB=0,9,1,0,\"t\",1,\"x\"");
    assert_eq!(rig.wait(9_999), "");
    assert_eq!(rig.lost.len(), 5);
    assert_eq!(rig.wait(1), "\r\n+QMTPUB: 0,9,2\r\n");
}

/// QMT §5.1 `<err_code>` 2: PINGREQ after keepalive, then pkt_timeout for its answer.
#[test]
fn a_ping_without_an_answer_is_stat_2_on_time() {
    let mut rig = connected(1, 3, 0, false);
    rig.black_hole = false;
    rig.ok("AT+QMTDISC=0");
    rig.ok("AT+QMTCFG=\"keepalive\",0,10");
    rig.ok("AT+QMTOPEN=0,\"h\",1");
    rig.ok("AT+QMTCONN=0,\"c\"");
    rig.black_hole = true;
    let start = rig.now.as_millis();
    assert_eq!(rig.wait(12_999), "");
    assert_eq!(rig.lost, [(start + 10_000, b"\xc0\0".to_vec())]);
    assert_eq!(rig.wait(1), "\r\n+QMTSTAT: 0,2\r\n");
}
