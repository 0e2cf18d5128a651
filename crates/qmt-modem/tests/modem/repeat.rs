//! The same seed and the same scenario give the same bytes, twice.

use qmt_broker::Config;
use qmt_modem::{
    Arrival, Direction, Fault, FaultKind, Modem, ModemConfig, Place, Plan, Quirks, Trigger, Wire,
    WireConfig,
};
use qmt_proto::Instant;

use crate::rig::Rig;

/// What a host says again and again, whatever it hears.
const LINES: [&[u8]; 9] = [
    b"AT\r",
    b"AT+QSCLK=0\r",
    b"AT+QMTOPEN=0,\"h\",1883\r",
    b"AT+QMTCONN=0,\"c\"\r",
    b"AT+QMTSUB=0,1,\"t\",1\r",
    b"AT+QMTPUB=0,7,1,0,\"t\",5,\"hello\"\r",
    b"AT+QMTPUB=0,0,0,0,\"t\",5\rhello",
    b"AT+QMTUNS=0,2,\"t\"\r",
    b"AT+CSQ\r",
];

/// Every fault there is, each with a small chance, and three at a certain moment.
fn plans() -> Vec<Plan> {
    let chance = |kind: &FaultKind| {
        let ppm = if kind.place() == Place::Line {
            500
        } else {
            50_000
        };
        Plan::chance(Fault::new(*kind), ppm)
    };
    // For ever is too long here.
    let endless = |kind: &&FaultKind| **kind != FaultKind::Dead && **kind != FaultKind::Latency;
    let mut plans: Vec<Plan> = FaultKind::ALL.iter().filter(endless).map(chance).collect();
    plans.push(Plan::once(
        Fault::new(FaultKind::Dead).with(3_000),
        Trigger::Command(40),
    ));
    plans.push(Plan::once(
        Fault::new(FaultKind::Reboot),
        Trigger::At(Instant::from_millis(90_000)),
    ));
    let byte = Plan::once(Fault::new(FaultKind::SilentReboot), Trigger::Byte(3_000));
    plans.push(byte.toward(Direction::ToHost));
    plans
}

/// Everything that arrived at either end, with its time, and how many faults were done.
fn run(seed: u64, quirks: Quirks) -> (Vec<(u64, Direction, Vec<u8>)>, u64) {
    let mut config = ModemConfig::new();
    config.faults = plans();
    config.seed = seed;
    config.quirks = quirks;
    let mut rig = Rig::new(Modem::new(config), Config::default());
    rig.modem.power_on(rig.now);
    let mut wire = Wire::new(&WireConfig {
        plans: plans(),
        seed,
        baud: Some(115_200),
        ..WireConfig::default()
    });
    let mut record = Vec::new();
    for round in 0..200_u64 {
        let line = LINES[usize::try_from(round).unwrap() % LINES.len()];
        wire.handle_sent(rig.now, Direction::FromHost, line);
        let end = rig.now.as_millis() + 1_000;
        while rig.now.as_millis() < end {
            for direction in [Direction::FromHost, Direction::ToHost] {
                while let Some(arrival) = wire.poll_arrived(rig.now, direction) {
                    let Arrival::Bytes(bytes) = arrival else {
                        wire.handle_taken(direction, 1);
                        continue;
                    };
                    let bytes = bytes.to_vec();
                    wire.handle_taken(direction, bytes.len());
                    record.push((rig.now.as_millis(), direction, bytes.clone()));
                    if direction == Direction::FromHost {
                        let said = rig.send_bytes(&bytes);
                        wire.handle_sent(rig.now, Direction::ToHost, &said);
                    }
                }
            }
            let next = wire.poll_timeout().map_or(end, Instant::as_millis);
            let span = next.min(end).saturating_sub(rig.now.as_millis());
            let said = rig.wait_bytes(span.max(1));
            wire.handle_sent(rig.now, Direction::ToHost, &said);
        }
    }
    let faults = rig.modem.snapshot().faults.total() + wire.faults().total();
    (record, faults)
}

#[test]
fn the_same_seed_and_scenario_give_the_same_bytes_twice() {
    for (seed, quirks) in [(1, Quirks::NOTE), (2, Quirks::OBSERVED)] {
        let (first, faults) = run(seed, quirks);
        let (second, again) = run(seed, quirks);
        assert!(faults > 50, "{faults}");
        assert_eq!(faults, again);
        assert!(first == second, "seed {seed}");
    }
}

#[test]
fn another_seed_is_another_story() {
    assert!(run(1, Quirks::NOTE) != run(4, Quirks::NOTE));
}
