//! Comparisons as a stranger uses them.

use measure_core::bootstrap::{Bootstrap, Statistic};
use measure_core::compare::{
    Margin, Permutations, Question, Sameness, Verdict, compare, equivalence_by_means, geometric_mean_ratio,
    kolmogorov_smirnov, permutation_test, quantile_difference, welch,
};
use measure_core::{
    Alternative, Error, IntervalMethod, Level, NotEnough, PositiveSample, Probability, Sample, Seed, TestMethod,
};

fn minutes() -> Result<(Sample, Sample), Error> {
    let before = vec![41.0, 25.0, 60.0, 33.0, 95.0, 52.0, 47.0, 38.0];
    let after = vec![22.0, 9.0, 31.0, 18.0, 12.0, 28.0, 36.0, 15.0];
    Ok((Sample::new(after)?, Sample::new(before)?))
}

#[test]
fn did_the_new_runbook_shorten_outages() -> Result<(), Error> {
    let (after, before) = minutes()?;
    let comparison = compare(&after, &before, &Question::at(Level::P95))?;
    assert_eq!(comparison.verdict, Verdict::Lower { beyond: false });
    assert_eq!(comparison.words("with the runbook", "before"), "with the runbook is lower than before");
    assert_eq!((comparison.median_x, comparison.median_y), (20.0, 44.0));
    assert_eq!(comparison.test.method(), TestMethod::MannWhitneyExact);
    assert!(comparison.shift.interval().upper() < 0.0 && comparison.delta.unwrap().value() < -0.8);
    let ratio = comparison.ratio.unwrap();
    assert!(ratio.value() < 0.5 && ratio.method() == IntervalMethod::Welch);
    // It takes far fewer than 8 observations to see that much, if it is as much.
    assert!(comparison.needed.for_observed.unwrap() < 8);
    assert_eq!(comparison.needed.for_margin, None, "no margin was named");
    Ok(())
}

#[test]
fn no_difference_found_is_not_the_same() -> Result<(), Error> {
    let a = Sample::new(vec![10.0, 12.0, 9.0, 14.0, 11.0, 13.0])?;
    let b = Sample::new(vec![10.5, 12.5, 9.5, 14.5, 11.5, 13.5])?;
    let question = Question::at(Level::P95).within(Margin::relative(0.05)?);
    let comparison = compare(&b, &a, &question)?;
    assert_eq!(comparison.verdict, Verdict::Undecided);
    assert_eq!(comparison.words("B", "A"), "no difference found, and not shown to be the same within 5 %");
    assert!(comparison.needed.for_sameness.unwrap() > 50);
    let wide = compare(&b, &a, &Question::at(Level::P95).within(Margin::relative(0.5)?))?;
    assert_eq!(wide.verdict, Verdict::Same { differs: false });
    Ok(())
}

#[test]
fn each_question_has_its_function() -> Result<(), Error> {
    let (after, before) = minutes()?;
    let difference = welch(&after, &before, Level::P95)?;
    assert!((difference.value() + 27.5).abs() < 1e-9 && difference.interval().upper() < -8.0);
    let ratio =
        geometric_mean_ratio(&PositiveSample::new(after.clone())?, &PositiveSample::new(before.clone())?, Level::P95)?;
    assert!(ratio.interval().upper() < 1.0);
    let permutations = Permutations::new(20_000, Seed::new(1))?;
    let test = permutation_test(&after, &before, Statistic::Median, Alternative::Less, permutations)?;
    assert!(test.method() == TestMethod::PermutationExact && test.p_value().get() < 0.01);
    let shape = kolmogorov_smirnov(&after, &before, Alternative::TwoSided)?;
    assert_eq!(shape.statistic(), 0.75);
    let bootstrap = Bootstrap::new(999, Seed::new(1))?;
    let slow = quantile_difference(&after, &before, Probability::new(0.75)?, Level::P80, bootstrap)?;
    assert!(slow.interval().upper() < 0.0);
    let equivalence = equivalence_by_means(&after, &before, Margin::absolute(5.0)?, Level::P95)?;
    assert!(matches!(equivalence.verdict, Sameness::Different { beyond: true, .. }), "{equivalence}");
    Ok(())
}

#[test]
fn too_few_is_a_value_that_says_what_would_do() -> Result<(), Error> {
    let (one, two) = (Sample::new(vec![1.0])?, Sample::new(vec![1.0, 2.0])?);
    let need = NotEnough::TooFew { of: "observations in each sample", have: 1, need: 2 };
    assert_eq!(welch(&one, &two, Level::P95), Err(need));
    let refused = compare(&one, &two, &Question::at(Level::P95)).unwrap_err();
    assert_eq!(refused.to_string(), "not enough data: 1 observation in each sample, and 4 are needed");
    Ok(())
}

#[test]
fn margins_and_counts_out_of_range_are_refused_with_their_bounds() {
    assert_eq!(Margin::absolute(-1.0).unwrap_err().to_string(), "margin `-1` is not above 0 and at most 1e300");
    let few = Permutations::new(3, Seed::new(1)).unwrap_err();
    assert!(matches!(few, Error::ResamplesOutOfRange { given: 3, least: 10, .. }), "{few}");
}
