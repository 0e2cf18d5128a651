//! Nothing but the start of a program and its UART: what `client` is compared with.
#![no_std]
#![no_main]

use embedded_io::{Read as _, Write as _};
use size_probe::Uart;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut chunk = [0; 64];
    let (mut uart, now) = (Uart, size_probe::time_now());
    while let Ok(len) = uart.read(&mut chunk)
        && now <= size_probe::time_now()
    {
        let _ = uart.write(chunk.get(..len).unwrap_or_default());
    }
    size_probe::end(true)
}
