//! `meter.rs` on a desktop: `--example blocking HOST:PORT`, where a module's line is served over
//! TCP, such as by `qmt modem --listen`.

use std::net::TcpStream;

mod desktop;
mod meter;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let address = std::env::args().nth(1);
    let line = TcpStream::connect(address.ok_or("usage: blocking HOST:PORT")?)?;
    let received = meter::run(desktop::Uart::new(line)?, desktop::now, desktop::idle)?;
    println!("received: {}", received.escape_ascii());
    Ok(())
}
