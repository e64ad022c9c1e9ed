//! Drawing resamples: counts of each observation, so that a resample is known sorted without sorting it.

use super::statistic::Statistic;
use super::{Bootstrap, Ends, Replicates};
use crate::estimate::NotEnough;
use crate::sample::{LARGEST, Sample};

/// A statistic of one sample.
pub(super) trait OfOne {
    /// Its value where `values` (ascending) come as often as `counts` says.
    fn at(&mut self, values: &[f64], counts: &[u32]) -> f64;

    /// Its values with each observation left out in turn.
    fn jackknife(&mut self, values: &[f64]) -> Vec<f64>;
}

/// A statistic of two samples.
pub(super) trait OfTwo {
    fn at(&mut self, x: (&[f64], &[u32]), y: (&[f64], &[u32])) -> f64;

    /// Its values with each observation of the first left out in turn, and of the second.
    fn jackknife(&mut self, x: &[f64], y: &[f64]) -> [Vec<f64>; 2];
}

impl Bootstrap {
    pub(super) fn one(self, sample: &Sample, statistic: &mut impl OfOne) -> Result<Replicates, NotEnough> {
        let values = sample.values();
        NotEnough::unless(sample.n(), 2, "observations")?;
        unless_flat(sample.n(), &[sample])?;
        let mut counts = vec![1; values.len()];
        let estimate = defined(statistic.at(values, &counts))?;
        let mut chance = self.seed.generator();
        let replicates = self.replicates(|| {
            chance.tally(&mut counts);
            statistic.at(values, &counts)
        })?;
        let jackknives = match self.ends {
            Ends::Bca => jackknives([statistic.jackknife(values)]),
            Ends::Percentile => Vec::new(),
        };
        Ok(Replicates::drawn(estimate, replicates, jackknives, self.ends, sample.n()))
    }

    pub(super) fn two(self, x: &Sample, y: &Sample, statistic: &mut impl OfTwo) -> Result<Replicates, NotEnough> {
        let n = x.n().saturating_add(y.n());
        NotEnough::unless(x.n().min(y.n()), 2, "observations in each sample")?;
        unless_flat(n, &[x, y])?;
        let (first, second) = (x.values(), y.values());
        let (mut drawn, mut also) = (vec![1; first.len()], vec![1; second.len()]);
        let estimate = defined(statistic.at((first, &drawn), (second, &also)))?;
        let mut chance = self.seed.generator();
        let replicates = self.replicates(|| {
            chance.tally(&mut drawn);
            chance.tally(&mut also);
            statistic.at((first, &drawn), (second, &also))
        })?;
        let jackknives = match self.ends {
            Ends::Bca => jackknives(statistic.jackknife(first, second)),
            Ends::Percentile => Vec::new(),
        };
        Ok(Replicates::drawn(estimate, replicates, jackknives, self.ends, n))
    }

    /// As many values of `draw` as there are resamples.
    pub(super) fn replicates(self, mut draw: impl FnMut() -> f64) -> Result<Sample, NotEnough> {
        let (mut values, mut undefined) = (Vec::new(), 0_u64);
        for _ in 0..self.resamples {
            match draw() {
                value if value.abs() <= LARGEST => values.push(value),
                _ => undefined = undefined.saturating_add(1),
            }
        }
        let refused = NotEnough::Undefined { undefined, of: u64::from(self.resamples) };
        if undefined > 0 { Err(refused) } else { Sample::new(values).map_err(|_| refused) }
    }
}

pub(super) fn defined(estimate: f64) -> Result<f64, NotEnough> {
    if estimate.abs() <= LARGEST { Ok(estimate) } else { Err(NotEnough::Undefined { undefined: 1, of: 1 }) }
}

pub(super) fn unless_flat(n: u64, samples: &[&Sample]) -> Result<(), NotEnough> {
    if samples.iter().all(|sample| sample.min() == sample.max()) { Err(NotEnough::NoSpread { n }) } else { Ok(()) }
}

/// None where one is not finite: the jackknife is then of no use.
fn jackknives<const N: usize>(values: [Vec<f64>; N]) -> Vec<Sample> {
    let checked: Option<Vec<Sample>> = values.into_iter().map(|values| Sample::new(values).ok()).collect();
    checked.unwrap_or_default()
}

impl OfOne for Statistic {
    fn at(&mut self, values: &[f64], counts: &[u32]) -> f64 {
        self.of_counts(values, counts)
    }

    fn jackknife(&mut self, values: &[f64]) -> Vec<f64> {
        self.leaving_one_out(values)
    }
}

/// The statistic of the first less that of the second.
pub(super) struct Difference(pub(super) Statistic);

impl OfTwo for Difference {
    fn at(&mut self, x: (&[f64], &[u32]), y: (&[f64], &[u32])) -> f64 {
        self.0.of_counts(x.0, x.1) - self.0.of_counts(y.0, y.1)
    }

    fn jackknife(&mut self, x: &[f64], y: &[f64]) -> [Vec<f64>; 2] {
        // The other sample adds a constant, which the acceleration does not see.
        let (first, mut second) = (self.0.leaving_one_out(x), self.0.leaving_one_out(y));
        second.iter_mut().for_each(|value| *value = -*value);
        [first, second]
    }
}

/// A caller's own statistic, for which resamples are written out.
pub(super) struct Spelled<'a, F> {
    statistic: &'a mut F,
    resample: Vec<f64>,
}

impl<'a, F> Spelled<'a, F> {
    pub(super) const fn new(statistic: &'a mut F) -> Self {
        Self { statistic, resample: Vec::new() }
    }
}

impl<F: FnMut(&[f64]) -> f64> OfOne for Spelled<'_, F> {
    fn at(&mut self, values: &[f64], counts: &[u32]) -> f64 {
        (self.statistic)(spell(&mut self.resample, values, counts))
    }

    fn jackknife(&mut self, values: &[f64]) -> Vec<f64> {
        leave_one_out(values, &mut *self.statistic)
    }
}

/// A caller's own statistic of two samples.
pub(super) struct SpelledPair<'a, F> {
    statistic: &'a mut F,
    resamples: [Vec<f64>; 2],
}

impl<'a, F> SpelledPair<'a, F> {
    pub(super) const fn new(statistic: &'a mut F) -> Self {
        Self { statistic, resamples: [Vec::new(), Vec::new()] }
    }
}

impl<F: FnMut(&[f64], &[f64]) -> f64> OfTwo for SpelledPair<'_, F> {
    fn at(&mut self, x: (&[f64], &[u32]), y: (&[f64], &[u32])) -> f64 {
        let [first, second] = &mut self.resamples;
        (self.statistic)(spell(first, x.0, x.1), spell(second, y.0, y.1))
    }

    fn jackknife(&mut self, x: &[f64], y: &[f64]) -> [Vec<f64>; 2] {
        let first = leave_one_out(x, |left| (self.statistic)(left, y));
        [first, leave_one_out(y, |left| (self.statistic)(x, left))]
    }
}

/// Writes out `values` as often as `counts` says.
///
/// Each is written four times and the next one over what was too much: most counts are fewer, and a loop of unknown
/// length for each would be guessed wrong by the processor every other time.
fn spell<'a>(resample: &'a mut Vec<f64>, values: &[f64], counts: &[u32]) -> &'a [f64] {
    const AT_ONCE: usize = 4;
    let n = values.len();
    resample.resize(n.saturating_add(AT_ONCE), 0.0);
    let mut written = 0_usize;
    for (value, count) in values.iter().zip(counts) {
        if let Some(places) = resample.get_mut(written..).and_then(|rest| rest.first_chunk_mut::<AT_ONCE>()) {
            *places = [*value; AT_ONCE];
        }
        let next = written.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX));
        if let Some(more) = resample.get_mut(written.saturating_add(AT_ONCE)..next) {
            more.fill(*value);
        }
        written = next;
    }
    resample.get(..n).unwrap_or_default()
}

/// The statistic with each of the ascending `values` left out in turn; equal ones give the same, so it is called once.
pub(super) fn leave_one_out(values: &[f64], mut statistic: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let mut rest: Vec<f64> = values.get(1..).unwrap_or_default().to_vec();
    let mut all: Vec<f64> = Vec::with_capacity(values.len());
    let mut before: Option<(f64, f64)> = None;
    for (index, value) in values.iter().enumerate() {
        // `rest` lacks the value before this one, whose place this one leaves.
        if let Some(place) = index.checked_sub(1).and_then(|at| rest.get_mut(at))
            && let Some(former) = before
        {
            *place = former.0;
        }
        let left = match before {
            Some((former, left)) if former.to_bits() == value.to_bits() => left,
            _ => statistic(&rest),
        };
        all.push(left);
        before = Some((*value, left));
    }
    all
}
