//! A battery node on a Raspberry Pi Pico, or with the feature `rp2350` on a Pico 2.
//!
//! | Pico | module |
//! |---|---|
//! | GP4, UART1 TX | RXD |
//! | GP5, UART1 RX | TXD |
//! | GP6, open-drain | RESET_N |
//! | GP7, open-drain | PSM_EINT |
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::gpio::{Level, OutputOpenDrain};
use embassy_rp::peripherals::UART1;
use embassy_rp::uart::{BufferedInterruptHandler, BufferedUart, Config, Error};
use embassy_time::Duration;
use qmt_hal_embedded::session::proto::{ClientId, Host, Topic};
use qmt_hal_embedded::session::{LineError, LinkConfig};

#[path = "../../../../crates/qmt-hal-embedded/examples/battery/node.rs"]
mod node;

bind_interrupts!(struct Irqs {
    UART1_IRQ => BufferedInterruptHandler<UART1>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let board = embassy_rp::init(embassy_rp::config::Config::default());
    let mut config = Config::default();
    // The module's own, until AT+IPR tells it another.
    config.baudrate = 9_600;
    let (tx, rx) = (&mut [0; 256], &mut [0; 512]);
    let uart = BufferedUart::new(board.UART1, board.PIN_4, board.PIN_5, Irqs, tx, rx, config);
    let pins = node::Pins {
        reset: OutputOpenDrain::new(board.PIN_6, Level::High),
        wake: OutputOpenDrain::new(board.PIN_7, Level::High),
    };
    if let Some(node) = meter() {
        let _ = node::run(&node, uart, line_error, pins, node::uptime).await;
    }
    SCB::sys_reset();
}

fn meter() -> Option<node::Node<'static>> {
    let (host, id) = (Host::new("broker.example"), ClientId::new("meter-7"));
    let port = 1883.try_into().ok()?;
    Some(node::Node {
        broker: LinkConfig::new(host.ok()?, port, id.ok()?),
        topic: Topic::new("meter/7").ok()?,
        every: Duration::from_secs(600),
    })
}

fn line_error(error: &Error) -> Option<LineError> {
    Some(match error {
        Error::Break => LineError::Break,
        Error::Parity => LineError::Parity,
        Error::Framing => LineError::Framing,
        _ => LineError::Overrun,
    })
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
