//! Designs of a sweep: selection of the points to simulate (Law, Simulation Modeling and Analysis,
//! 5th ed., ch. 12).

use crate::engine::random::{Purpose, Streams};

use crate::study::sweep::factor::Factor;

/// Method that selects the points of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Every combination of the values of all factors; the last factor varies fastest.
    Grid,
    /// Points of a Latin hypercube (McKay, Beckman, Conover, "A Comparison of Three Methods for
    /// Selecting Values of Input Variables", 1979). The range of each factor is divided into as
    /// many strata as there are points, and each stratum has one point.
    Latin {
        /// Number of points.
        points: u32,
    },
    /// The unchanged scenario, then every value of each factor alone.
    OneAtATime,
}

/// Point of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignPoint {
    /// Values in the order of the factors; `None` for the scenario's own value.
    pub values: Vec<Option<String>>,
    /// Index of the only factor that is set; `None` in designs that set all factors.
    pub changed: Option<u32>,
}

/// Reason why a design has no points.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// A factor has infinitely many values.
    #[error(
        "{path}={asked} is a range of real numbers: the designs grid and one-at-a-time need whole \
         numbers or a list; use --design latin --points N for this range"
    )]
    Endless {
        /// Path of the factor.
        path: String,
        /// Range as the user wrote it.
        asked: String,
    },
    /// The design has more points than can be simulated.
    #[error(
        "the design has {points} points, but at most {maximum} can be simulated with this number of \
         replications: use fewer values, a step (2..16:2), fewer --replications, or --design latin \
         --points N"
    )]
    TooMany {
        /// Number of points of the design.
        points: u64,
        /// Maximum number of points.
        maximum: u64,
    },
}

/// Replication number of the random stream for designs. The model numbers its replications from 0
/// and never reaches it.
const DESIGN_REPLICATION: u32 = u32::MAX;
const PLACES: Purpose = Purpose(0);

impl Design {
    /// Returns the name of the design in options and files.
    pub const fn name(self) -> &'static str {
        match self {
            Design::Grid => "grid",
            Design::Latin { .. } => "latin",
            Design::OneAtATime => "one-at-a-time",
        }
    }

    /// Returns the points in a fixed order. Random points depend only on the seed.
    ///
    /// # Errors
    /// Fails if there are more than `maximum` points or infinitely many.
    pub fn points(
        self,
        factors: &[Factor],
        seed: u64,
        maximum: u64,
    ) -> Result<Vec<DesignPoint>, DesignError> {
        let points = match self {
            Design::Grid => counts(factors)?.into_iter().fold(1, u64::saturating_mul),
            Design::Latin { points } => u64::from(points),
            Design::OneAtATime => counts(factors)?.into_iter().fold(1, u64::saturating_add),
        };
        if points > maximum {
            return Err(DesignError::TooMany { points, maximum });
        }
        Ok(match self {
            Design::Grid => grid(factors, points),
            Design::Latin { points } => latin(factors, points, seed),
            Design::OneAtATime => one_at_a_time(factors),
        })
    }
}

fn counts(factors: &[Factor]) -> Result<Vec<u64>, DesignError> {
    let count = |factor: &Factor| {
        factor.count().ok_or_else(|| DesignError::Endless {
            path: factor.path.clone(),
            asked: factor.asked.clone(),
        })
    };
    factors.iter().map(count).collect()
}

fn grid(factors: &[Factor], points: u64) -> Vec<DesignPoint> {
    let point = |number: u64| {
        let mut rest = number;
        let mut values: Vec<Option<String>> = factors
            .iter()
            .rev()
            .map(|factor| {
                let count = factor.count().unwrap_or(1);
                let value = factor.value(rest % count);
                rest /= count;
                Some(value)
            })
            .collect();
        values.reverse();
        DesignPoint { values, changed: None }
    };
    (0..points).map(point).collect()
}

fn latin(factors: &[Factor], points: u32, seed: u64) -> Vec<DesignPoint> {
    let streams = Streams::new(seed, DESIGN_REPLICATION);
    let columns: Vec<Vec<String>> = (0_u64..)
        .zip(factors)
        .map(|(number, factor)| {
            let mut stream = streams.stream(number, PLACES, 0);
            let mut strata: Vec<u32> = (0..points).collect();
            // Fisher-Yates shuffle.
            for last in (1..points).rev() {
                strata.swap(last as usize, stream.below(last + 1) as usize);
            }
            let share = |stratum: u32, within: f64| {
                let below_next = f64::from(stratum + 1) / f64::from(points) * (1.0 - 1e-15);
                ((f64::from(stratum) + within) / f64::from(points)).min(below_next)
            };
            strata.into_iter().map(|stratum| factor.at(share(stratum, stream.uniform()))).collect()
        })
        .collect();
    let point = |number: usize| DesignPoint {
        values: columns.iter().map(|column| Some(column[number].clone())).collect(),
        changed: None,
    };
    (0..points as usize).map(point).collect()
}

fn one_at_a_time(factors: &[Factor]) -> Vec<DesignPoint> {
    let own = DesignPoint { values: vec![None; factors.len()], changed: None };
    let mut points = vec![own.clone()];
    for (number, factor) in factors.iter().enumerate() {
        for index in 0..factor.count().unwrap_or(0) {
            let mut point = own.clone();
            point.values[number] = Some(factor.value(index));
            point.changed = Some(number as u32);
            points.push(point);
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(texts: &[&str]) -> Vec<Factor> {
        texts.iter().map(|text| Factor::parse(text).expect("a factor")).collect()
    }

    fn values(points: &[DesignPoint]) -> Vec<Vec<&str>> {
        points
            .iter()
            .map(|point| {
                point.values.iter().map(|value| value.as_deref().unwrap_or("own")).collect()
            })
            .collect()
    }

    #[test]
    fn a_grid_has_every_combination_once_and_the_last_factor_varies_fastest() {
        let points = Design::Grid.points(&factors(&["a=1..3", "b=x,y"]), 1, 6).expect("points");
        let expected = [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"], ["3", "x"], ["3", "y"]];
        assert_eq!(values(&points), expected);
    }

    #[test]
    fn one_at_a_time_changes_one_factor() {
        let points = Design::OneAtATime.points(&factors(&["a=1,2", "b=x"]), 1, 9).expect("points");
        assert_eq!(values(&points), [["own", "own"], ["1", "own"], ["2", "own"], ["own", "x"]]);
        let changed: Vec<Option<u32>> = points.iter().map(|point| point.changed).collect();
        assert_eq!(changed, [None, Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn a_latin_hypercube_has_one_point_per_stratum() {
        for count in [1_u32, 7, 50, 1000] {
            let factors = factors(&["a=0.0..1.0", "b=-5.5..20.5", &format!("c=1..{count}")]);
            let design = Design::Latin { points: count };
            let points = design.points(&factors, 7, 1000).expect("points");
            let columns: Vec<Vec<f64>> = (0..3)
                .map(|factor| {
                    let value = |point: &DesignPoint| {
                        let text = point.values[factor].as_deref().expect("set");
                        text.parse().expect("a number")
                    };
                    points.iter().map(value).collect()
                })
                .collect();
            for (column, from, length) in
                [(0, 0.0, 1.0), (1, -5.5, 26.0), (2, 1.0, f64::from(count))]
            {
                // The offset keeps rounding from moving a whole number to the previous stratum.
                let index = |value: &f64| (value - from) / length * f64::from(count) + 1e-9;
                let stratum = |value: &f64| index(value) as u32;
                let mut strata: Vec<u32> = columns[column].iter().map(stratum).collect();
                strata.sort();
                assert_eq!(strata, (0..count).collect::<Vec<_>>(), "factor {column}");
            }
            assert_eq!(points, design.points(&factors, 7, 1000).expect("the same"));
            assert!(count < 7 || points != design.points(&factors, 8, 1000).expect("others"));
            assert!(count < 7 || columns[0] != columns[1]);
        }
    }

    #[test]
    fn too_many_points_are_refused_before_they_are_generated() {
        let all = format!("a=0..{}", i64::MAX);
        let error = Design::Grid.points(&factors(&[&all, "b=1..9"]), 1, 10).expect_err("many");
        assert_eq!(error, DesignError::TooMany { points: u64::MAX, maximum: 10 });
        let error = Design::Grid.points(&factors(&["a=0.5..1.5"]), 1, 10).expect_err("endless");
        assert!(error.to_string().contains("--design latin"), "{error}");
    }
}
