//! Reading an input from front to back.

use qmt_proto::{ConfigOption, Expect, LinkId, Name, Qos, ResponseDialect};

use super::dialect;

/// What is left of an input.
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte; 0 at the end.
    pub(super) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                *byte
            }
            None => 0,
        }
    }

    /// What is left behind the next byte, if that is `byte`.
    pub(super) fn after(&self, byte: u8) -> Option<Self> {
        self.0.strip_prefix(&[byte]).map(Self)
    }

    /// A number below `count`, from one byte.
    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() & 1 != 0
    }

    /// Two bytes, the higher first.
    pub(super) fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Four bytes, the highest first.
    pub(super) fn long(&mut self) -> u32 {
        u32::from(self.number()) << 16 | u32::from(self.number())
    }

    /// As many bytes as the next one says, or as are left.
    pub(super) fn bytes(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }

    /// As [`bytes`](Self::bytes), as text; what is not UTF-8 is replaced.
    pub(super) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// Text that may stand in a command: `fallback` where nothing of it may.
    pub(super) fn legal_text(&mut self, fallback: &str) -> String {
        let mut text = self.text();
        text.retain(|c| !c.is_control() && !"\"+#".contains(c));
        while text.len() > 64 {
            text.pop();
        }
        if text.is_empty() {
            text.push_str(fallback);
        }
        text
    }

    /// Sizes of reads, used again and again: how many, 1 to 4, then each, 1 to 256.
    pub(super) fn sizes(&mut self) -> Vec<usize> {
        let count = 1 + self.below(4);
        (0..count).map(|_| 1 + usize::from(self.byte())).collect()
    }

    /// Links that receive in hex, bit by bit; bit 5: counted in digits.
    pub(super) fn dialect(&mut self) -> ResponseDialect {
        dialect(self.byte() & 0x3F)
    }

    pub(super) fn link(&mut self) -> LinkId {
        LinkId::ALL[self.below(LinkId::COUNT)]
    }

    pub(super) fn qos(&mut self) -> Qos {
        Qos::new(self.byte() % 3).expect("0 to 2")
    }

    pub(super) fn name(&mut self) -> Name {
        Name::ALL[self.below(Name::ALL.len())]
    }

    /// What the module is answering: nothing, a read, a test, an option. Two bytes.
    pub(super) fn expect(&mut self) -> Expect {
        match self.below(4) {
            0 => {
                self.byte();
                Expect::Nothing
            }
            1 => Expect::Read(self.name()),
            2 => Expect::Test(self.name()),
            _ => Expect::Config(ConfigOption::ALL[self.below(ConfigOption::ALL.len())]),
        }
    }
}
