//! A node without an executor, in a loop of its own. The log is on UART0, the module on UART1.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware_board::{self as board, Fault, Uart};
use firmware_dialogue::{Dialogue, Memory};
use qmt_hal_embedded::blocking::Driver;
use qmt_hal_embedded::session::proto::Instant;
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, LineError};

#[entry]
fn main() -> ! {
    if let Some(core) = cortex_m::Peripherals::take() {
        board::start(core.SYST);
    }
    board::exit(run().is_some())
}

/// `None`: something has gone wrong. The log says what.
fn run() -> Option<()> {
    let Memory {
        rx,
        tx,
        store,
        chunk,
    } = &mut Memory::new();
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, store);
    let mut driver = Driver::new(client, Uart::module(), now(), chunk).line_errors(line_error);

    let mut dialogue = Dialogue::new(Uart::log());
    dialogue.start(driver.machine_mut(), now())?;
    loop {
        dialogue.step(driver.machine_mut(), now())?;
        if dialogue.is_over() {
            return Some(());
        }
        if !driver.poll(now()).ok()? {
            board::sleep();
        }
    }
}

fn now() -> Instant {
    Instant::from_millis(board::millis())
}

/// All its faults are of the line: the machine is told, and goes on.
fn line_error(fault: &Fault) -> Option<LineError> {
    Some(match fault {
        Fault::Framing => LineError::Framing,
        Fault::Break => LineError::Break,
        Fault::Overrun => LineError::Overrun,
    })
}
