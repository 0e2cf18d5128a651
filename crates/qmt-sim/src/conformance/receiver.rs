//! What a broker sends, read by the receiver that the module's client is built on.
//!
//! Which bytes end the connection is settled by the receiver alone in every case.

use qmt_mqtt::Receiver;

use super::level_of;
use super::script::{Case, Step};

pub(super) fn play(case: &Case, chunk: usize) -> Result<(), String> {
    let mut receiver = Receiver::client(65_536, level_of(case), true);
    let connack = (case.connect && case.connack).then_some(&b"\x20\x02\0\0"[..]);
    let sent = case.steps.iter().filter_map(|step| match step {
        Step::Send(bytes) => Some(bytes.as_slice()),
        Step::Expect(_) | Step::Publish { .. } => None,
    });
    let mut refused = None;
    'all: for bytes in connack.into_iter().chain(sent) {
        for mut input in bytes.chunks(chunk) {
            loop {
                match receiver.next_packet(&mut input) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(error) => {
                        refused = Some(error);
                        break 'all;
                    }
                }
            }
        }
    }
    match (refused, case.expect_disconnect) {
        (None, true) => Err("nothing was refused".into()),
        (Some(error), false) => Err(format!("refused: {error}")),
        _ => Ok(()),
    }
}
