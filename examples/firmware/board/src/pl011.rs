//! A PL011, register by register (ARM DDI 0183 §3).

use core::fmt;
use core::ptr;

use embedded_io::ErrorKind;

/// Clock of the chip after reset, in Hz.
pub(crate) const CLOCK: u32 = 12_000_000;
/// Bytes a second, times ten.
const BAUD: u32 = 115_200;

/// Registers, in bytes from the base.
const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const BAUD_WHOLE: usize = 0x24;
const BAUD_64TH: usize = 0x28;
const LINE_CONTROL: usize = 0x2c;
const CONTROL: usize = 0x30;
#[cfg(feature = "async")]
const INTERRUPT_MASK: usize = 0x38;
#[cfg(feature = "async")]
const INTERRUPT_CLEAR: usize = 0x44;

/// Of `FLAGS`: receive FIFO empty, transmit FIFO full.
const RX_EMPTY: u32 = 1 << 4;
const TX_FULL: u32 = 1 << 5;
/// Of `LINE_CONTROL`: eight bits, FIFOs on.
const EIGHT_BITS_FIFOS: u32 = 0b111 << 4;
/// Of `CONTROL`: the UART, its transmitter and its receiver are on.
const ON: u32 = 1 | 1 << 8 | 1 << 9;
/// Of the interrupt registers: bytes have come, few bytes have come and no more, there is room.
#[cfg(feature = "async")]
const RX: u32 = 1 << 4 | 1 << 6;
#[cfg(feature = "async")]
const TX: u32 = 1 << 5;

/// What is wrong with a byte, or with those before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// A stop bit was missing.
    Framing,
    /// The line was held low.
    Break,
    /// Bytes were lost.
    Overrun,
}

/// One UART of the chip.
#[derive(Clone, Copy)]
pub(crate) struct Pl011 {
    base: usize,
}

impl Pl011 {
    /// UART0: the log.
    pub(crate) const LOG: Self = Self { base: 0x4000_C000 };
    /// UART1: the module.
    pub(crate) const MODULE: Self = Self { base: 0x4000_D000 };

    /// Switches it on, 8N1. A real chip wants its clock and its pins switched on before.
    pub(crate) fn start(self) {
        let divisor = (CLOCK * 4 + BAUD / 2) / BAUD;
        self.store(CONTROL, 0);
        self.store(BAUD_WHOLE, divisor / 64);
        self.store(BAUD_64TH, divisor % 64);
        self.store(LINE_CONTROL, EIGHT_BITS_FIFOS);
        self.store(CONTROL, ON);
    }

    pub(crate) fn has_byte(self) -> bool {
        self.load(FLAGS) & RX_EMPTY == 0
    }

    pub(crate) fn has_room(self) -> bool {
        self.load(FLAGS) & TX_FULL == 0
    }

    /// The next byte, of those that there are.
    pub(crate) fn get(self) -> Result<u8, Fault> {
        let data = self.load(DATA);
        match data >> 8 & 0b1111 {
            0 => Ok(data as u8),
            error if error & 0b1000 != 0 => Err(Fault::Overrun),
            error if error & 0b0100 != 0 => Err(Fault::Break),
            _ => Err(Fault::Framing),
        }
    }

    /// Adds a byte, where there is room.
    pub(crate) fn put(self, byte: u8) {
        self.store(DATA, byte.into());
    }

    /// Which of the two interrupts are wanted.
    #[cfg(feature = "async")]
    pub(crate) fn set_interrupts(self, rx: bool, tx: bool) {
        let mask = if rx { RX } else { 0 } | if tx { TX } else { 0 };
        self.store(INTERRUPT_MASK, mask);
    }

    /// Forgets that there was room. That bytes have come is forgotten when they are taken.
    #[cfg(feature = "async")]
    pub(crate) fn clear_tx_interrupt(self) {
        self.store(INTERRUPT_CLEAR, TX);
    }

    fn load(self, register: usize) -> u32 {
        // SAFETY: a register of a UART of this chip, always there, readable at any time.
        unsafe { ptr::read_volatile((self.base + register) as *const u32) }
    }

    fn store(self, register: usize, value: u32) {
        // SAFETY: as above, and none of them lets the UART touch memory.
        unsafe { ptr::write_volatile((self.base + register) as *mut u32, value) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Framing => "a stop bit was missing",
            Self::Break => "the line was held low",
            Self::Overrun => "bytes were lost",
        })
    }
}

impl core::error::Error for Fault {}

impl embedded_io::Error for Fault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}
