//! Nothing but the harness: adds up all bytes.
#![no_std]
#![no_main]

use qmt_benches::{Event, Receiver};

struct Bytes;

impl Receiver for Bytes {
    fn feed(&mut self, chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        let sum: u32 = chunk.iter().map(|byte| u32::from(*byte)).sum();
        sink(Event::Cme(sum as u16));
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    size_probe::measure(|| Bytes)
}
