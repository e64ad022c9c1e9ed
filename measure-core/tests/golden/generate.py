#!/usr/bin/env python3
"""Writes the golden cases of measure-core: what peers compute, one JSON file a module.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py [MODULE ...]

Each MODULE is a script beside this one with a function `cases()`, which gives an object of lists of cases: the names
are those that `conformance measure` reads. Seeds are fixed, so that a second run writes the same files. A case that
holds what is not finite is written with null. R (Debian: r-base-core) is needed by the scripts that say so.
"""

import importlib
import json
import math
import pathlib
import sys
from importlib.metadata import version

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["numpy", "scipy", "statsmodels", "lifelines", "pymannkendall", "ruptures", "scikit-learn"]


def plain(value):
    """The value with Python's own types, and null for what is not finite."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write(module):
    content = {"versions": {peer: version(peer) for peer in PEERS}}
    content.update(plain(importlib.import_module(module).cases()))
    lines = []
    for name, cases in content.items():
        if isinstance(cases, list):
            inner = ",\n".join("  " + json.dumps(case) for case in cases)
            lines.append(f' {json.dumps(name)}: [\n{inner}\n ]')
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(cases)}")
    (HERE / f"{module}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    counts = ", ".join(f"{len(cases)} {name}" for name, cases in content.items() if isinstance(cases, list))
    print(f"{module}.json: {counts}")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    here = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "generate")
    for module in sys.argv[1:] or here:
        write(module)
