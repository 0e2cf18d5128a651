//! How much memory a client takes, checked when it is compiled.

use qmt_proto::limits;

use crate::{Client, Session};

/// A transmit buffer for one link: every command whose strings are together not longer than 480
/// bytes. Payloads are sent from the outbox.
const TX_ONE_LINK: usize = 512;
/// A transmit buffer for every command there is.
const TX_ANY: usize = limits::COMMAND_LINE;
const KIB: usize = 1024;

const _: () = {
    let client = size_of::<Client<'_>>();
    assert!(size_of::<Session<'_>>() <= client);
    // One link, text of 1460 bytes or hex of 730.
    assert!(client + limits::TEXT_FRAME + TX_ONE_LINK <= 4 * KIB);
    // One link, hex of 1460 bytes.
    assert!(client + limits::HEX_FRAME + TX_ONE_LINK <= 5 * KIB + KIB / 2);
    // Five links.
    assert!(client + limits::TEXT_FRAME + TX_ANY <= 8 * KIB);
    assert!(client + limits::HEX_FRAME + TX_ANY <= 10 * KIB);
};
