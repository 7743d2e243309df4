//! Chance that comes out the same from the same seed.

use entity::Timestamp;
use rand::distr::uniform::SampleUniform;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::prelude::Uuid;

use super::vocabulary::people::{GIVEN_NAMES, PHONE_PREFIXES, SURNAMES};

/// A stream of chance.
#[derive(Clone, Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From `least` to `most`, both included; `least` where there is nothing between them.
    pub(super) fn between<T: SampleUniform + PartialOrd>(&mut self, least: T, most: T) -> T {
        if least < most { self.0.random_range(least..=most) } else { least }
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// From 0 up to, but not including, 1.
    pub(super) fn part(&mut self) -> f64 {
        self.0.random()
    }

    pub(super) fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words.choose(&mut self.0).copied().unwrap_or_default()
    }

    pub(super) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.choose(&mut self.0)
    }

    /// One of `choices`, each with its share of a hundred; `otherwise` has the rest.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)], otherwise: T) -> T {
        let mut roll = self.0.random_range(0..100);
        for (share, choice) in choices {
            if roll < *share {
                return *choice;
            }
            roll -= share;
        }
        otherwise
    }

    /// The key of a row made at `at`.
    pub(super) fn key(&mut self, at: Timestamp) -> Uuid {
        entity::key::seeded(at, self.0.random())
    }

    pub(super) fn person(&mut self) -> String {
        format!("{}{}", self.pick(SURNAMES), self.pick(GIVEN_NAMES))
    }

    pub(super) fn phone(&mut self) -> String {
        format!("{}{:08}", self.pick(PHONE_PREFIXES), self.between(0, 99_999_999))
    }
}

/// `total` cut into as many parts as there are `weights`, in their proportion; nothing is lost to rounding.
pub(super) fn shares(total: usize, weights: &[f64]) -> Vec<usize> {
    let whole: f64 = weights.iter().sum();
    let (mut sum, mut given) = (0.0, 0);
    let mut parts = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        sum += weight;
        let until = if place + 1 == weights.len() { total } else { (total as f64 * sum / whole) as usize };
        parts.push(until - given);
        given = until;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        assert_eq!(shares(10, &[1.0, 1.0, 2.0]), [2, 3, 5]);
        assert_eq!(shares(7, &[0.0, 3.0, 0.0]), [0, 7, 0]);
    }
}
