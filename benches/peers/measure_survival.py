"""lifelines: Kaplan-Meier with log(-log) intervals."""

import lifelines

from skewed import skewed
from timing import report

ROWS = 1_000_000
durations, limits = skewed(6, ROWS), skewed(7, ROWS)
times, observed = (durations.clip(max=limits), durations <= limits)


report(
    "lifelines",
    lifelines.__version__,
    f"kaplan_meier/{ROWS}",
    lambda: lifelines.KaplanMeierFitter().fit(times, observed),
    lambda fitter: [fitter.median_survival_time_],
)
