"""Prometheus: `promtool test rules` on rules shaped like Sloth's, one service, 8 windows, 3 days of minutes."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from ticks import counts, smoke

WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
PAGE = [("1h", "5m", 14.4), ("6h", "30m", 6)]
TICKET = [("1d", "2h", 3), ("3d", "6h", 1)]


def rules():
    recorded = [
        {
            "record": f"slo:sli_error:ratio_rate{window}",
            "expr": f'sum(rate(events_total{{kind="bad"}}[{window}])) / sum(rate(events_total{{kind="all"}}[{window}]))',
        }
        for window in WINDOWS
    ]
    recorded.append(
        {
            "record": "slo:sli_error:ratio_rate30d",
            "expr": "sum_over_time(slo:sli_error:ratio_rate5m[30d]) / count_over_time(slo:sli_error:ratio_rate5m[30d])",
        }
    )
    recorded.append({"record": "slo:objective:ratio", "expr": "vector(0.999)"})
    recorded.append({"record": "slo:error_budget:ratio", "expr": "vector(1-0.999)"})
    recorded.append({"record": "slo:current_burn_rate:ratio", "expr": "slo:sli_error:ratio_rate5m / 0.001"})
    recorded.append({"record": "slo:period_burn_rate:ratio", "expr": "slo:sli_error:ratio_rate30d / 0.001"})
    recorded.append(
        {"record": "slo:period_error_budget_remaining:ratio", "expr": "1 - slo:period_burn_rate:ratio"}
    )

    def alert(name, rows):
        def row(long, short, factor):
            limit = f"({factor} * 0.001)"
            return (
                f"(max(slo:sli_error:ratio_rate{short} > {limit}) and max(slo:sli_error:ratio_rate{long} > {limit}))"
            )

        return {"alert": name, "expr": " or ".join(row(*r) for r in rows)}

    return {"groups": [{"name": "slo", "rules": recorded + [alert("page", PAGE), alert("ticket", TICKET)]}]}


def series(ticks):
    bad, total = counts(0, ticks)

    def running(values):
        out, sum = [], 0
        for value in values:
            sum += value
            out.append(str(sum))
        return " ".join(out)

    return [
        {"series": 'events_total{kind="bad"}', "values": running(bad)},
        {"series": 'events_total{kind="all"}', "values": running(total)},
    ]


def main():
    promtool = shutil.which("promtool")
    if promtool is None:
        print("skipped promtool: not installed (Debian package prometheus)", file=sys.stderr)
        return
    ticks = 60 if smoke() else 3 * 1_440
    said = subprocess.run([promtool, "--version"], capture_output=True, text=True)
    version = (said.stdout + said.stderr).split("version ")[1].split()[0].rstrip(",")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # JSON is YAML.
        (folder / "rules.yml").write_text(json.dumps(rules()))
        test = {
            "rule_files": ["rules.yml"],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": series(ticks),
                    "promql_expr_test": [
                        {
                            "expr": "vector(1)",
                            "eval_time": f"{ticks - 1}m",
                            "exp_samples": [{"labels": "{}", "value": 1}],
                        }
                    ],
                }
            ],
        }
        (folder / "test.yml").write_text(json.dumps(test))
        start = time.perf_counter()
        done = subprocess.run([promtool, "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True)
        spent = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    print(json.dumps({"peer": "promtool", "version": version, "work": "windows/1", "ns": spent / ticks * 1e9}))


main()
