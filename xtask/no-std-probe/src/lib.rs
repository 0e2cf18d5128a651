//! Proof that the cores need neither std nor a heap: this library has none and still links them.
//!
//! With std in the tree its panic handler collides with ours; with alloc in the tree the build asks
//! for a global allocator. Each exported function calls into one crate, so that none is left out.

#![no_std]

use core::{hint::black_box, panic::PanicInfo};

use leak as _;
use qmt_hal_embedded as _;
use qmt_proto as _;
use qmt_session as _;

/// Frames two lines, one byte of which the optimizer cannot know.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "C" fn probe_at_syntax(byte: u8) -> usize {
    let stream = [b'\r', b'\n', byte, b'K', b'\r', b'\n'];
    let mut framer = at_syntax::Framer::responses();
    let cut = framer.next_frame(&stream, &at_syntax::NoDialect);
    size_of_val(&black_box(cut))
}

#[panic_handler]
fn halt(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
