//! Payloads and topics that other stacks lose, cut or take for something else.

mod cases;
mod flood;

pub use cases::{CASES, Case};
pub use flood::{Figures, flood_client, flood_receiver};

/// Payloads with everything a line of AT commands is made of, all byte values and all borders of
/// length.
pub fn payloads() -> Vec<Vec<u8>> {
    let every_byte: Vec<u8> = (0..=255).collect();
    let mut payloads: Vec<Vec<u8>> = [
        &b""[..],
        b"x",
        b"\r\nOK\r\n",
        b"\r\nERROR\r\n",
        b"\r\n+CME ERROR: 8503\r\n",
        b"\r\n+QMTPUB: 0,1,0\r\n",
        b"\r\n+QMTSTAT: 0,1\r\n",
        b"\r\nRDY\r\n",
        b"\r\n> ",
        b">",
        b" > x",
        b"\"",
        b"\"\r\n\r\nOK\r\n",
        b"\"\"\"",
        b"say \"a\",\"b\",5,\"c\"",
        b"{\"temp\":21.5,\"unit\":\"C\",\"ok\":true}",
        b"\r\n+QMTRECV: 0,0,\"down\",3,\"abc\"\r\n",
        b"+QMTRECV: 0,1,\"down\",5,\"hello\"\r\n\r\n+QMTRECV: 0,2,\"down\",",
        b"AT+QMTCLOSE=0\r",
        b"\x1a",
        b"\x1bAT\r\x1a",
        b"  two blanks  ",
        "温度 21 °C".as_bytes(),
        &every_byte,
    ]
    .map(<[u8]>::to_vec)
    .into();
    for len in [255, 256, 1459, 1460] {
        payloads.push(every_byte.iter().copied().cycle().take(len).collect());
    }
    // The worst of all: nothing but result codes, as long as a message may be.
    payloads.push(b"\r\nOK\r\n".iter().copied().cycle().take(1460).collect());
    payloads
}
