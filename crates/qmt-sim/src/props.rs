//! The invariants of the line, each as one function that panics where it is broken.
//!
//! Property tests, fuzzers and the replay of corpora all call these, so that a rule is written
//! once. S1 to S17 are about framing, P1 to P14 about what lines mean, Q1 to Q37 about the session.

pub mod borrow;
pub mod client;
pub mod damage;
mod ear;
pub mod framing;
pub mod modem;
pub mod opacity;
pub mod oracle;
pub mod pair;
pub mod quirks;
pub mod ranges;
pub mod recovery;
pub mod secrets;
pub mod shown;
pub mod strings;
pub mod values;
mod wire;

pub(crate) use ear::copied;
pub use ear::{Ear, Heard};

use qmt_proto::{DataFormat, ResponseDialect};

/// A dialect in which the links of `hex` receive in hex: bit 0 for link 0 and so on, bit 5 for
/// a count in digits.
pub fn dialect(hex: u8) -> ResponseDialect {
    let mut dialect = ResponseDialect::default();
    for (link, format) in dialect.recv_format.iter_mut().enumerate() {
        if hex & (1 << link) != 0 {
            *format = DataFormat::Hex;
        }
    }
    dialect.counts_digits = hex & 0x20 != 0;
    dialect
}
