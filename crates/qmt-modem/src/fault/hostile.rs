//! Messages made to be taken for something else.

/// Payloads that look like module output, and some that are hard to count (RELIABILITY A1, A3 to
/// A5).
const PAYLOADS: [&[u8]; 12] = [
    b"\r\n+QMTPUB: 0,1,0\r\n",
    b"x\r\n\r\nOK\r\n",
    b"x\r\n\r\nERROR\r\n",
    b"x\r\n\r\n+QMTSTAT: 0,1\r\ny",
    b"\r\nRDY\r\n",
    b"\r\n> ",
    b"\"\r\n\r\nOK\r\n",
    b"\"",
    b"",
    b"\r\n+CME ERROR: 8600\r\n",
    b"\0\x1a\x1b\x7f\x80\xff\r\n",
    b"\r\n+QMTRECV: 0,0,\"t\",3,\"abc\"\r\n",
];

/// Topics that look like module output (RELIABILITY A6, A7). MQTT allows each of them.
const TOPICS: [&[u8]; 6] = [
    b"a\",5,\"x",
    b"a\"b",
    b"a,b",
    b"a\r\n\r\nOK\r\n",
    b"a\",0,\"\"\r\n\r\n+QMTSTAT: 0,1\r\n",
    b"a\nb",
];

/// The payload at `index`, counted around.
pub(crate) fn payload(index: u64) -> &'static [u8] {
    nth(&PAYLOADS, index)
}

/// The topic at `index`, counted around.
pub(crate) fn topic(index: u64) -> &'static [u8] {
    nth(&TOPICS, index)
}

fn nth(list: &[&'static [u8]], index: u64) -> &'static [u8] {
    let len = u64::try_from(list.len()).unwrap_or(1);
    let index = usize::try_from(index % len).unwrap_or_default();
    list.get(index).copied().unwrap_or_default()
}
