//! How evenly burden is spread, overall and by category, beside the fairest that the same load could be.

use core::fmt;

use measure_core::NotEnough;
use measure_core::inequality::Shares;

use crate::burden::accounts::{Account, Accounts};
use crate::burden::points::{Burden, Points};
use crate::burden::reachable::{Fairest, Vessel, fairest};
use crate::burden::weights::Category;
use crate::error::Error;
use crate::person::PersonId;

/// Why something has no measure of fairness.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Unmeasured {
    /// Nobody there, one alone, or no burden at all.
    #[error(transparent)]
    NotEnough(NotEnough),
    /// Somebody owes more than was served: Jain's index and the Gini coefficient are of what is 0 or more. They are
    /// refused and not shifted, since the answer would be that of the shift.
    #[error("the burden of `{person}` is below 0 ({points} points), for which it is not defined")]
    Negative {
        /// The first of them.
        person: PersonId,
        /// `c_p + L_p`.
        points: i64,
    },
}

/// Who bears most, and how far apart the ends are.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Evenness {
    /// How many were there.
    pub people: usize,
    /// Who bears least for what they can bear; the first of the team among equals.
    pub least: (PersonId, Burden),
    /// Who bears most; the first of the team among equals.
    pub greatest: (PersonId, Burden),
    /// The max-min spread.
    pub spread: Burden,
    /// Jain's index, 1 when all is even; weighted by presence.
    pub jain: Result<f64, Unmeasured>,
    /// The Gini coefficient, 0 when all is even; weighted by presence.
    pub gini: Result<f64, Unmeasured>,
}

/// What is, beside what could be.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Measure {
    /// As it is.
    pub actual: Result<Evenness, Unmeasured>,
    /// What no sharing out of the same load can pass; `None` when nobody was there. Another plan for the same seats may have
    /// less load, and so pass it.
    pub fairest: Option<Fairest>,
}

/// How fair a period was.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Fairness {
    /// Over the normalised burden, with what was carried in.
    pub overall: Measure,
    /// The smallest greatest burden that a plan was proven to reach, if the caller knows it.
    pub proven: Option<Burden>,
    /// By category, each alone and without what was carried in, in the order of [`Category::ALL`].
    pub by_category: Vec<(Category, Measure)>,
}

impl Accounts {
    /// How evenly burden is spread: the max-min spread, Jain's index and the Gini coefficient over normalised burden,
    /// overall and by category, each beside the fairest that could be.
    ///
    /// The fairest is that of this load, however it were shared out. Where people live in several zones, or have other
    /// holidays, another plan for the same seats may come to less load: what no plan at all is below, the planner knows.
    ///
    /// `proven` is the smallest greatest burden of an optimal plan for the same seats, which the planner knows: the
    /// bound of [`fairest`] cuts seats at will and keeps to this load, and an optimal plan does neither.
    ///
    /// Who was not there at all does not count among those who bear; what they bore all the same could have been borne
    /// by the others, and so counts in the fairest.
    ///
    /// # Errors
    /// [`Error::PointsOutOfRange`] when all of it together is beyond [`Points::MOST`].
    pub fn fairness(&self, proven: Option<Burden>) -> Result<Fairness, Error> {
        let overall = self.measure(|account| (account.opening, account.load))?;
        let each = |category| {
            let measure = self.measure(|account| (Points::ZERO, account.load_of(category)))?;
            Ok((category, measure))
        };
        let by_category = Category::ALL.into_iter().map(each).collect::<Result<_, Error>>()?;
        Ok(Fairness { overall, proven, by_category })
    }

    fn measure(&self, parts: impl Fn(&Account) -> (Points, Points)) -> Result<Measure, Error> {
        let (mut here, mut all) = (Points::ZERO, Points::ZERO);
        let (mut vessels, mut bearers) = (Vec::new(), Vec::new());
        for account in self.all() {
            let (carry, load) = parts(account);
            all = all.plus(load)?;
            if account.presence.is_none() {
                continue;
            }
            here = here.plus(load)?;
            vessels.push(Vessel { carry, presence: account.presence });
            bearers.push((account, carry.plus(load)?));
        }
        Ok(Measure { actual: evenness(&bearers), fairest: fairest(&vessels, here, all)? })
    }
}

fn evenness(bearers: &[(&Account, Points)]) -> Result<Evenness, Unmeasured> {
    let burdens: Vec<_> = bearers
        .iter()
        .filter_map(|(account, points)| Some((&account.person, Burden::of(*points, account.presence)?)))
        .collect();
    let n = u64::try_from(burdens.len()).unwrap_or(u64::MAX);
    let (Some(first), true) = (burdens.first(), n >= 2) else {
        return Err(Unmeasured::NotEnough(NotEnough::TooFew { of: "people", have: n, need: 2 }));
    };
    if bearers.iter().all(|(_, points)| *points == Points::ZERO) {
        return Err(Unmeasured::NotEnough(NotEnough::AllZero { n }));
    }
    let (mut least, mut greatest) = (first, first);
    for bearer in &burdens {
        least = if bearer.1 < least.1 { bearer } else { least };
        greatest = if bearer.1 > greatest.1 { bearer } else { greatest };
    }
    let indices = indices(bearers);
    let own = |bearer: &(&PersonId, Burden)| (bearer.0.clone(), bearer.1);
    Ok(Evenness {
        people: burdens.len(),
        least: own(least),
        greatest: own(greatest),
        // Fits for all that points and presences can be.
        spread: greatest.1.less(least.1).unwrap_or(Burden::ZERO),
        jain: indices.clone().map(|(jain, _)| jain),
        gini: indices.map(|(_, gini)| gini),
    })
}

fn indices(bearers: &[(&Account, Points)]) -> Result<(f64, f64), Unmeasured> {
    if let Some((account, points)) = bearers.iter().find(|(_, points)| *points < Points::ZERO) {
        return Err(Unmeasured::Negative { person: account.person.clone(), points: points.get() });
    }
    let pairs = bearers.iter().map(|(account, points)| (points.float(), account.presence.share()));
    // All that can be wrong with shares has been told above.
    let none = |_| Unmeasured::NotEnough(NotEnough::NoExposure);
    let shares = Shares::weighted(pairs.collect()).map_err(none)?;
    let jain = shares.jain().map_err(Unmeasured::NotEnough)?;
    Ok((jain, shares.gini().map_err(Unmeasured::NotEnough)?))
}

impl fmt::Display for Measure {
    /// `spread 12.0 h (ada 30.0 h, cyd 18.0 h), Jain 0.950, Gini 0.111; of this load no sharing out has a spread
    /// below 0.0 h or a greatest burden below 24.0 h`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.actual {
            Err(reason) => write!(f, "{reason}")?,
            Ok(actual) => {
                let ((most, high), (fewest, low)) = (&actual.greatest, &actual.least);
                write!(f, "spread {:.1} ({most} {high:.1}, {fewest} {low:.1})", actual.spread)?;
                match (&actual.jain, &actual.gini) {
                    (Ok(jain), Ok(gini)) => write!(f, ", Jain {jain:.3}, Gini {gini:.3}")?,
                    (Err(reason), _) | (_, Err(reason)) => write!(f, ", neither Jain nor Gini: {reason}")?,
                }
            }
        }
        let Some(fairest) = &self.fairest else { return Ok(()) };
        write!(f, "; of this load no sharing out has a spread below {:.1}", fairest.spread)?;
        write!(f, " or a greatest burden below {:.1}", fairest.greatest)
    }
}

impl fmt::Display for Fairness {
    /// A line overall, and one for each category with any burden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "overall: {}", self.overall)?;
        if let Some(proven) = self.proven {
            write!(f, "; the best plan has a greatest burden of {proven:.1}")?;
        }
        for (category, measure) in self.by_category.iter().filter(|(_, measure)| measure.actual.is_ok()) {
            write!(f, "\n{category}: {measure}")?;
        }
        Ok(())
    }
}
