//! The work of the framer is linear, counted in bytes it may look at.

use super::*;

/// As [`Toy`], with room for data of any length.
struct Wide;

impl Dialect for Wide {
    fn data_lines(&self) -> &[DataLayout] {
        const LINES: [DataLayout; 2] = data_lines(1 << 20);
        &LINES
    }

    fn coding(&self, plain: &Plain<'_>) -> Coding {
        Toy { prompt: false }.coding(plain)
    }
}

/// Bytes looked at when `stream` arrives byte by byte: with every call, at most those from
/// `scanned` on, and none before as many have come as are `needed`.
fn visits<D: Direction>(mut framer: Framer<D>, stream: &[u8]) -> usize {
    let (mut from, mut visits) = (0, 0);
    for to in 1..=stream.len() {
        loop {
            assert!(framer.scanned <= to - from, "never ahead of the stream");
            let unseen = if to - from < framer.needed {
                0
            } else {
                to - from - framer.scanned
            };
            visits += unseen.max(1);
            let cut = framer.next_frame(&stream[from..to], &Wide);
            from += cut.used;
            if cut.frame.is_none() {
                break;
            }
        }
    }
    visits
}

#[test]
fn no_byte_is_looked_at_more_than_four_times() {
    const LEN: usize = 64 * 1024;
    let heads: [&[u8]; 16] = [
        b"",
        b"+",
        b"AT+",
        b"+RECV",
        b"+RECV:",
        b"+RECV: 0,0,\"",
        b"+RECV: 0,0,\"t\",",
        b"+RECV: 0,0,\"t\",\"",
        b"+RECV: 0,0,\"t\",60000,",
        b"+RECV: 0,0,\"t\",60000,\"",
        b"+RECV: 1,0,\"t\",30000,\"",
        b"+RECV: 2,0,\"t\",0,\"",
        b"AT+PUB=0,0,\"",
        b"AT+PUB=0,0,\"t\",",
        b"AT+PUB=0,0,\"t\",60000,\"",
        b"+X: ",
    ];
    let fillers: [&[u8]; 14] = [
        b" ",
        b"\"",
        b"7",
        b"\r",
        b"\n",
        b"\r\n",
        b">",
        b"\"\r",
        b"\"\r\r\n",
        b"\",",
        b"+RECV: 0,0,\"",
        b"+RECV: 0,0,\"t\",2,\"hi\"\r\n",
        b"AT+PUB=0,0,\"t\",2,\"hi\"\r",
        b"+A:\r\n",
    ];
    for head in heads {
        for filler in fillers {
            let stream: Vec<u8> = head
                .iter()
                .chain(filler.iter().cycle())
                .copied()
                .take(LEN / 16)
                .collect();
            for visits in [
                visits(Framer::responses(), &stream),
                visits(Framer::requests(), &stream),
            ] {
                assert!(
                    visits <= 4 * stream.len() + 64,
                    "{visits} visits: {head:?}, then {filler:?}"
                );
            }
        }
    }
    // The worst of each kind at full length, so that a hidden square would show.
    for (head, filler) in [(4, 0), (5, 1), (6, 2), (0, 10), (7, 4), (9, 0)] {
        let stream: Vec<u8> = heads[head]
            .iter()
            .chain(fillers[filler].iter().cycle())
            .copied()
            .take(LEN)
            .collect();
        let visits = visits(Framer::responses(), &stream);
        assert!(visits <= 4 * LEN + 64, "{visits} visits");
    }
}

#[test]
fn counted_text_costs_nothing_when_it_arrives_at_once() {
    let mut stream = b"+RECV: 0,0,\"t\",60000,\"".to_vec();
    let head = stream.len();
    stream.resize(head + 59_999, b'\n');
    let mut framer = Framer::responses();
    assert_eq!(framer.next_frame(&stream, &Wide).frame, None);
    assert_eq!(framer.scanned, stream.len());
    stream.extend_from_slice(b"\n\"\r");
    assert_eq!(framer.next_frame(&stream, &Wide).frame, None);
    assert_eq!(framer.scanned, stream.len() - 2);
    stream.push(b'\n');
    let cut = framer.next_frame(&stream, &Wide);
    assert!(matches!(cut.frame, Some(Frame::Data(data)) if data.data.len() == 60_000));
    assert_eq!((cut.used, framer.scanned), (stream.len(), 0));
}
