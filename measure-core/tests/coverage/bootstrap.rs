//! How often bootstrap intervals hold the truth.

use measure_core::bootstrap::{Blocks, Bootstrap, Ends, Statistic};
use measure_core::descriptive::Trim;
use measure_core::{Estimate, Level, NotEnough, Probability, Sample, Seed, Series};

use crate::simulate::{error, generator, normal, share};

const RUNS: u32 = 600;

fn bootstrap(run: u32) -> Bootstrap {
    Bootstrap::new(499, Seed::new(u64::from(run))).unwrap()
}

fn covers(truth: f64, estimate: Result<Estimate, NotEnough>) -> bool {
    estimate.unwrap().interval().contains(truth)
}

#[test]
fn of_a_normal_mean_and_of_any_median_bca_holds_the_truth_as_often_as_it_says() {
    let mut rng = generator(1);
    let mean = share(RUNS, |run| {
        let sample = Sample::new((0..40).map(|_| 10.0 + normal(&mut rng)).collect()).unwrap();
        covers(10.0, bootstrap(run).of(&sample, Statistic::Mean, Level::P90))
    });
    // Bootstrap variances are short of one part in n: a point at n = 40.
    assert!((mean - 0.89).abs() < error(0.9, RUNS), "{mean}");
    let median = share(RUNS, |run| {
        let sample = Sample::new((0..40).map(|_| normal(&mut rng).exp()).collect()).unwrap();
        covers(1.0, bootstrap(run).of(&sample, Statistic::Median, Level::P90))
    });
    assert!((median - 0.9).abs() < error(0.9, RUNS), "{median}");
}

#[test]
fn of_a_skewed_mean_bca_falls_short_by_less_than_percentiles_do() {
    // The mean of 40 lognormal observations is a hard case: Efron's own tables show some 4 points short.
    let truth = 0.5_f64.exp();
    let of = |ends: Ends| {
        let mut rng = generator(2);
        share(RUNS, |run| {
            let sample = Sample::new((0..40).map(|_| normal(&mut rng).exp()).collect()).unwrap();
            covers(truth, bootstrap(run).with(ends).of(&sample, Statistic::Mean, Level::P95))
        })
    };
    let (bca, percentile) = (of(Ends::Bca), of(Ends::Percentile));
    assert!(bca > 0.88 && bca < 0.95 + error(0.95, RUNS), "{bca}");
    assert!(bca > percentile, "{bca} {percentile}");
}

#[test]
fn of_a_difference_of_medians_bca_holds_the_truth_as_often_as_it_says() {
    let mut rng = generator(3);
    let covered = share(RUNS, |run| {
        let mut draw = |n: u32, shift: f64| Sample::new((0..n).map(|_| shift + normal(&mut rng)).collect()).unwrap();
        let (x, y) = (draw(30, 2.0), draw(25, 0.0));
        covers(2.0, bootstrap(run).difference(&x, &y, Statistic::Median, Level::P90))
    });
    // Medians of few observations are lumpy: the interval is a little wide.
    assert!(covered > 0.9 - error(0.9, RUNS) && covered < 0.96, "{covered}");
}

#[test]
fn where_neighbours_are_alike_blocks_hold_the_truth_and_single_observations_do_not() {
    const N: usize = 200;
    let of = |blocks: Blocks| {
        let mut rng = generator(4);
        share(RUNS, |run| {
            let mut last = 0.0;
            let values = (0..N + 50).map(|_| {
                last = 0.5 * last + normal(&mut rng);
                last
            });
            let series = Series::new(values.skip(50).collect()).unwrap();
            covers(0.0, bootstrap(run).of_series(&series, blocks, Statistic::Mean, Level::P90))
        })
    };
    let (blocks, singles) = (of(Blocks::AUTOMATIC), of(Blocks::of(1).unwrap()));
    // Blocks lose what is between them. The variance of block means by numpy, over the same 1,500 series of its own,
    // gives .835 with these lengths, .844 with those of arch.
    assert!((blocks - 0.835).abs() < error(0.835, RUNS), "{blocks}");
    // The variance of the mean is 3 times what single observations say: 2 Phi(1.645 / 3^.5) - 1 = .66.
    assert!((singles - 0.66).abs() < error(0.66, RUNS), "{singles}");
}

#[test]
fn of_few_observations_intervals_fall_short_by_as_much_as_the_documentation_says() {
    let q90 = Statistic::Quantile(Probability::new(0.9).unwrap());
    let trimmed = Statistic::TrimmedMean(Trim::new(0.2).unwrap());
    // The truth of a normal distribution, or of its exponential; how often 95 % hold it, by 2,000 runs of 999.
    for (statistic, skewed, truth, n, said) in [
        (Statistic::Mean, false, 0.0, 8, 0.895),
        (Statistic::Mean, false, 0.0, 20, 0.93),
        (Statistic::Mean, true, 0.5_f64.exp(), 8, 0.803),
        (Statistic::Mean, true, 0.5_f64.exp(), 30, 0.889),
        (trimmed, false, 0.0, 8, 0.923),
        (Statistic::Median, true, 1.0, 8, 0.925),
        (Statistic::Median, false, 0.0, 30, 0.945),
        (Statistic::StandardDeviation, false, 1.0, 20, 0.883),
        (Statistic::StandardDeviation, false, 1.0, 50, 0.933),
        (q90, false, 1.281_551_565_544_600_4, 30, 0.94),
    ] {
        let mut rng = generator(n);
        let covered = share(RUNS, |run| {
            let mut draw = || if skewed { normal(&mut rng).exp() } else { normal(&mut rng) };
            let sample = Sample::new((0..n).map(|_| draw()).collect()).unwrap();
            covers(truth, bootstrap(run).of(&sample, statistic, Level::P95))
        });
        assert!((covered - said).abs() < error(said, RUNS) + 0.005, "{statistic:?} of {n}: {covered} for {said}");
    }
}
