"""R: wilcox.test with its interval, where R is installed (Debian: apt-get install r-base-core)."""

import json
import shutil
import subprocess
import sys

from timing import mix, smoke

SCRIPT = """
n <- %d
x <- scan(file("stdin"), quiet = TRUE, n = 2 * n)
y <- x[(n + 1):(2 * n)]; x <- x[1:n]
times <- replicate(%d, system.time(wilcox.test(x, y, conf.int = TRUE))["elapsed"])
cat(as.character(getRversion()), median(times))
"""

if shutil.which("Rscript") is None:
    sys.exit("R is not installed (Debian: apt-get install r-base-core)")


def skewed(stream, n, shift=0.0):
    uniform = (((mix(index + stream * 1_000_000_007) >> 11) + 0.5) / 2.0**53 for index in range(n))
    return [u / (1.0 - u) + shift for u in uniform]


for n in (1_000,):
    numbers = "\n".join(map(repr, skewed(1, n, 0.25) + skewed(2, n)))
    command = ["Rscript", "-e", SCRIPT % (n, 1 if smoke() else 5)]
    answer = subprocess.run(command, input=numbers, capture_output=True, text=True, check=True).stdout
    version, seconds = answer.split()
    print(json.dumps({"peer": "R", "version": version, "work": f"hodges_lehmann/{n}", "ns": float(seconds) * 1e9}))
