//! Proof that the cores need neither std nor a heap: this library has none and still links them.
//!
//! With std in the tree its panic handler collides with ours; with alloc in the tree the build asks
//! for a global allocator. Each exported function calls into one crate, so that none is left out.

#![no_std]

use core::{hint::black_box, panic::PanicInfo};

use leak as _;
use qmt_hal_embedded::blocking::Driver;
use qmt_proto::{Expect, Instant, Response, ResponseDialect, limits};
use qmt_session::{Buffers, Client, ClientConfig, Machine};
use qmt_trace::{Body, Record, Side};

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

/// Brings a client up on a line that says nothing but one byte.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "C" fn probe_qmt_session(byte: u8) -> usize {
    let (mut rx, mut tx, mut store) = memory();
    let mut client = client(&mut rx, &mut tx, &mut store);
    let taken = client.handle_input(Instant::ZERO, &[byte]);
    while let Some(event) = client.poll_event() {
        black_box(event);
    }
    taken + client.poll_transmit().len() + usize::from(client.poll_timeout().is_some())
}

/// The same through the blocking driver.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "C" fn probe_qmt_hal_embedded(byte: u8) -> bool {
    let (mut rx, mut tx, mut store) = memory();
    let client = client(&mut rx, &mut tx, &mut store);
    let mut chunk = [0; 16];
    let mut driver = Driver::new(client, Port(byte), Instant::ZERO, &mut chunk);
    black_box(driver.poll(Instant::ZERO)).is_ok()
}

/// Records a byte and reads it back.
// SAFETY: the name is unique in this library.
#[unsafe(no_mangle)]
pub extern "C" fn probe_qmt_trace(byte: u8) -> bool {
    let body = Body::Bytes {
        from: Side::Module,
        bytes: &[byte],
    };
    let record = Record { at_us: 0, body };
    let mut buf = [0; 32];
    qmt_trace::encode(&record, &mut buf).is_ok() && qmt_trace::decode(&mut buf) == Ok(record)
}

type Memory = (
    [u8; limits::TEXT_FRAME],
    [u8; limits::TEXT_FRAME],
    [u8; 512],
);

const fn memory() -> Memory {
    ([0; limits::TEXT_FRAME], [0; limits::TEXT_FRAME], [0; 512])
}

fn client<'buf>(rx: &'buf mut [u8], tx: &'buf mut [u8], store: &'buf mut [u8]) -> Client<'buf> {
    Client::new(ClientConfig::new(), Buffers { rx, tx }, store)
}

/// A serial port that always has the same byte.
struct Port(u8);

impl embedded_io::ErrorType for Port {
    type Error = core::convert::Infallible;
}

impl embedded_io::Read for Port {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        buf.fill(self.0);
        Ok(buf.len())
    }
}

impl embedded_io::ReadReady for Port {
    fn read_ready(&mut self) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

impl embedded_io::Write for Port {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[panic_handler]
fn halt(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
