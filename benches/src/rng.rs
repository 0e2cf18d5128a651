//! The source of all randomness: xorshift64*, so that another language can repeat it.

/// A generator whose numbers depend on its seed alone.
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// Letters, digits and punctuation that no AT parser should mind.
const CLEAN: &[u8; 78] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,:;.{}[]()-_=+/";

/// What topics are made of, between their slashes.
const TOPIC: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Rng {
    /// The stream of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 64 bits.
    pub const fn u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`.
    pub const fn below(&mut self, n: u64) -> u64 {
        ((self.u64() >> 32) * n) >> 32
    }

    /// A number from `a` to `b`, both included.
    pub const fn range(&mut self, a: u64, b: u64) -> u64 {
        a + self.below(b - a + 1)
    }

    /// A byte of any value.
    pub const fn byte(&mut self) -> u8 {
        self.u64() as u8
    }

    /// `n` bytes without quotes, backslashes, prompts or control bytes.
    pub fn clean(&mut self, n: u64) -> Vec<u8> {
        (0..n).map(|_| self.pick(CLEAN)).collect()
    }

    /// A topic of 20 to 80 bytes with a slash every 6 to 12.
    pub fn topic(&mut self) -> Vec<u8> {
        let len = self.range(20, 80) as usize;
        let mut topic: Vec<u8> = (0..len).map(|_| self.pick(TOPIC)).collect();
        let step = self.range(6, 12) as usize;
        for at in (step..len - 1).step_by(step) {
            topic[at] = b'/';
        }
        topic
    }

    fn pick(&mut self, symbols: &[u8]) -> u8 {
        symbols[self.below(symbols.len() as u64) as usize]
    }
}
