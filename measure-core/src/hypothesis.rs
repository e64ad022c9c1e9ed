//! What a test of a hypothesis answers: how surprising the observations would be if nothing were the matter.

use std::fmt;

use crate::probability::Probability;

/// Which departures from the null hypothesis count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Alternative {
    /// Either way.
    #[default]
    TwoSided,
    /// The first (or the observed) is less than the second (or the claimed).
    Less,
    /// The first (or the observed) is greater than the second (or the claimed).
    Greater,
}

/// The answer of a test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Test {
    statistic: f64,
    p_value: Probability,
    alternative: Alternative,
    method: TestMethod,
    n: u64,
}

impl Test {
    pub(crate) fn of(
        statistic: f64,
        p_value: Probability,
        alternative: Alternative,
        method: TestMethod,
        n: u64,
    ) -> Self {
        debug_assert!(statistic.is_finite(), "{statistic} of {method}");
        Self { statistic, p_value, alternative, method, n }
    }

    /// The statistic, as the method's documentation defines it; finite.
    #[must_use]
    pub const fn statistic(self) -> f64 {
        self.statistic
    }

    /// How likely a statistic at least as extreme is if the null hypothesis holds.
    #[must_use]
    pub const fn p_value(self) -> Probability {
        self.p_value
    }

    /// Which departures counted as extreme.
    #[must_use]
    pub const fn alternative(self) -> Alternative {
        self.alternative
    }

    /// How the p-value was found.
    #[must_use]
    pub const fn method(self) -> TestMethod {
        self.method
    }

    /// How many observations it rests on, of both samples together where there are two.
    #[must_use]
    pub const fn n(self) -> u64 {
        self.n
    }

    /// Whether the p-value is at most `alpha`.
    #[must_use]
    pub fn rejects_at(self, alpha: Probability) -> bool {
        self.p_value <= alpha
    }
}

impl fmt::Display for Test {
    /// `p = 0.031 (exact Mann-Whitney), n = 24`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("p = ")?;
        self.p_value.fmt(f)?;
        write!(f, " ({}), n = {}", self.method, self.n)
    }
}

/// How a p-value was found: every test of the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum TestMethod {
    /// The binomial distribution.
    Binomial,
    /// The binomial distribution, half of the observed outcome's probability counted (mid-p).
    BinomialMidP,
    /// The hypergeometric distribution, given the margins of the table (Fisher).
    Fisher,
    /// The hypergeometric distribution, half of the probability of what is as extreme as the observed table counted.
    FisherMidP,
    /// The normal approximation of a difference of proportions, with the pooled estimate.
    PooledScore,
    /// The exact null distribution of Mann and Whitney's U.
    MannWhitneyExact,
    /// The exact null distribution of U, given which observations are equal.
    MannWhitneyExactTies,
    /// The normal approximation of U, with tie and continuity correction.
    MannWhitneyNormal,
    /// Welch's t: two variances, Satterthwaite's degrees of freedom.
    Welch,
    /// Brunner and Munzel's statistic against Student's t.
    BrunnerMunzel,
    /// Random permutations of the labels, with a seed.
    PermutationSampled,
    /// All permutations of the labels.
    PermutationExact,
    /// The exact null distribution of Kolmogorov and Smirnov's D.
    KolmogorovSmirnovExact,
    /// The limit distribution of Kolmogorov and Smirnov's D.
    KolmogorovSmirnovLimit,
    /// The Poisson distribution.
    Poisson,
    /// Poisson counts, conditional on their sum.
    ConditionalPoisson,
    /// Counts with a variance of dispersion times mean; Student's t.
    QuasiPoisson,
    /// Counts with a variance of mean + alpha mean^2; likelihood ratio.
    NegativeBinomial,
    /// Pearson's dispersion index against the chi-squared distribution.
    Dispersion,
    /// Mann and Kendall's S, normal approximation with ties and continuity.
    MannKendall,
    /// The exact null distribution of Mann and Kendall's S.
    MannKendallExact,
    /// Mann and Kendall's S, its variance corrected for autocorrelation by Hamed and Rao.
    MannKendallHamedRao,
    /// Mann and Kendall's S, its variance corrected for an autocorrelation of first order.
    MannKendallFirstOrder,
    /// The largest distance of a cumulated sum, against Kolmogorov's distribution.
    CusumLimit,
    /// The log-rank statistic against the chi-squared distribution.
    LogRank,
    /// A mixture martingale: valid at all times at once.
    Mixture,
    /// DeLong's variance of areas under curves.
    DeLong,
    /// Spiegelhalter's z for calibration.
    Spiegelhalter,
    /// Outcomes drawn at the probabilities forecast, with a seed.
    ConsistencyResampling,
}

impl fmt::Display for TestMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binomial => "exact binomial",
            Self::BinomialMidP => "binomial, mid-p",
            Self::Fisher => "Fisher exact",
            Self::FisherMidP => "Fisher, mid-p",
            Self::PooledScore => "pooled score",
            Self::MannWhitneyExact => "exact Mann-Whitney",
            Self::MannWhitneyExactTies => "exact Mann-Whitney, given the ties",
            Self::MannWhitneyNormal => "Mann-Whitney, normal approximation",
            Self::Welch => "Welch's t",
            Self::BrunnerMunzel => "Brunner-Munzel",
            Self::PermutationSampled => "sampled permutations",
            Self::PermutationExact => "all permutations",
            Self::KolmogorovSmirnovExact => "exact Kolmogorov-Smirnov",
            Self::KolmogorovSmirnovLimit => "Kolmogorov-Smirnov, limit distribution",
            Self::Poisson => "exact Poisson",
            Self::ConditionalPoisson => "exact conditional Poisson",
            Self::QuasiPoisson => "quasi-Poisson",
            Self::NegativeBinomial => "negative binomial",
            Self::Dispersion => "dispersion index",
            Self::MannKendall => "Mann-Kendall",
            Self::MannKendallExact => "exact Mann-Kendall",
            Self::MannKendallHamedRao => "Mann-Kendall, Hamed-Rao",
            Self::MannKendallFirstOrder => "Mann-Kendall, autocorrelation of first order",
            Self::CusumLimit => "CUSUM, limit distribution",
            Self::LogRank => "log-rank",
            Self::Mixture => "mixture martingale, at all times",
            Self::DeLong => "DeLong",
            Self::Spiegelhalter => "Spiegelhalter",
            Self::ConsistencyResampling => "consistency resampling",
        })
    }
}
