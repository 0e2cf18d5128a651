//! What passes on the line, for the logs of the features `log` and `defmt`. Without them it is empty.

/// Logs both directions at level debug, in pieces as they come, cut at line ends. For secrets it has `***`.
#[derive(Default)]
pub(crate) struct Transcript {
    #[cfg(any(feature = "defmt", feature = "log"))]
    sent: Mask,
    #[cfg(any(feature = "defmt", feature = "log"))]
    received: Mask,
}

#[cfg(any(feature = "defmt", feature = "log"))]
impl Transcript {
    /// The line has taken these.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        self.sent.pieces(bytes, |piece| say(">", piece));
    }

    /// The machine has taken these.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        self.received.pieces(bytes, |piece| say("<", piece));
    }
}

#[cfg(not(any(feature = "defmt", feature = "log")))]
impl Transcript {
    pub(crate) const fn sent(&mut self, _: &[u8]) {}

    pub(crate) const fn received(&mut self, _: &[u8]) {}
}

#[cfg(any(feature = "defmt", feature = "log"))]
fn say(direction: &str, piece: Option<&[u8]>) {
    let piece = piece.unwrap_or(b"***");
    #[cfg(feature = "log")]
    log::debug!("{direction} {}", piece.escape_ascii());
    #[cfg(feature = "defmt")]
    defmt::debug!("{=str} {=[u8]:a}", direction, piece);
}

/// Where in a line it is, so that a secret is known wherever the line was cut.
#[cfg(any(test, feature = "defmt", feature = "log"))]
#[derive(Clone, Copy, Default)]
struct Mask {
    /// The first bytes of the line, in capitals.
    head: [u8; 20],
    len: usize,
    /// Commas outside quotes so far.
    commas: u8,
    quoted: bool,
}

#[cfg(any(test, feature = "defmt", feature = "log"))]
impl Mask {
    /// Gives `bytes` in pieces, `None` for a secret.
    fn pieces(&mut self, bytes: &[u8], mut say: impl FnMut(Option<&[u8]>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (mut len, mut is_secret) = (0, false);
            for byte in rest {
                let mut next = *self;
                let hides = next.hides(*byte);
                if len > 0 && hides != is_secret {
                    break;
                }
                (*self, len, is_secret) = (next, len + 1, hides);
                if *byte == b'\n' {
                    break;
                }
            }
            let (piece, left) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            say((!is_secret).then_some(piece));
            rest = left;
        }
    }

    /// Whether this byte, the next one of the line, belongs to a secret.
    fn hides(&mut self, byte: u8) -> bool {
        if matches!(byte, b'\r' | b'\n') {
            *self = Self::default();
            return false;
        }
        let hides = self.is_secret();
        if let Some(slot) = self.head.get_mut(self.len) {
            *slot = byte.to_ascii_uppercase();
            self.len += 1;
        }
        match byte {
            b'"' => self.quoted = !self.quoted,
            b',' if !self.quoted => self.commas = self.commas.saturating_add(1),
            _ => {}
        }
        hides
    }

    /// The password (QMT §3.3.4) and the device's secret (QMT §3.3.1, "aliauth"), where they are sent,
    /// echoed or answered.
    fn is_secret(&self) -> bool {
        let begins = |with: &[u8]| self.head.starts_with(with);
        begins(b"AT+QMTCONN=") && self.commas >= 3
            || begins(b"AT+QMTCFG=\"ALIAUTH\"") && self.commas >= 4
            || begins(b"+QMTCFG: \"") && self.commas >= 2
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    /// What is logged of bytes that come in pieces of so many.
    fn logged(bytes: &[u8], len: usize) -> String {
        let (mut mask, mut text) = (Mask::default(), String::new());
        for chunk in bytes.chunks(len) {
            mask.pieces(chunk, |piece| {
                let piece = piece.unwrap_or(b"*");
                text.push_str(&String::from_utf8_lossy(piece));
            });
        }
        text
    }

    #[test]
    fn secrets_are_masked_wherever_the_line_is_cut() {
        let lines: [(&[u8], &str); 4] = [
            (
                b"AT+QMTCONN=0,\"c\",\"u,v\",\"pass,word\"\r\nOK\r\n",
                "pass",
            ),
            (
                b"AT+QMTCFG=\"aliauth\",0,\"pk\",\"dn\",\"hunter2\"\r",
                "hunter2",
            ),
            (b"\r\n+QMTCFG: \"pk\",\"dn\",\"hunter2\"\r\n", "hunter2"),
            (b"at+qmtconn=0,\"c\",\"u\",\"pass\"\r", "pass"),
        ];
        for (line, secret) in lines {
            for len in 1..=line.len() {
                let text = logged(line, len);
                assert!(!text.contains(secret), "{text}");
                assert!(!text.contains(&secret[..2]), "{text}");
                assert!(text.contains('*'), "{text}");
                assert!(text.ends_with('\r') || text.ends_with("\r\n"), "{text}");
            }
        }
    }

    #[test]
    fn all_else_is_logged_as_it_is() {
        for line in [
            "AT+QMTPUB=0,1,1,0,\"a,b\",5\r",
            "AT+QMTCONN=0,\"c\",\"u\"\r",
            "\r\n+QMTRECV: 0,1,\"t\",3,\"a,b\"\r\n+QMTCFG: 0,1,2,3\r\n",
        ] {
            for len in 1..=line.len() {
                assert_eq!(logged(line.as_bytes(), len), line);
            }
        }
    }

    #[test]
    fn pieces_end_with_their_lines() {
        let (mut mask, mut count) = (Mask::default(), 0);
        mask.pieces(b"\r\nOK\r\n> ", |_| count += 1);
        assert_eq!(count, 3);
    }
}
