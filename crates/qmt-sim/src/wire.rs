//! One direction of the serial line: it takes time, and it damages what it carries.

use qmt_session::proto::Instant;

use crate::rng::Rng;

/// One direction of the serial line.
#[derive(Debug)]
pub struct Wire {
    /// Bits in a second, ten for each byte; 0: what is sent is there at once.
    pub baud: u32,
    /// Most bytes in one read or write.
    pub chunk: usize,
    /// Whether bytes wait for each other until a chunk is full or no more are there, as in the
    /// FIFO of a UART. A run takes fewer steps then.
    pub gathers: bool,
    /// Whether everything is lost.
    pub cut: bool,
    /// Nothing moves before.
    pub stalled_until: Instant,
    /// Damage at random.
    pub noise: Option<Noise>,
    /// Damage to come: before or to the byte with that number. The next is the last.
    changes: Vec<(u64, Change)>,
    /// What waits for a byte it can do the most harm to.
    pub ambush: Option<Ambush>,
    /// Bytes put on the line so far, whatever became of them.
    carried: u64,
    /// How many of them were changed, or had others put before them.
    changed: u64,
    /// Since when bytes have followed one another, and how many have passed since.
    busy: Option<(Instant, u64)>,
    /// How many bytes move next.
    next: u64,
}

/// What can happen to one byte.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Change {
    /// It is lost.
    Drop,
    /// It comes twice.
    Duplicate,
    /// One of its bits is wrong.
    Flip(u8),
    /// This byte comes before it.
    Insert(u8),
}

/// Bytes that mean something on a line of commands.
const MEANINGS: [u8; 6] = *b"\r\n\">\x1A\x1B";

/// Damage that chooses its byte.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "not published")]
pub enum Ambush {
    /// This bit of the next digit is wrong.
    Digit(u8),
    /// The next byte that one wrong bit turns into CR, LF, `"`, `>`, Ctrl+Z or Esc becomes that.
    Meaning,
}

impl Ambush {
    /// What happens to `byte`, if it is one to wait for.
    fn change(self, byte: u8) -> Option<Change> {
        match self {
            Self::Digit(bit) => byte.is_ascii_digit().then_some(Change::Flip(bit)),
            Self::Meaning => {
                let differs = |meaning: u8| (byte ^ meaning).is_power_of_two();
                let meaning = MEANINGS.into_iter().find(|meaning| differs(*meaning))?;
                Some(Change::Flip((byte ^ meaning).trailing_zeros() as u8))
            }
        }
    }
}

/// Damage at random.
#[derive(Debug)]
pub struct Noise {
    /// Bytes damaged in a million.
    pub per_million: u32,
    /// Bytes damaged so far.
    pub damaged: u64,
    rng: Rng,
}

impl Noise {
    /// Noise that is the same for the same seed.
    pub const fn new(per_million: u32, seed: u64) -> Self {
        Self {
            per_million,
            damaged: 0,
            rng: Rng::new(seed),
        }
    }

    fn draw(&mut self) -> Option<Change> {
        if self.rng.below(1_000_000) >= u64::from(self.per_million) {
            return None;
        }
        self.damaged += 1;
        Some(match self.rng.below(8) {
            0 => Change::Drop,
            1 => Change::Duplicate,
            2 => Change::Insert(self.rng.byte()),
            // Flips are what a noisy line does most.
            _ => Change::Flip(self.rng.below(8) as u8),
        })
    }
}

impl Wire {
    /// A line that changes nothing.
    pub const fn new(baud: u32, chunk: usize) -> Self {
        Self {
            baud,
            chunk,
            gathers: false,
            cut: false,
            stalled_until: Instant::ZERO,
            noise: None,
            changes: Vec::new(),
            ambush: None,
            carried: 0,
            changed: 0,
            busy: None,
            next: 1,
        }
    }

    /// Bytes put on the line so far.
    pub const fn carried(&self) -> u64 {
        self.carried
    }

    /// How many of them were changed, or had others put before them.
    pub const fn changed(&self) -> u64 {
        self.changed
    }

    /// From now on it changes nothing and holds nothing up.
    pub fn heal(&mut self) {
        self.cut = false;
        self.stalled_until = Instant::ZERO;
        self.noise = None;
        self.ambush = None;
        self.changes.clear();
    }

    /// `change` happens to the byte with the number `at`, counted from the beginning.
    pub fn damage(&mut self, at: u64, change: Change) {
        let change = (at, change);
        let place = self.changes.partition_point(|other| *other >= change);
        self.changes.insert(place, change);
    }

    /// As [`damage`](Self::damage), for several bytes.
    pub fn damage_all(&mut self, changes: impl IntoIterator<Item = (u64, Change)>) {
        self.changes.extend(changes);
        self.changes.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// How many of `waiting` bytes can be put on the line now.
    pub(crate) fn room(&mut self, now: Instant, waiting: usize) -> usize {
        if waiting == 0 {
            self.busy = None;
            return 0;
        }
        if now < self.stalled_until {
            self.busy = None;
            return 0;
        }
        let most = waiting.min(self.chunk);
        if self.baud == 0 {
            return most;
        }
        let (since, passed) = *self.busy.get_or_insert((now, 0));
        let time = now.as_millis() - since.as_millis();
        let due = time * u64::from(self.baud) / 10_000;
        let due = usize::try_from(due - passed).unwrap_or(usize::MAX);
        if self.gathers {
            self.next = most as u64;
            return if due < most { 0 } else { most };
        }
        most.min(due)
    }

    /// When the next byte can be put on the line, if bytes are waiting.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let Some((since, passed)) = self.busy else {
            return (self.stalled_until > Instant::ZERO).then_some(self.stalled_until);
        };
        let time = ((passed + self.next) * 10_000).div_ceil(u64::from(self.baud));
        Some(Instant::from_millis(since.as_millis() + time))
    }

    /// Puts `bytes` on the line; what comes out at the other end is added to `out`.
    pub(crate) fn carry(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if let Some((_, passed)) = &mut self.busy {
            *passed += bytes.len() as u64;
        }
        let first = self.carried;
        self.carried += bytes.len() as u64;
        if self.cut {
            return;
        }
        let harmless = self
            .changes
            .last()
            .is_none_or(|(at, _)| *at >= self.carried);
        if harmless && self.noise.is_none() && self.ambush.is_none() {
            return out.extend_from_slice(bytes);
        }
        for (number, &original) in (first..).zip(bytes) {
            let mut copies = 1;
            let mut byte = original;
            let mut changed = 0;
            let mut apply = |change, out: &mut Vec<u8>| {
                changed = 1;
                match change {
                    Change::Drop => copies = 0,
                    Change::Duplicate => copies = 2,
                    Change::Flip(bit) => byte ^= 1 << (bit & 7),
                    Change::Insert(other) => out.push(other),
                }
            };
            if let Some(change) = self.ambush.and_then(|ambush| ambush.change(original)) {
                self.ambush = None;
                apply(change, out);
            }
            if let Some(change) = self.noise.as_mut().and_then(Noise::draw) {
                apply(change, out);
            }
            while let Some((_, change)) = self.changes.pop_if(|(at, _)| *at <= number) {
                apply(change, out);
            }
            out.extend(core::iter::repeat_n(byte, copies));
            self.changed += changed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_their_time() {
        let mut wire = Wire::new(9_600, 64);
        let at = Instant::from_millis;
        assert_eq!(wire.room(at(5), 100), 0);
        assert_eq!(wire.poll_timeout(), Some(at(7)));
        assert_eq!(wire.room(at(7), 100), 1);
        wire.carry(b"x", &mut Vec::new());
        assert_eq!(wire.room(at(105), 100), 64);
        assert_eq!(wire.room(at(200), 0), 0);
        assert_eq!(wire.room(at(300), 1), 0, "an idle line saves no time up");
    }

    #[test]
    fn bytes_that_gather_come_together() {
        let mut wire = Wire::new(9_600, 64);
        wire.gathers = true;
        let at = Instant::from_millis;
        assert_eq!(wire.room(at(0), 10), 0);
        assert_eq!(wire.poll_timeout(), Some(at(11)));
        assert_eq!(wire.room(at(5), 10), 0);
        assert_eq!(wire.room(at(11), 10), 10);
    }

    #[test]
    fn each_change_does_what_it_says() {
        for (change, expected) in [
            (Change::Drop, &b"ac"[..]),
            (Change::Duplicate, b"abbc"),
            (Change::Flip(0), b"acc"),
            (Change::Insert(b'-'), b"a-bc"),
        ] {
            let mut wire = Wire::new(0, 64);
            wire.damage(1, change);
            let mut out = Vec::new();
            wire.carry(b"a", &mut out);
            wire.carry(b"bc", &mut out);
            assert_eq!(out, expected, "{change:?}");
        }
    }

    #[test]
    fn an_ambush_waits_for_its_byte() {
        let mut wire = Wire::new(0, 64);
        wire.ambush = Some(Ambush::Digit(0));
        let mut out = Vec::new();
        wire.carry(b"+QMTPUB: 0,1", &mut out);
        assert_eq!(out, b"+QMTPUB: 1,1");
        wire.ambush = Some(Ambush::Meaning);
        out.clear();
        wire.carry(b"A? ", &mut out);
        assert_eq!(out, b"A> ", "the first that one bit turns into one");
        assert_eq!(wire.changed(), 2);
    }

    #[test]
    fn noise_damages_about_as_often_as_it_should() {
        let mut wire = Wire::new(0, 64);
        wire.noise = Some(Noise::new(1_000, 7));
        wire.carry(&[0; 1_000_000], &mut Vec::new());
        let damaged = wire.noise.unwrap().damaged;
        assert!((900..1_100).contains(&damaged), "{damaged}");
    }
}
