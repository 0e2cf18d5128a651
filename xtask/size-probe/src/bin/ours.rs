//! Framer, dialect and `Response::parse`.
#![no_std]
#![no_main]

use qmt_benches::Ours;

#[cortex_m_rt::entry]
fn main() -> ! {
    size_probe::measure(|| Ours::new(qmt_proto::ResponseDialect::default()))
}
