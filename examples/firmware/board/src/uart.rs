//! A UART that is polled.

use core::fmt;

use embedded_io::{ErrorType, Read, ReadReady, Write};

use crate::pl011::{Fault, Pl011};

/// A UART without interrupts: what it cannot do at once it waits for.
pub struct Uart(Pl011);

impl Uart {
    /// UART0, for the log.
    pub fn log() -> Self {
        Self::start(Pl011::LOG)
    }

    /// UART1, where the module is.
    pub fn module() -> Self {
        Self::start(Pl011::MODULE)
    }

    fn start(registers: Pl011) -> Self {
        registers.start();
        Self(registers)
    }

    fn put(&mut self, byte: u8) {
        while !self.0.has_room() {}
        self.0.put(byte);
    }
}

impl ErrorType for Uart {
    type Error = Fault;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Fault> {
        Ok(self.0.has_byte())
    }
}

impl Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        let [first, ..] = buf else {
            return Ok(0);
        };
        while !self.0.has_byte() {}
        // One at a time, so that a fault has its place among the bytes.
        *first = self.0.get()?;
        Ok(1)
    }
}

impl Write for Uart {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Fault> {
        buf.iter().for_each(|byte| self.put(*byte));
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.put(byte));
        Ok(())
    }
}
