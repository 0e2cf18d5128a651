//! What the virtual module promises whatever its host says.

use qmt_broker::Broker;
use qmt_modem::{Modem, ModemConfig};
use qmt_session::proto::{Instant, LinkId};

use crate::Network;

/// Steps that no healthy module needs to come to rest.
const LIVELOCK: usize = 10_000;

/// What happens to a module.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Op {
    /// The host sends bytes.
    Say(Vec<u8>),
    /// So many milliseconds pass.
    Wait(u32),
    /// Time passes until something is due.
    WaitDue,
    /// The broker ends the connection of a link.
    Drop(LinkId),
    /// The module is reset.
    Restart,
}

/// Cutting does not matter to the module either: the same `ops`, what is said in pieces of `size`
/// bytes, bring the same bytes in both directions. Whatever it says is a line, a prompt or echo.
///
/// # Panics
/// When they do not, or the module does not come to rest.
pub fn a_module_is_the_same_however_it_is_told(ops: &[Op], config: &ModemConfig, size: usize) {
    let whole = run(ops, config, usize::MAX);
    let pieces = run(ops, config, size.max(1));
    assert!(
        whole == pieces,
        "pieces of {size}\nwhole:  {}\npieces: {}",
        whole.escape_ascii(),
        pieces.escape_ascii()
    );
}

/// All the module says.
fn run(ops: &[Op], config: &ModemConfig, size: usize) -> Vec<u8> {
    let modem = Modem::booted(config.clone());
    let mut network = Network::new(modem, Broker::new(qmt_broker::Config::default()));
    let (mut now, mut said) = (Instant::ZERO, Vec::new());
    for op in ops {
        match *op {
            Op::Say(ref bytes) => {
                for piece in bytes.chunks(size) {
                    network.modem.handle_input(now, piece);
                }
            }
            Op::Wait(ms) => now = Instant::from_millis(now.as_millis() + u64::from(ms)),
            Op::WaitDue => now = network.poll_timeout().map_or(now, |due| due.max(now)),
            Op::Drop(link) => network.drop_connection(now, link),
            Op::Restart => network.modem.restart(now),
        }
        settle(&mut network, now, &mut said);
    }
    said
}

fn settle(network: &mut Network, now: Instant, said: &mut Vec<u8>) {
    for _ in 0..LIVELOCK {
        let due = network.poll_timeout().is_some_and(|due| due <= now);
        if due {
            network.handle_timeout(now);
        }
        let moved = network.step(now) | due;
        let bytes = network.modem.poll_transmit();
        let len = bytes.len();
        said.extend(bytes);
        network.modem.handle_transmitted(now, len);
        if !moved && len == 0 {
            return;
        }
    }
    panic!("the module does not come to rest");
}
