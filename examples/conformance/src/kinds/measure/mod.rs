//! Statistics on few observations, as scipy, statsmodels, lifelines, pymannkendall, scikit-learn and R have them.
//!
//! A file is an object of lists of cases, `{"proportion": [...], "trend": [...]}`; each name has its reader in
//! [`READERS`], one file a module of measure-core. A folder means all JSON files in it.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Kind;
use crate::fault::Fault;
use crate::input;
use crate::report::Section;

mod bootstrap;
mod calibration;
mod clustered;
mod compare;
mod descriptive;
mod inequality;
mod proportion;
mod ranks;
mod rate;
mod sequential;
mod survival;
mod trend;

pub(super) const KIND: Kind = Kind {
    name: "measure",
    place: "",
    about: "measure-core beside scipy, statsmodels, lifelines, pymannkendall and R",
    sections,
};

/// Statistics: what a few additions and roots lose.
const STATISTIC: f64 = 1e-12;
/// p-values and bounds that come by approximation.
const APPROXIMATE: f64 = 1e-9;

/// What reads and checks the cases of one name.
type Reader = fn(&Cases) -> Result<Vec<Section>, Fault>;

/// Every name that a file may have.
const READERS: &[(&str, Reader)] = &[
    ("rate", rate::intervals),
    ("poisson_test", rate::claims),
    ("rate_totals", rate::totals),
    ("dispersion", rate::dispersions),
    ("quasi_poisson", rate::quasi),
    ("quasi_poisson_empty", rate::quasi_empty),
    ("negative_binomial", rate::negative_binomial),
    ("clustered", clustered::ratios),
    ("false_discovery", clustered::discoveries),
    ("inequality", inequality::inequality),
    ("sketch", descriptive::sketches),
    ("describe", descriptive::describe),
    ("quantile_interval", descriptive::intervals),
    ("weighted_quantile", descriptive::weighted),
    ("quantile", descriptive::quantiles),
    ("bootstrap_blocks", bootstrap::blocks),
    ("bootstrap_jackknife", bootstrap::jackknife),
    ("bootstrap_ends", bootstrap::ends),
    ("bootstrap_block_draws", bootstrap::draws),
    ("bootstrap_draws", bootstrap::draws),
    ("welch", compare::means),
    ("geometric_mean_ratio", compare::geometric_means),
    ("sameness_by_means", compare::sameness_by_means),
    ("sameness_by_ranks", compare::sameness_by_ranks),
    ("permutation_test", compare::permutations),
    ("kolmogorov_smirnov", compare::distributions),
    ("proportion", proportion::intervals),
    ("binomial", proportion::binomial),
    ("calibration", calibration::scores),
    ("forecasts", calibration::judged),
    ("paired_forecasts", calibration::paired),
    ("binomial_test", proportion::binomial_tests),
    ("proportion_pair", proportion::pairs),
    ("fisher_exact", proportion::fisher),
    ("power_of_difference", proportion::powers_of_difference),
    ("power_against_claim", proportion::powers_against_claim),
    ("sequential_proportion", sequential::proportions),
    ("sequential_comparison", sequential::comparisons),
    ("sequential_mean", sequential::means),
    ("sequential_normal_mean", sequential::normal_means),
    ("survival", survival::curves),
    ("survival_quantiles", survival::quantiles),
    ("restricted_mean", survival::restricted_means),
    ("cumulative_hazard", survival::hazards),
    ("logrank", survival::log_ranks),
    ("logrank_groups", survival::log_ranks_among),
    ("two_sample", ranks::two_sample),
    ("mann_whitney", ranks::mann_whitney_tests),
    ("mann_whitney_ties", ranks::mann_whitney_ties),
    ("brunner_munzel", ranks::brunner_munzel_tests),
    ("dominance", ranks::dominance),
    ("hodges_lehmann", ranks::shifts),
    ("trend", trend::trend),
    ("segments", trend::segments),
];

fn sections(input: &Path) -> Result<Vec<Section>, Fault> {
    let files = if input.is_dir() { input::files(input, &[".json"])? } else { vec![input.to_path_buf()] };
    let mut all: Vec<Section> = Vec::new();
    for file in &files {
        let content: Map<String, Value> = input::json(file)?;
        for (name, value) in content.iter().filter(|(name, _)| *name != "versions") {
            let Some((_, reader)) = READERS.iter().find(|(known, _)| known == name) else {
                let known = READERS.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
                return Err(Fault::at(file, name, format!("no cases are called so; there are {known}")));
            };
            for section in reader(&Cases { file, name, value })? {
                match all.iter_mut().find(|known| known.name == section.name) {
                    Some(known) => known.absorb(section),
                    None => all.push(section),
                }
            }
        }
    }
    // A file need not have a case of everything that its readers look for.
    all.retain(|section| section.checked() > 0);
    Ok(all)
}

/// The cases of one name in one file.
struct Cases<'a> {
    file: &'a Path,
    name: &'a str,
    value: &'a Value,
}

impl Cases<'_> {
    /// The cases in their shape; a fault names the path of what has another.
    fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, Fault> {
        serde_path_to_error::deserialize(self.value)
            .map_err(|fault| Fault::at(self.file, format!("{}{}", self.name, fault.path()), fault.inner()))
    }

    /// Makes a fault of an error of the case with this index.
    fn fault(&self, index: usize) -> impl Fn(measure_core::Error) -> Fault {
        move |what| Fault::at(self.file, format!("{}[{index}]", self.name), what)
    }
}
