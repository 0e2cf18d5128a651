//! Time, in steps of a millisecond, and for embassy-time its driver.

use core::cell::Cell;

use cortex_m::interrupt::{self, Mutex};
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

use crate::pl011::CLOCK;

static MILLIS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

/// Starts the tick.
pub fn start(mut tick: SYST) {
    tick.set_clock_source(SystClkSource::Core);
    tick.set_reload(CLOCK / 1_000 - 1);
    tick.clear_current();
    tick.enable_counter();
    tick.enable_interrupt();
}

/// Milliseconds since the start.
pub fn millis() -> u64 {
    interrupt::free(|cs| MILLIS.borrow(cs).get())
}

#[exception]
fn SysTick() {
    interrupt::free(|cs| {
        let millis = MILLIS.borrow(cs);
        millis.set(millis.get() + 1);
    });
    #[cfg(feature = "async")]
    embassy::wake();
}

#[cfg(feature = "async")]
mod embassy {
    use core::cell::RefCell;
    use core::task::Waker;

    use critical_section::Mutex;
    use embassy_time_driver::Driver;
    use embassy_time_queue_utils::Queue;

    use super::millis;

    struct Tick {
        sleepers: Mutex<RefCell<Queue>>,
    }

    embassy_time_driver::time_driver_impl!(static TICK: Tick = Tick {
        sleepers: Mutex::new(RefCell::new(Queue::new())),
    });

    impl Driver for Tick {
        fn now(&self) -> u64 {
            millis()
        }

        fn schedule_wake(&self, at: u64, waker: &Waker) {
            // No alarm to set: every tick looks whether somebody is due.
            critical_section::with(|cs| {
                self.sleepers.borrow_ref_mut(cs).schedule_wake(at, waker);
            });
        }
    }

    /// Wakes those that are due.
    pub(super) fn wake() {
        critical_section::with(|cs| {
            TICK.sleepers.borrow_ref_mut(cs).next_expiration(millis());
        });
    }
}
