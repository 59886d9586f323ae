//! Random streams keyed by (seed, replication, entity, purpose).
//!
//! The generator is Philox2x64-10: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as
//! 1, 2, 3", SC11 (2011). It is a keyed bijection of a 128-bit counter. Streams of different
//! entities or purposes therefore never overlap, and the number of used blocks is the whole state
//! of a stream.

use std::convert::Infallible;

use rand::Rng;
use rand::rand_core::TryRng;

/// Philox2x64 multiplier and key increment (SC11, section 4.3; Random123 `philox.h`).
const MULTIPLIER: u64 = 0xD2B7_4407_B1CE_6E93;
const WEYL: u64 = 0x9E37_79B9_7F4A_7C15;
const ROUNDS: u32 = 10;

/// Separates the keys of replications from all other uses of the seed.
const REPLICATION_DOMAIN: u64 = u64::from_be_bytes(*b"cmgsim/1");

/// The purpose of a stream. The model numbers its purposes. Results depend on these numbers, so a
/// number is never reused for another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(pub u8);

/// All random streams of one replication.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    key: u64,
}

/// A sequence of random numbers that depends only on its key and position.
#[derive(Clone, Debug)]
pub struct Stream {
    key: u64,
    entity: u64,
    /// The purpose in the highest byte, and the number of the next block in the other bytes.
    block: u64,
    /// Unused words of generated blocks, used from the last to the first. There are four words, so
    /// that an index modulo four needs no bounds check.
    spare: [u64; 4],
    spare_len: u8,
    /// Whether the stream has generated a block; it is then likely to need more.
    goes_on: bool,
}

/// Applies ten rounds of Philox2x64 to a counter of two words.
#[inline]
fn philox(counter: [u64; 2], mut key: u64) -> [u64; 2] {
    let [mut low, mut high] = counter;
    for _ in 0..ROUNDS {
        let product = u128::from(low) * u128::from(MULTIPLIER);
        low = ((product >> 64) as u64) ^ key ^ high;
        high = product as u64;
        key = key.wrapping_add(WEYL);
    }
    [low, high]
}

impl Streams {
    /// Creates the streams of a replication for `seed`.
    pub fn new(seed: u64, replication: u32) -> Self {
        let [key, _] = philox([u64::from(replication), REPLICATION_DOMAIN], seed);
        Streams { key }
    }

    /// Returns the stream of `entity` for `purpose`, positioned after `position` blocks of two
    /// numbers.
    #[inline]
    pub fn stream(&self, entity: u64, purpose: Purpose, position: u32) -> Stream {
        let block = u64::from(purpose.0) << 56 | u64::from(position);
        Stream { key: self.key, entity, block, spare: [0; 4], spare_len: 0, goes_on: false }
    }
}

impl Stream {
    /// Returns the number of used blocks. Pass it to [`Streams::stream`] to continue later. An
    /// unused number of the current block is skipped.
    #[inline]
    pub fn position(&self) -> u32 {
        // Subtract a block that was generated in advance and is still unused.
        (self.block - u64::from(self.spare_len / 2)) as u32
    }

    /// Returns a uniform number in [0, 1) with 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        uniform(self)
    }

    /// Returns a uniform integer below `bound`; zero if `bound` is zero.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        below(bound, self)
    }

    #[inline]
    fn next_word(&mut self) -> u64 {
        if self.spare_len > 0 {
            self.spare_len -= 1;
            return self.spare[usize::from(self.spare_len % 4)];
        }
        self.next_block()
    }

    /// Generates the next block, or the next two. Two blocks take little longer than one, because
    /// each block is a chain of dependent multiplications.
    #[inline]
    fn next_block(&mut self) -> u64 {
        let [first, second] = philox([self.block, self.entity], self.key);
        if self.goes_on {
            let [third, fourth] = philox([self.block + 1, self.entity], self.key);
            self.spare = [fourth, third, second, 0];
            self.spare_len = 3;
            self.block += 2;
        } else {
            self.spare[0] = second;
            self.spare_len = 1;
            self.block += 1;
            self.goes_on = true;
        }
        first
    }
}

/// Returns a uniform number in [0, 1) with 53 bits.
#[inline]
pub(super) fn uniform<G: Rng>(generator: &mut G) -> f64 {
    (generator.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Returns a uniform integer below `bound`; zero if `bound` is zero. Unbiased: Lemire, "Fast Random
/// Integer Generation in an Interval" (2019).
#[inline]
pub(super) fn below<G: Rng>(bound: u32, generator: &mut G) -> u32 {
    let threshold = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
    loop {
        let product = (generator.next_u64() >> 32) * u64::from(bound);
        if product as u32 >= threshold {
            return (product >> 32) as u32;
        }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_word() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_word())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let word = self.next_word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the generator with the lines `philox2x64 10` in `kat_vectors` of Random123 1.14.
    #[test]
    fn philox_matches_the_published_test_vectors() {
        assert_eq!(philox([0, 0], 0), [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]);
        assert_eq!(
            philox([u64::MAX, u64::MAX], u64::MAX),
            [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]
        );
        assert_eq!(
            philox([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344], 0xa409_3822_299f_31d0),
            [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d]
        );
    }

    fn words(mut stream: Stream, count: usize) -> Vec<u64> {
        (0..count).map(|_| stream.next_word()).collect()
    }

    #[test]
    fn streams_depend_on_every_part_of_the_key() {
        let reference = words(Streams::new(1, 0).stream(5, Purpose(0), 0), 4);
        for other in [
            Streams::new(2, 0).stream(5, Purpose(0), 0),
            Streams::new(1, 1).stream(5, Purpose(0), 0),
            Streams::new(1, 0).stream(6, Purpose(0), 0),
            Streams::new(1, 0).stream(5, Purpose(1), 0),
        ] {
            assert!(words(other, 4).iter().all(|word| !reference.contains(word)));
        }
    }

    #[test]
    fn a_stream_resumes_at_its_position() {
        let streams = Streams::new(7, 3);
        let mut first = streams.stream(9, Purpose(2), 0);
        let whole = words(first.clone(), 6);
        first.next_word();
        first.next_word();
        let rest = words(streams.stream(9, Purpose(2), first.position()), 4);
        assert_eq!(whole[2..], rest[..]);
        // From any position, the stream continues with the block after the current one.
        let long = words(streams.stream(9, Purpose(2), 0), 40);
        for taken in 1..30_usize {
            let mut left = streams.stream(9, Purpose(2), 0);
            (0..taken).for_each(|_| _ = left.next_word());
            let next = words(streams.stream(9, Purpose(2), left.position()), 1);
            assert_eq!(next[0], long[taken.next_multiple_of(2)]);
        }
    }

    #[test]
    fn numbers_below_a_bound_are_uniform() {
        let mut stream = Streams::new(1, 0).stream(0, Purpose(0), 0);
        let mut counts = [0_f64; 10];
        for _ in 0..100_000 {
            counts[stream.below(10) as usize] += 1.0;
        }
        let chi_square: f64 =
            counts.iter().map(|count| (count - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi_square < 27.88, "99.9 % quantile of chi-square(9): {chi_square}");
        assert_eq!(stream.below(0), 0);
        assert_eq!(stream.below(1), 0);
    }

    #[test]
    fn neighbouring_entities_are_uncorrelated() {
        let streams = Streams::new(1, 0);
        let pairs = 100_000_u32;
        let product: f64 = (0..pairs)
            .map(|entity| {
                let mut one = streams.stream(u64::from(entity), Purpose(0), 0);
                let mut two = streams.stream(u64::from(entity) + 1, Purpose(0), 0);
                (one.uniform() - 0.5) * (two.uniform() - 0.5)
            })
            .sum();
        // The product of two independent centred uniforms has standard deviation 1/12.
        let z = product * 12.0 / f64::from(pairs).sqrt();
        assert!(z.abs() < 4.0, "z = {z}");
    }
}
