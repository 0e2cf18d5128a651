//! `meter.rs` on a desktop: `--example async HOST:PORT`, where a module's line is served over TCP,
//! such as by `qmt modem --listen`.

use embedded_io_adapters::tokio_1::FromTokio;
use tokio::net::TcpStream;

mod meter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let address = std::env::args().nth(1);
    let line = TcpStream::connect(address.ok_or("usage: async HOST:PORT")?).await?;
    let received = meter::run(FromTokio::new(line)).await?;
    println!("received: {}", received.escape_ascii());
    Ok(())
}
