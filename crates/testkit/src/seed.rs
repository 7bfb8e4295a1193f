use uuid::Uuid;

/// Numbers and ids from a seed: the same seed gives the same, on every machine (SplitMix64).
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    /// Starts at a number.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a length fits");
        usize::try_from(self.number() % limit).expect("smaller than a length")
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of a list of things with weights, if any weight is above 0.
    pub fn weighted<'a, T>(&mut self, list: &'a [(usize, T)]) -> Option<&'a T> {
        let total: usize = list.iter().map(|(weight, _)| weight).sum();
        let mut left = if total == 0 {
            return None;
        } else {
            self.below(total)
        };
        for (weight, value) in list {
            if left < *weight {
                return Some(value);
            }
            left -= weight;
        }
        None
    }

    /// An id of version 7 whose time lies in 2025; later ids of one seed are not ordered by time.
    pub fn id(&mut self) -> Uuid {
        let (high, low) = (self.number(), self.number());
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high.to_be_bytes());
        random[8..].copy_from_slice(&low.to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(1_735_689_600_000 + low % 1_000_000, &random)
            .into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_another_seed_another() {
        let take = |seed| {
            let mut seed = Seed::new(seed);
            (seed.number(), seed.id(), seed.below(10))
        };
        assert_eq!(take(7), take(7));
        assert_ne!(take(7).1, take(8).1);
    }

    #[test]
    fn a_weight_of_zero_is_never_drawn() {
        let mut seed = Seed::new(1);
        assert!((0..200).all(|_| seed.weighted(&[(0, 'a'), (3, 'b')]) == Some(&'b')));
        assert_eq!(seed.weighted(&[(0, 'a')]), None);
    }
}
