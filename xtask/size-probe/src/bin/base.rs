//! Nothing but the harness and the buffer that every receiver has: keeps the bytes and looks at none.
#![no_std]
#![no_main]

use qmt_benches::{Event, Inbox, Receiver};

struct Keep(Inbox);

impl Receiver for Keep {
    fn feed(&mut self, mut chunk: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        while !chunk.is_empty() {
            chunk = self.0.push(chunk);
            let len = self.0.bytes().len();
            sink(Event::Cme(len as u16));
            self.0.consume(len);
        }
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    size_probe::measure(|| Keep(Inbox::new()))
}
