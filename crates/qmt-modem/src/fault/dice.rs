//! Chance that can be repeated.

/// Numbers that look random and follow from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Any byte.
    pub(crate) fn byte(&mut self) -> u8 {
        // The low byte is as good as any.
        (self.roll() & 0xFF) as u8
    }

    /// Whether something happens that has a chance of `ppm` in a million. Never asks for a number
    /// when it cannot happen, so that plans without chance do not disturb those with it.
    pub(crate) fn happens(&mut self, ppm: u32) -> bool {
        ppm > 0 && self.roll() % 1_000_000 < u64::from(ppm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let of = |seed| {
            let mut dice = Dice::new(seed);
            [dice.roll(), dice.roll(), dice.roll()]
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        // The reference implementation's first number for seed 0.
        assert_eq!(of(0)[0], 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn a_chance_comes_about_as_often_as_it_says() {
        let mut dice = Dice::new(1);
        let hits = (0..100_000).filter(|_| dice.happens(10_000)).count();
        assert!((900..1_100).contains(&hits), "{hits}");
        assert!((0..1_000).all(|_| !dice.happens(0)));
        assert!((0..1_000).all(|_| dice.happens(1_000_000)));
    }
}
