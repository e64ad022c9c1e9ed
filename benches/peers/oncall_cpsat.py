"""OR-tools' CP-SAT on the plans of the golden data: the smallest largest burden, then the least sum of squares.

One worker, as ours has one core, and a minute an objective. Its model is the plain one: a Boolean for each person,
week and role, one person a role, at most one duty in any gap, integers for the burdens.
"""

import json
import math
import pathlib
import time

import ortools
from ortools.sat.python import cp_model

from timing import smoke

DATA = pathlib.Path(__file__).resolve().parents[2] / "examples" / "conformance" / "data" / "plans.json"
SECONDS = 5 if smoke() else 60


def solve(instance):
    """Both values, and whether both are proven."""
    people, weeks, gap = instance["people"], instance["weeks"], instance["min_weeks_between_any_duty"]
    common = math.lcm(*(person["availability_percent"] for person in people))
    model = cp_model.CpModel()
    serves = {}
    for p, person in enumerate(people):
        for w in range(len(weeks)):
            for role in ("primary", "secondary"):
                serves[p, w, role] = model.new_bool_var("")
                if w in person["leave_weeks"]:
                    model.add(serves[p, w, role] == 0)
    for w in range(len(weeks)):
        for role in ("primary", "secondary"):
            model.add_exactly_one(serves[p, w, role] for p in range(len(people)))
    for p in range(len(people)):
        for first in range(len(weeks) - gap + 1):
            span = range(first, first + gap)
            model.add_at_most_one(serves[p, w, role] for w in span for role in ("primary", "secondary"))
    burdens = []
    all_load = sum(week["primary"] + week["secondary"] for week in weeks)
    for p, person in enumerate(people):
        scale = common // person["availability_percent"]
        low, high = scale * (person["carry"] - 1000), scale * (person["carry"] + all_load)
        burden = model.new_int_var(min(low, 0), high, "")
        load = sum(serves[p, w, role] * week[role] for w, week in enumerate(weeks) for role in ("primary", "secondary"))
        model.add(burden == scale * (person["carry"] + load))
        burdens.append((burden, min(low, 0), high))
    largest = model.new_int_var(min(low for _, low, _ in burdens), max(high for _, _, high in burdens), "")
    for burden, _, _ in burdens:
        model.add(burden <= largest)
    model.minimize(largest)
    solver, proven = answer(model)
    value = round(solver.objective_value)
    model.clear_objective()
    model.add(largest == value)
    squares = []
    for burden, low, high in burdens:
        square = model.new_int_var(0, max(low * low, high * high), "")
        model.add_multiplication_equality(square, [burden, burden])
        squares.append(square)
    model.minimize(sum(squares))
    solver, second = answer(model)
    return [value, round(solver.objective_value)], proven and second


def answer(model):
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SECONDS
    status = solver.solve(model)
    return solver, status == cp_model.OPTIMAL


for case in json.loads(DATA.read_text()):
    start = time.perf_counter()
    try:
        values, proven = solve(case["instance"])
    except Exception as error:  # no plan at all in the time
        values, proven = [], False
    took = time.perf_counter() - start
    line = {"peer": "CP-SAT" + ("" if proven else " (not proven)"), "version": ortools.__version__}
    line |= {"work": f"plan/{case['id']}", "ns": took * 1e9}
    if proven:
        line["check"] = [float(value) for value in values]
    print(json.dumps(line), flush=True)
