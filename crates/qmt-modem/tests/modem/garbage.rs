//! Anything may come in on any side: nothing panics, and reads make no difference.

use proptest::collection::vec;
use proptest::prelude::*;
use qmt_modem::{ConnectFailure, Modem, ModemConfig, NetworkEvent, ResultOrder};
use qmt_proto::{Instant, LinkId};

use crate::rig::Rig;

/// Pieces of command lines, whole ones, and noise.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "AT", "ATE0\r", "ATE1\r", "\r", "\n", "\"", ",", "AT+QMTOPEN=0,\"h\",1883\r",
            "AT+QMTCONN=0,\"c\"\r", "AT+QMTSUB=0,1,\"t\",1\r", "AT+QMTUNS=0,2,\"t\"\r",
            "AT+QMTPUB=0,0,0,0,\"t\"\r", "AT+QMTPUB=0,1,1,0,\"t\",5\r", "AT+QMTPUB=0,0,0,0,\"t\",3,\"a\rb\"\r",
            "AT+QMTPUB=0,0,0,0,\"t\",", "AT+QMTCFG=\"dataformat\",0,1,1\r", "AT+QMTCFG=?\r",
            "AT+QMTCLOSE=0\r", "AT+QMTDISC=0\r", "AT+CMEE=2\r", "\x1a", "\x1b", "4f4b",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..40),
        1 => vec(any::<u8>(), 0..3_000),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// All that the modem itself prints for `input`, without a network.
fn alone(input: &[u8], cuts: &[usize], order: ResultOrder) -> Vec<u8> {
    let mut config = ModemConfig::new();
    config.quirks.result_order = order;
    let mut modem = Modem::booted(config);
    let mut output = Vec::new();
    let mut rest = input;
    let mut cuts = cuts.iter().copied().cycle();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cuts.next().unwrap_or(usize::MAX).min(rest.len()));
        modem.handle_input(Instant::ZERO, piece);
        output.extend_from_slice(modem.poll_transmit());
        modem.handle_transmitted(Instant::ZERO, modem.poll_transmit().len());
        rest = after;
    }
    output
}

proptest! {
    #[test]
    fn reads_make_no_difference(
        input in input(),
        cuts in vec(1_usize..90, 1..6),
        first in any::<bool>(),
    ) {
        let order = if first { ResultOrder::ResultFirst } else { ResultOrder::OkFirst };
        let whole = alone(&input, &[usize::MAX], order);
        prop_assert_eq!(alone(&input, &cuts, order), whole);
    }

    #[test]
    fn no_host_breaks_the_modem(inputs in vec((input(), 0_u64..70_000), 0..6), seven in 1_usize..8) {
        let mut rig = Rig::quiet(ModemConfig::new());
        rig.chunk = seven;
        for (input, pause) in inputs {
            rig.send_bytes(&input);
            rig.publish("t", &input[..input.len().min(2_000)], 1);
            // The output may hold any byte, so it is not looked at as text.
            rig.wait_bytes(pause);
        }
        // Whatever came, the end of a line and a minute of silence end it.
        rig.wait_bytes(61_000);
        rig.send_bytes(b"\r");
        rig.wait_bytes(61_000);
        let answer = rig.send_bytes(b"\rAT+QMTCLOSE=?\r");
        let wanted = b"\r\n+QMTCLOSE: (0-4)\r\n\r\nOK\r\n";
        prop_assert!(answer.ends_with(wanted), "{:?}", String::from_utf8_lossy(&answer));
    }

    #[test]
    fn no_network_breaks_the_modem(
        events in vec((0_u8..6, 0_u8..5, vec(any::<u8>(), 0..60), 0_u64..9_000), 0..60),
    ) {
        let mut modem = Modem::booted(ModemConfig::new());
        let mut now = Instant::ZERO;
        for (kind, link, bytes, pause) in events {
            let link = LinkId::new(link).unwrap();
            match kind {
                0 => modem.handle_network(now, NetworkEvent::Connected { link }),
                1 => modem.handle_network(now, NetworkEvent::ConnectFailed {
                    link,
                    cause: ConnectFailure::Refused,
                }),
                2 => modem.handle_network(now, NetworkEvent::Received { link, bytes: &bytes }),
                3 => modem.handle_network(now, NetworkEvent::Closed { link }),
                4 => modem.handle_input(now, format!("AT+QMTOPEN={link},\"h\",1\r").as_bytes()),
                _ => modem.handle_input(now, format!("AT+QMTCONN={link},\"c\"\r").as_bytes()),
            }
            now = now.saturating_add(core::time::Duration::from_millis(pause));
            modem.handle_timeout(now);
            while modem.poll_network().is_some() {}
            modem.handle_socket_transmitted(now, link, modem.poll_socket(link).len());
            modem.handle_transmitted(now, modem.poll_transmit().len());
        }
    }
}
