//! A battery node on an nRF52840 DK.
//!
//! | DK | module |
//! |---|---|
//! | P1.02, UARTE0 TX | RXD |
//! | P1.01, UARTE0 RX | TXD |
//! | P1.03, open-drain | RESET_N |
//! | P1.04, open-drain | PSM_EINT |
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use embassy_executor::Spawner;
use embassy_nrf::bind_interrupts;
use embassy_nrf::buffered_uarte::{BufferedUarte, Error, InterruptHandler};
use embassy_nrf::gpio::{Level, Output, OutputDrive};
use embassy_nrf::peripherals::UARTE0;
use embassy_nrf::uarte::{Baudrate, Config};
use embassy_time::Duration;
use qmt_hal_embedded::session::proto::{ClientId, Host, Topic};
use qmt_hal_embedded::session::{LineError, LinkConfig};

#[path = "../../../../crates/qmt-hal-embedded/examples/battery/node.rs"]
mod node;

bind_interrupts!(struct Irqs {
    UARTE0 => InterruptHandler<UARTE0>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let board = embassy_nrf::init(embassy_nrf::config::Config::default());
    let mut config = Config::default();
    // The module's own, until AT+IPR tells it another.
    config.baudrate = Baudrate::Baud9600;
    // The timer counts bytes; the UART starts it by itself.
    let (tx, rx) = (&mut [0; 256], &mut [0; 512]);
    let uart = BufferedUarte::new(
        board.UARTE0,
        board.TIMER1,
        board.PPI_CH0,
        board.PPI_CH1,
        board.PPI_GROUP0,
        board.P1_01,
        board.P1_02,
        Irqs,
        config,
        rx,
        tx,
    );
    let pins = node::Pins {
        reset: Output::new(board.P1_03, Level::High, OutputDrive::Standard0Disconnect1),
        wake: Output::new(board.P1_04, Level::High, OutputDrive::Standard0Disconnect1),
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

/// It tells of no other faults.
fn line_error(error: &Error) -> Option<LineError> {
    matches!(error, Error::Overrun).then_some(LineError::Overrun)
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
