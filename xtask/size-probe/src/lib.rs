//! The harness: gives a receiver the lines of a workload in pieces, and prints what it took.
//!
//! One line for each case, `case <workload> <delivery> <ticks> <sum>`, and before them
//! `calibration <ticks>` for a loop of known length and `stack <bytes>` after them. No `core::fmt`:
//! it would be half of what is measured.
#![no_std]

use core::arch::asm;
use core::convert::Infallible;
use core::hint::black_box;
use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio;
use qmt_benches::{Event, Receiver};
use qmt_proto::Instant;

/// A workload: its bytes, and where each message ends, in 32-bit numbers, low byte first.
struct Load {
    name: &'static str,
    bytes: &'static [u8],
    ends: &'static [u8],
}

/// Begins where a word does: what a copy takes depends on where it reads, and that must be the same
/// in every program.
#[repr(align(8))]
struct Aligned<T>(T);

macro_rules! load {
    ($name:literal) => {
        Load {
            name: $name,
            bytes: &Aligned(*include_bytes!(concat!(env!("QMT_EXCERPTS"), "/", $name))).0,
            ends: include_bytes!(concat!(env!("QMT_EXCERPTS"), "/", $name, ".ends")),
        }
    };
}

static LOADS: [Load; 3] = [load!("w1"), load!("w2"), load!("w3")];

/// Sizes of pieces; 0 is a message at a time.
const DELIVERIES: [usize; 4] = [0, 64, 7, 1];

/// Turns of the loop that calibrates, of two instructions each.
const TURNS: u32 = 2_000_000;
/// What unused stack is filled with.
const PAINT: u32 = 0xA5C3_3C5A;
/// Bytes below the stack pointer that are not painted: the painter's own.
const MARGIN: usize = 64;

/// Times the 24-bit tick has begun again.
static WRAPS: AtomicU32 = AtomicU32::new(0);

/// Measures what `new` makes, prints it and ends.
pub fn measure<R: Receiver>(new: impl Fn() -> R) -> ! {
    let Some(mut core) = cortex_m::Peripherals::take() else {
        end(false)
    };
    start(&mut core.SYST);
    let ticks = time(|| spin(TURNS));
    print(&[b"calibration "]);
    print_number(ticks);
    print(&[b"\n"]);
    let mut deepest = 0;
    for load in &LOADS {
        for size in DELIVERIES {
            paint();
            let mut receiver = new();
            // The first pass is not counted: it ends what the receiver does once.
            let mut sum = pass(&mut receiver, load, size);
            let ticks = time(|| sum = sum.wrapping_add(pass(&mut receiver, load, size)));
            deepest = deepest.max(depth());
            print(&[b"case ", load.name.as_bytes(), b" "]);
            print_number(size as u64);
            print(&[b" "]);
            print_number(ticks);
            print(&[b" "]);
            print_number(sum & 0xffff_ffff);
            print(&[b"\n"]);
        }
    }
    print_stack(deepest);
    end(true)
}

/// Feeds everything once.
#[inline(never)]
fn pass(receiver: &mut impl Receiver, load: &Load, size: usize) -> u64 {
    let mut sum = 0_u64;
    let mut ends = load.ends.as_chunks().0.iter();
    let mut rest = load.bytes;
    while !rest.is_empty() {
        let len = match size {
            0 => {
                let end = ends
                    .next()
                    .map_or(0, |end| u32::from_le_bytes(*end) as usize);
                end.saturating_sub(load.bytes.len() - rest.len())
            }
            size => size.min(rest.len()),
        };
        let Some((piece, later)) = rest.split_at_checked(len) else {
            end(false)
        };
        receiver.feed(piece, &mut |event: Event<'_>| {
            sum = sum.wrapping_add(event.touch())
        });
        rest = later;
    }
    black_box(sum)
}

fn start(tick: &mut SYST) {
    tick.set_clock_source(SystClkSource::Core);
    tick.set_reload(0x00ff_ffff);
    tick.clear_current();
    tick.enable_counter();
    // It starts at 0, which would count as the end of a turn.
    while SYST::get_current() == 0 {}
    tick.enable_interrupt();
}

/// Ticks that `work` takes.
fn time(work: impl FnOnce()) -> u64 {
    let before = now();
    work();
    now() - before
}

fn now() -> u64 {
    loop {
        let wraps = WRAPS.load(Ordering::Relaxed);
        let tick = 0x00ff_ffff - SYST::get_current();
        if WRAPS.load(Ordering::Relaxed) == wraps {
            return u64::from(wraps) << 24 | u64::from(tick);
        }
    }
}

#[exception]
fn SysTick() {
    WRAPS.store(WRAPS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// Two instructions a turn.
#[inline(never)]
fn spin(turns: u32) {
    // SAFETY: counts a register down and touches nothing else.
    unsafe {
        asm!("2: subs {0}, {0}, #1", "bne 2b", inout(reg) turns => _, options(nomem, nostack));
    }
}

/// A UART that is ready whenever it is asked: what the driver costs, and not what a HAL costs.
pub struct Uart;

/// Its data register.
const DATA: *mut u32 = 0x4000_5000 as *mut u32;

impl embedded_io::ErrorType for Uart {
    type Error = Infallible;
}

impl embedded_io::ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(true)
    }
}

impl embedded_io::Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        for slot in &mut *buf {
            // SAFETY: the data register of a UART of QEMU's boards.
            *slot = unsafe { ptr::read_volatile(DATA) as u8 };
        }
        Ok(buf.len())
    }
}

impl embedded_io::Write for Uart {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        for byte in buf {
            // SAFETY: as above.
            unsafe { ptr::write_volatile(DATA, (*byte).into()) };
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Time since the start, in ticks that the driver takes for milliseconds.
pub fn time_now() -> Instant {
    Instant::from_millis(now())
}

/// The free end of the stack: behind everything static.
fn stack_end() -> *mut u32 {
    unsafe extern "C" {
        static mut __sheap: u32;
    }
    &raw mut __sheap
}

/// An address near the end of the stack in use.
#[inline(never)]
fn stack_pointer() -> usize {
    let mut here = 0_u32;
    black_box(&raw mut here).addr()
}

/// Fills the free stack.
#[inline(never)]
pub fn paint() {
    let here = stack_pointer() - MARGIN;
    let mut at = stack_end();
    while at.addr() < here {
        // SAFETY: between the statics and the stack in use, nobody's memory.
        unsafe {
            ptr::write_volatile(at, PAINT);
            at = at.add(1);
        }
    }
}

/// Bytes of stack below the caller that have lost their paint.
#[inline(never)]
pub fn depth() -> usize {
    let here = stack_pointer();
    let mut at = stack_end();
    // SAFETY: as in `paint`.
    while at.addr() < here && unsafe { ptr::read_volatile(at) } == PAINT {
        at = unsafe { at.add(1) };
    }
    here - at.addr()
}

/// Prints what is found last.
pub fn print_stack(bytes: usize) {
    print(&[b"stack "]);
    print_number(bytes as u64);
    print(&[b"\n"]);
}

fn print(parts: &[&[u8]]) {
    if let Ok(mut out) = hio::hstdout() {
        for part in parts {
            let _ = out.write_all(part);
        }
    }
}

fn print_number(mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut from = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        from = at;
        if number == 0 {
            break;
        }
    }
    print(&[digits.get(from..).unwrap_or_default()]);
}

/// Ends the program.
pub fn end(well: bool) -> ! {
    debug::exit(if well { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    end(false)
}
