//! CRC-32 as in Ethernet, zip and PNG (ISO-HDLC): polynomial 0x04C11DB7, reflected.

/// A CRC-32 over bytes that come in pieces. A table of 16 entries: 64 bytes of flash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crc32(u32);

impl Crc32 {
    pub(crate) const fn new() -> Self {
        Self(u32::MAX)
    }

    /// Takes some more bytes.
    pub(crate) fn update(mut self, bytes: &[u8]) -> Self {
        for &byte in bytes {
            self.0 ^= u32::from(byte);
            for _ in 0..2 {
                let entry = TABLE.get(self.0 as usize & 15).copied().unwrap_or_default();
                self.0 = self.0 >> 4 ^ entry;
            }
        }
        self
    }

    /// The CRC of all bytes taken.
    pub(crate) const fn finish(self) -> u32 {
        !self.0
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "in bounds, or it would not compile"
)]
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut nibble = 0;
    while nibble < 16 {
        let mut crc = nibble as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[nibble] = crc;
        nibble += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        // Catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC: check 0xCBF43926.
        assert_eq!(Crc32::new().update(b"123456789").finish(), 0xCBF4_3926);
        assert_eq!(
            Crc32::new().update(b"1234").update(b"56789").finish(),
            0xCBF4_3926
        );
        assert_eq!(Crc32::new().finish(), 0);
    }
}
