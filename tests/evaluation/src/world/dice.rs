//! Chance that repeats itself, and costs nothing to begin anew for every record.

/// A seeded source of throws (SplitMix64). The slight bias of the remainder does not matter here.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Throws for one thing: the same seed, stream and number give the same throws.
    pub fn new(seed: u64, stream: u64, number: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
        let mixed = dice.next();
        Self(mixed ^ number.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` - 1; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }

    /// True in `share` of 100 throws.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of the list. INVARIANT: no list of the benchmark's world is empty, so the default does not occur.
    pub fn one<'a>(&mut self, list: &'a [String]) -> &'a str {
        list.get(self.below(list.len())).map(String::as_str).unwrap_or_default()
    }
}

/// Numbers from 0 on, the small ones more often: the n-th with a share of 1 / n^exponent.
#[derive(Clone, Debug)]
pub struct Zipf {
    upto: Vec<f64>,
}

impl Zipf {
    /// The shares of `count` numbers.
    pub fn new(count: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let upto = (1..=count).map(|number| {
            sum += (number as f64).powf(-exponent);
            sum
        });
        Self { upto: upto.collect() }
    }

    /// Throws one of them.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let sum = self.upto.last().copied().unwrap_or(0.0);
        let place = dice.next() as f64 / u64::MAX as f64 * sum;
        self.upto.partition_point(|upto| *upto < place).min(self.upto.len().saturating_sub(1))
    }
}
