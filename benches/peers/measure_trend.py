"""pymannkendall and scipy on a series of 1,000."""

from importlib.metadata import version

import pymannkendall
import scipy
from scipy.stats import theilslopes

from skewed import skewed
from timing import report

series = skewed(8, 1_000)
report(
    "pymannkendall",
    version("pymannkendall"),
    "mann_kendall/1000",
    lambda: pymannkendall.original_test(series),
    lambda result: [result.s, result.var_s, result.p],
)
report(
    "scipy", scipy.__version__, "theil_sen/1000", lambda: theilslopes(series), lambda r: [r.slope, r.low_slope, r.high_slope]
)
