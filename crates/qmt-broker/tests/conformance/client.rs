//! What a broker sends in mosquitto's client-side sequences, read as a client would.
//!
//! Which bytes end the connection is settled by the receiver alone in every case; what a client
//! sends is for the client's own tests.

use qmt_mqtt::{Level, MqttError, Receiver};

use crate::script::{self, Case, Step};

/// Cases at levels 3 and 4: 15 and 311.
const CASES: usize = 326;

#[test]
fn the_client_side_sequences_are_judged_right() {
    let Some(folder) = crate::folder("lib") else {
        return;
    };
    let cases = script::read_folder(&folder);
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let error = receive(case);
            (error.is_some() != case.expect_disconnect)
                .then(|| format!("{} / {} / {}: {error:?}", case.file, case.group, case.name))
        })
        .collect();
    println!(
        "conformance client, receiving half: {} of {} pass",
        cases.len() - wrong.len(),
        cases.len()
    );
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(cases.len(), CASES);
}

fn receive(case: &Case) -> Option<MqttError> {
    let level = if case.level == 3 {
        Level::V31
    } else {
        Level::V311
    };
    let mut receiver = Receiver::client(65_536, level, true);
    let connack = (case.connect && case.connack).then_some(&b"\x20\x02\0\0"[..]);
    let sent = case.steps.iter().filter_map(|step| match step {
        Step::Send(bytes) => Some(bytes.as_slice()),
        Step::Expect(_) | Step::Publish { .. } => None,
    });
    for mut input in connack.into_iter().chain(sent) {
        loop {
            match receiver.next_packet(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return Some(error),
            }
        }
    }
    None
}
