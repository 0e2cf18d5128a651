//! Targets of machines: lists of operations.

use qmt_modem::{ModemConfig, Quirks};
use qmt_mqtt::QoS;
use qmt_session::LineError;
use qmt_session::proto::{Qos, limits};

use super::Input;
use crate::crash;
use crate::props::{client, modem, pair};

/// Operations of one input; more only cost time.
const OPS: usize = 256;

/// Q1, Q4, Q9, Q17, Q18, Q28, S17 under a module that says anything.
pub(super) fn session_ops(input: &[u8]) {
    let mut input = Input::new(input);
    // How the client is made may be said first.
    let (mut habits, mut tx) = (client::Habits::default(), limits::HEX_FRAME);
    if let Some(rest) = input.after(31) {
        input = rest;
        habits = client::Habits(input.byte());
        tx = usize::from(input.number()).clamp(16, limits::HEX_FRAME);
    }
    let mut ops = Vec::new();
    while !input.is_empty() && ops.len() < OPS {
        ops.push(client_op(&mut input));
    }
    client::a_client_keeps_its_promises(habits, tx, &ops);
}

fn client_op(input: &mut Input<'_>) -> client::Op {
    use client::Op;

    match input.below(32) {
        0 => Op::Connect(input.link(), client::Wants::default()),
        1 => Op::Disconnect(input.link()),
        2 => Op::Subscribe(input.link(), input.byte(), input.qos()),
        3 => Op::Unsubscribe(input.link(), input.byte()),
        4 | 5 => Op::Publish(input.link(), input.qos(), input.number() % 1_600),
        6 => Op::Rest,
        7 => Op::Abort,
        8 | 9 => Op::Obey(input.byte()),
        10 | 11 => Op::Hear(input.bytes().to_vec()),
        12 => Op::Lose(input.byte()),
        13 => Op::LineError(match input.below(4) {
            0 => LineError::Overrun,
            1 => LineError::Framing,
            2 => LineError::Parity,
            _ => LineError::Break,
        }),
        14 => Op::Wait(u32::from(input.number()) * 4),
        15 if input.flag() => Op::Restart,
        16..20 => Op::Connect(input.link(), client::Wants(input.byte())),
        20..24 => {
            let (link, qos, again) = (input.link(), input.qos(), input.flag());
            let mut payload = input.bytes().to_vec();
            // A CR tells one command from the next.
            payload.retain(|byte| *byte != b'\r');
            Op::Enqueue(link, qos, again, payload)
        }
        24 => Op::Reset,
        _ => Op::WaitDue,
    }
}

/// Any host at the virtual module, in one go and in pieces.
pub(super) fn modem_ops(input: &[u8]) {
    use modem::Op;

    let mut input = Input::new(input);
    let size = 1 + input.below(64);
    let mut config = ModemConfig::new();
    config.quirks = Quirks::of_set(input.number() % Quirks::SETS);
    let mut ops = Vec::new();
    while !input.is_empty() && ops.len() < OPS {
        ops.push(match input.below(8) {
            0..4 => Op::Say(input.bytes().to_vec()),
            4 => Op::Wait(u32::from(input.number()) * 4),
            5 => Op::WaitDue,
            6 => Op::Drop(input.link()),
            _ => Op::Restart,
        });
    }
    modem::a_module_is_the_same_however_it_is_told(&ops, &config, size);
}

/// A client and a module on an honest line: P1, P3, Q2, Q4, Q5, Q15.
pub(super) fn host_module(input: &[u8]) {
    use pair::Op;

    let mut input = Input::new(input);
    let size = 1 + input.below(64);
    let mut config = ModemConfig::new();
    config.quirks = Quirks::of_set(input.number() % Quirks::SETS);
    let mut ops = Vec::new();
    while !input.is_empty() && ops.len() < OPS {
        ops.push(match input.below(8) {
            0 | 1 => Op::Publish(input.qos(), input.bytes().to_vec()),
            2 => {
                let qos = match input.below(3) {
                    0 => QoS::AtMostOnce,
                    1 => QoS::AtLeastOnce,
                    _ => QoS::ExactlyOnce,
                };
                Op::Tell(qos, input.bytes().to_vec())
            }
            3 | 4 => Op::Move(input.byte()),
            5 => Op::Wait(u32::from(input.number()) * 4),
            6 => Op::Drop,
            _ => Op::Restart,
        });
    }
    pair::a_pair_agrees(&ops, config, size);
}

/// Q21 to Q23: the power goes at any steps, the broker does wrong or not.
pub(super) fn crash_outbox(input: &[u8]) {
    const FAULTS: [&str; 4] = ["", "", "lose@PUBACK#1", "lose@PUBACK#2"];
    let mut input = Input::new(input);
    let (messages, fault) = (1 + input.below(6), FAULTS[input.below(FAULTS.len())]);
    let mut crashes = Vec::new();
    while !input.is_empty() && crashes.len() < 6 {
        crashes.push(1 + u64::from(input.number() % 4_000));
    }
    crash::crash_at(messages, Qos::AtLeastOnce, &crashes, fault);
}
