//! The board, QEMU's lm3s6965evb: two PL011 UARTs, a millisecond tick, a way to sleep and ways to end.
//! What your HAL has; the only crate with `unsafe`.
#![no_std]

use core::fmt::Write;
use core::panic::PanicInfo;

use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
// The table of its interrupts.
use lm3s6965 as _;

#[cfg(feature = "async")]
mod buffered;
#[cfg(feature = "async")]
mod executor;
mod pl011;
mod tick;
mod uart;

#[cfg(feature = "async")]
pub use buffered::BufferedUart;
#[cfg(feature = "async")]
pub use executor::Executor;
pub use pl011::Fault;
pub use tick::{millis, start};
pub use uart::Uart;

/// Sleeps until the next interrupt, at most a millisecond.
pub fn sleep() {
    cortex_m::asm::wfi();
}

/// Ends the program, and QEMU with it: whether it has ended well is its exit status.
pub fn exit(is_well: bool) -> ! {
    debug::exit(if is_well { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {
        sleep();
    }
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Uart::log(), "{info}");
    exit(false)
}
