//! The peer of this name.
#![no_std]
#![no_main]

#[cortex_m_rt::entry]
fn main() -> ! {
    size_probe::measure(qmt_benches::peers::nom)
}
