//! A battery node on an STM32, here the L476 of a Nucleo-64.
//!
//! | Nucleo | module |
//! |---|---|
//! | PA9, USART1 TX | RXD |
//! | PA10, USART1 RX | TXD |
//! | PA8, open-drain | RESET_N |
//! | PB10, open-drain | PSM_EINT |
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use embassy_executor::Spawner;
use embassy_stm32::bind_interrupts;
use embassy_stm32::gpio::{Level, OutputOpenDrain, Speed};
use embassy_stm32::peripherals::USART1;
use embassy_stm32::usart::{BufferedInterruptHandler, BufferedUart, Config, Error};
use embassy_time::Duration;
use qmt_hal_embedded::session::proto::{ClientId, Host, Topic};
use qmt_hal_embedded::session::{LineError, LinkConfig};

#[path = "../../../../crates/qmt-hal-embedded/examples/battery/node.rs"]
mod node;

bind_interrupts!(struct Irqs {
    USART1 => BufferedInterruptHandler<USART1>;
});

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let board = embassy_stm32::init(embassy_stm32::Config::default());
    let mut config = Config::default();
    // The module's own, until AT+IPR tells it another.
    config.baudrate = 9_600;
    let (tx, rx) = (&mut [0; 256], &mut [0; 512]);
    let uart = BufferedUart::new(board.USART1, board.PA10, board.PA9, tx, rx, Irqs, config);
    let pins = node::Pins {
        reset: OutputOpenDrain::new(board.PA8, Level::High, Speed::Low),
        wake: OutputOpenDrain::new(board.PB10, Level::High, Speed::Low),
    };
    if let (Some(node), Ok(uart)) = (meter(), uart) {
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
        Error::Framing | Error::Noise => LineError::Framing,
        Error::Parity => LineError::Parity,
        _ => LineError::Overrun,
    })
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
