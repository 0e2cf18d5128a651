//! Writes a recording.

use std::io::{self, Write};
use std::vec::Vec;

use crate::{Body, Header, OVERHEAD, Piece, Record, Redactor, Side, encode, encode_header};

/// Writes what passes over a line to a file, without the secrets in it.
#[derive(Debug)]
pub struct Recorder<W: Write> {
    out: W,
    redactor: Redactor,
    buf: Vec<u8>,
}

impl<W: Write> Recorder<W> {
    /// Begins a recording. Nothing of what `redactor` knows will be in it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, header: &Header<'_>, redactor: Redactor) -> io::Result<Self> {
        let mut recorder = Self {
            out,
            redactor,
            buf: Vec::new(),
        };
        recorder.room(header.title.len());
        let frame = encode_header(header, &mut recorder.buf).map_err(io::Error::other)?;
        recorder.out.write_all(frame)?;
        Ok(recorder)
    }

    /// Records that `from` sent `bytes`. The end of them may be held back until more have come:
    /// it may be the beginning of a secret.
    ///
    /// # Errors
    /// Those of the output; the recording may then end in a damaged frame.
    pub fn bytes(&mut self, at_us: u64, from: Side, bytes: &[u8]) -> io::Result<()> {
        let mut pieces = Vec::new();
        self.redactor.push(from, bytes, |piece| match piece {
            Piece::Shown(bytes) => pieces.push((bytes.to_vec(), 0)),
            Piece::Hidden(len) => pieces.push((Vec::new(), len)),
        });
        self.write_pieces(at_us, from, &pieces)
    }

    /// Records a remark.
    ///
    /// # Errors
    /// Those of the output.
    pub fn note(&mut self, at_us: u64, text: &str) -> io::Result<()> {
        let body = Body::Note(text);
        self.record(&Record { at_us, body }, text.len())
    }

    /// From now on `secret` is not recorded.
    pub fn hide(&mut self, secret: &[u8]) {
        self.redactor.hide(secret);
    }

    /// Records what was held back and hands the output over.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self, at_us: u64) -> io::Result<W> {
        for from in [Side::Host, Side::Module] {
            let held = self.redactor.take_held(from);
            self.write_pieces(at_us, from, &[(held, 0)])?;
        }
        self.out.flush()?;
        Ok(self.out)
    }

    /// Each piece is shown bytes, or the length of a secret.
    fn write_pieces(
        &mut self,
        at_us: u64,
        from: Side,
        pieces: &[(Vec<u8>, usize)],
    ) -> io::Result<()> {
        for (bytes, hidden) in pieces {
            let body = match hidden {
                0 if bytes.is_empty() => continue,
                0 => Body::Bytes { from, bytes },
                len => Body::Hidden {
                    from,
                    len: u32::try_from(*len).unwrap_or(u32::MAX),
                },
            };
            self.record(&Record { at_us, body }, bytes.len())?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>, len: usize) -> io::Result<()> {
        self.room(len);
        let frame = encode(record, &mut self.buf).map_err(io::Error::other)?;
        self.out.write_all(frame)
    }

    /// Makes room for a frame of `len` recorded bytes.
    fn room(&mut self, len: usize) {
        let needed = len + len / 254 + OVERHEAD + 16;
        if self.buf.len() < needed {
            self.buf.resize(needed, 0);
        }
    }
}
