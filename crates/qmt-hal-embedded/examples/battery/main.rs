//! `node.rs` on a desktop: `--example battery HOST:PORT`, where a module's line is served over TCP,
//! such as by `qmt modem --listen`. A reading every 20 seconds; the module sleeps in between.

use core::convert::Infallible;

use embassy_time::Duration;
use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_io_adapters::tokio_1::FromTokio;
use qmt_hal_embedded::session::LinkConfig;
use qmt_hal_embedded::session::proto::{ClientId, Host, Topic};
use tokio::net::TcpStream;

mod node;

/// A pin that leads nowhere.
struct NoPin;

impl ErrorType for NoPin {
    type Error = Infallible;
}

impl OutputPin for NoPin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let address = std::env::args().nth(1);
    let line = TcpStream::connect(address.ok_or("usage: battery HOST:PORT")?).await?;
    let host = Host::new("broker.example")?;
    let node = node::Node {
        broker: LinkConfig::new(host, 1883.try_into()?, ClientId::new("meter-7")?),
        topic: Topic::new("meter/7")?,
        every: Duration::from_secs(20),
    };
    let pins = node::Pins {
        reset: NoPin,
        wake: NoPin,
    };
    let reading = |payload: &mut [u8]| {
        let len = node::uptime(payload);
        println!("publishes {}", payload[..len].escape_ascii());
        len
    };
    match node::run(&node, FromTokio::new(line), |_| None, pins, reading).await? {}
}
