//! An executor that sleeps until the next interrupt.
//!
//! Embassy's own sleeps with WFE. QEMU goes on at once after that, with all the power of its host's
//! core; on a board take embassy's.

use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m::interrupt;
use embassy_executor::{Spawner, raw};

/// Whether a task was woken since the last look at all of them.
static WOKEN: AtomicBool = AtomicBool::new(false);

/// For `#[embassy_executor::main(executor = "..")]`.
pub struct Executor(raw::Executor);

impl Executor {
    /// The executor. One only: they would share who was woken.
    #[expect(
        clippy::new_without_default,
        reason = "there is one, and a macro calls this"
    )]
    pub fn new() -> Self {
        Self(raw::Executor::new(ptr::null_mut()))
    }

    /// Runs what `init` spawns, for ever.
    pub fn run(&'static mut self, init: impl FnOnce(Spawner)) -> ! {
        init(self.0.spawner());
        loop {
            // SAFETY: called here only, where no task is running.
            unsafe { self.0.poll() };
            // An interrupt between looking and sleeping is held back, and ends the sleep.
            interrupt::free(|_| {
                if !WOKEN.swap(false, Ordering::Relaxed) {
                    crate::sleep();
                }
            });
        }
    }
}

// SAFETY: embassy's name for it, which nobody else has.
#[unsafe(export_name = "__pender")]
fn woken(_: *mut ()) {
    WOKEN.store(true, Ordering::Relaxed);
}
