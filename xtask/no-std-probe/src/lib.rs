//! Proof that the cores need neither std nor a heap: this library has none and still links them.
//!
//! With std in the tree its panic handler collides with ours; with alloc in the tree the build asks
//! for a global allocator. Each exported function calls into one crate, so that none is left out.

#![no_std]

use core::{hint::black_box, panic::PanicInfo};

use leak as _;
use qmt_hal_embedded as _;
use qmt_proto::{Expect, Response, ResponseDialect};
use qmt_session as _;

/// Cuts a line, one byte of which the optimizer cannot know.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "C" fn probe_at_syntax(byte: u8) -> usize {
    let stream = [b'\r', b'\n', byte, b'K', b'\r', b'\n'];
    let cut = at_syntax::Framer::responses().next_frame(&stream, &at_syntax::NoDialect);
    black_box(cut).used
}

/// Cuts a received message and understands it.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "C" fn probe_qmt_proto(byte: u8) -> bool {
    let mut stream = *b"+QMTRECV: 0,1,\"t\",1,\"x\"\r\n";
    stream[21] = byte;
    let dialect = ResponseDialect::default();
    let cut = at_syntax::Framer::responses().next_frame(&stream, &dialect);
    cut.frame
        .map(|frame| Response::parse(frame, Expect::Nothing))
        .is_some_and(|response| matches!(black_box(response), Response::Report(_)))
}

#[panic_handler]
fn halt(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
