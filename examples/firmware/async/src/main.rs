//! A node on embassy's executor, with interrupts. The log is on UART0, the module on UART1.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_time::with_deadline;
use firmware_board::{self as board, BufferedUart, Fault, Uart};
use firmware_dialogue::{Dialogue, Memory};
use qmt_hal_embedded::session::{Buffers, Client, ClientConfig, LineError};
use qmt_hal_embedded::{Driver, EmbassyClock};

#[embassy_executor::main(executor = "board::Executor", entry = "cortex_m_rt::entry")]
async fn main(_spawner: Spawner) {
    if let Some(core) = cortex_m::Peripherals::take() {
        board::start(core.SYST);
    }
    board::exit(run().await.is_some())
}

/// `None`: something has gone wrong. The log says what.
async fn run() -> Option<()> {
    let Memory {
        rx,
        tx,
        store,
        chunk,
    } = &mut Memory::new();
    let client = Client::new(ClientConfig::new(), Buffers { rx, tx }, store);
    let uart = BufferedUart::module();
    let mut driver = Driver::new(client, uart, EmbassyClock, chunk).line_errors(line_error);

    let mut dialogue = Dialogue::new(Uart::log());
    let now = driver.now();
    dialogue.start(driver.machine_mut(), now)?;
    loop {
        let now = driver.now();
        dialogue.step(driver.machine_mut(), now)?;
        if dialogue.is_over() {
            return Some(());
        }
        match dialogue.wake_at(now) {
            // Cancel-safe: what it was about to do, it does the next time.
            Some(at) => {
                let at = embassy_time::Instant::from_millis(at.as_millis());
                if let Ok(driven) = with_deadline(at, driver.drive()).await {
                    driven.ok()?;
                }
            }
            None => driver.drive().await.ok()?,
        }
    }
}

/// All its faults are of the line: the machine is told, and goes on.
fn line_error(fault: &Fault) -> Option<LineError> {
    Some(match fault {
        Fault::Framing => LineError::Framing,
        Fault::Break => LineError::Break,
        Fault::Overrun => LineError::Overrun,
    })
}
