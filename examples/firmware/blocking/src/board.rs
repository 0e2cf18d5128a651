//! The board: two PL011 UARTs, a millisecond tick, a way to sleep and a way to end.

use core::convert::Infallible;
use core::fmt;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use qmt_hal_embedded::session::proto::Instant;

/// Clock of the processor after reset, in Hz.
const CLOCK: u32 = 12_000_000;

/// Registers of a PL011, in bytes from its base (ARM DDI 0183 §3.2).
mod register {
    pub(super) const DATA: usize = 0x00;
    pub(super) const FLAGS: usize = 0x18;
}

/// Receive FIFO empty, transmit FIFO full.
const RX_EMPTY: u32 = 1 << 4;
const TX_FULL: u32 = 1 << 5;

static MILLISECONDS: AtomicU32 = AtomicU32::new(0);

/// A UART that is polled.
pub(crate) struct Uart {
    base: usize,
}

impl Uart {
    /// UART0: the log.
    pub(crate) const LOG: Self = Self { base: 0x4000_C000 };
    /// UART1: the module.
    pub(crate) const MODULE: Self = Self { base: 0x4000_D000 };

    fn read_register(&self, offset: usize) -> u32 {
        // SAFETY: a register of a UART of this chip, always there, readable at any time.
        unsafe { ptr::read_volatile((self.base + offset) as *const u32) }
    }

    fn put(&mut self, byte: u8) {
        while self.read_register(register::FLAGS) & TX_FULL != 0 {}
        // SAFETY: as above; the data register takes a byte whenever the FIFO is not full.
        unsafe { ptr::write_volatile((self.base + register::DATA) as *mut u32, byte.into()) }
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.read_register(register::FLAGS) & RX_EMPTY == 0)
    }
}

impl Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let mut len = 0;
        for slot in buf {
            // Blocks for the first byte only.
            while !self.read_ready()? {
                if len > 0 {
                    return Ok(len);
                }
            }
            *slot = self.read_register(register::DATA) as u8;
            len += 1;
        }
        Ok(len)
    }
}

impl Write for Uart {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        for byte in buf {
            self.put(*byte);
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.put(byte));
        Ok(())
    }
}

/// Starts the tick.
pub(crate) fn start(mut tick: SYST) {
    tick.set_clock_source(SystClkSource::Core);
    tick.set_reload(CLOCK / 1_000 - 1);
    tick.clear_current();
    tick.enable_counter();
    tick.enable_interrupt();
}

/// Time since the start, for 49 days.
pub(crate) fn now() -> Instant {
    Instant::from_millis(MILLISECONDS.load(Ordering::Relaxed).into())
}

/// Sleeps until the next interrupt, at most a millisecond.
pub(crate) fn sleep() {
    cortex_m::asm::wfi();
}

#[exception]
fn SysTick() {
    MILLISECONDS.store(MILLISECONDS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}
