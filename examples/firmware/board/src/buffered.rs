//! The module's UART with interrupts, between two buffers.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;

use cortex_m::peripheral::NVIC;
use critical_section::Mutex;
use embassy_sync::waitqueue::WakerRegistration;
use embedded_io_async::{ErrorType, Read, Write};
use heapless::Deque;
use lm3s6965::{Interrupt, interrupt};

use crate::pl011::{Fault, Pl011};

/// Bytes in the UART's own buffers.
const FIFO: usize = 16;

static SHARED: Mutex<RefCell<Shared>> = Mutex::new(RefCell::new(Shared {
    received: Deque::new(),
    fault: None,
    to_send: Deque::new(),
    reader: WakerRegistration::new(),
    writer: WakerRegistration::new(),
}));

/// What the interrupt and the task share.
struct Shared {
    /// As much as comes while a write waits.
    received: Deque<u8, 512>,
    /// Comes after all of `received`; until it is told nothing more is taken.
    fault: Option<Fault>,
    to_send: Deque<u8, 256>,
    reader: WakerRegistration,
    writer: WakerRegistration,
}

impl Shared {
    /// Moves bytes between the buffers and the UART, and asks for the interrupts that are of use.
    fn serve(&mut self) {
        let uart = Pl011::MODULE;
        while self.takes_more() && uart.has_byte() {
            match uart.get() {
                // There is room.
                Ok(byte) => drop(self.received.push_back(byte)),
                Err(fault) => self.fault = Some(fault),
            }
        }
        uart.clear_tx_interrupt();
        for _ in 0..FIFO {
            if !uart.has_room() {
                break;
            }
            let Some(byte) = self.to_send.pop_front() else {
                break;
            };
            uart.put(byte);
        }
        uart.set_interrupts(self.takes_more(), !self.to_send.is_empty());
        if !self.received.is_empty() || self.fault.is_some() {
            self.reader.wake();
        }
        if !self.to_send.is_full() {
            self.writer.wake();
        }
    }

    fn takes_more(&self) -> bool {
        self.fault.is_none() && !self.received.is_full()
    }
}

#[interrupt]
fn UART1() {
    critical_section::with(|cs| SHARED.borrow_ref_mut(cs).serve());
}

/// UART1, where the module is. Reading and writing are cancel-safe: a byte is in a buffer or with you.
pub struct BufferedUart(());

impl BufferedUart {
    /// Switches it on. One at a time: two would take each other's bytes.
    pub fn module() -> Self {
        Pl011::MODULE.start();
        critical_section::with(|cs| SHARED.borrow_ref_mut(cs).serve());
        // SAFETY: nothing relies on this interrupt being off.
        unsafe { NVIC::unmask(Interrupt::UART1) };
        Self(())
    }
}

impl ErrorType for BufferedUart {
    type Error = Fault;
}

impl Read for BufferedUart {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        poll_fn(|cx| {
            critical_section::with(|cs| {
                let shared = &mut *SHARED.borrow_ref_mut(cs);
                let mut len = 0;
                for slot in &mut *buf {
                    let Some(byte) = shared.received.pop_front() else {
                        break;
                    };
                    *slot = byte;
                    len += 1;
                }
                let read = match len {
                    0 => shared.fault.take().map(Err),
                    _ => Some(Ok(len)),
                };
                match read {
                    Some(read) => {
                        shared.serve();
                        Poll::Ready(read)
                    }
                    None => {
                        shared.reader.register(cx.waker());
                        Poll::Pending
                    }
                }
            })
        })
        .await
    }
}

impl Write for BufferedUart {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Fault> {
        poll_fn(|cx| {
            critical_section::with(|cs| {
                let shared = &mut *SHARED.borrow_ref_mut(cs);
                let all = buf.iter();
                let len = all
                    .take_while(|byte| shared.to_send.push_back(**byte).is_ok())
                    .count();
                if len == 0 && !buf.is_empty() {
                    shared.writer.register(cx.waker());
                    return Poll::Pending;
                }
                shared.serve();
                Poll::Ready(Ok(len))
            })
        })
        .await
    }

    /// Until the UART has everything, which sends it by itself.
    async fn flush(&mut self) -> Result<(), Fault> {
        poll_fn(|cx| {
            critical_section::with(|cs| {
                let shared = &mut *SHARED.borrow_ref_mut(cs);
                if shared.to_send.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                shared.writer.register(cx.waker());
                Poll::Pending
            })
        })
        .await
    }
}
