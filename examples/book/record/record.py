#!/usr/bin/env python3
"""Records the sample book anew: real servers, a real load, injected faults, a real Prometheus.

    record.py run --out DIR [--minutes 130] [--time-scale 1.0]   servers, load, faults, Prometheus
    record.py save --out DIR [--prometheus URL]                  range queries -> DIR/*.json

Needs Python 3.9 (standard library only) and `prometheus` (Debian: apt-get install prometheus).
Everything listens on 127.0.0.1. The faults are in FAULTS below; the instants at which they really
began and ended are written to DIR/incidents.csv.
"""
import argparse, asyncio, csv, datetime, json, os, random, shutil, signal, subprocess, sys, time
import urllib.parse, urllib.request
from pathlib import Path

SCRAPE_SECONDS = 5
PROMETHEUS_PORT = 19090

# name -> port, requests a second, median latency (s), share of errors when healthy
SERVICES = {
    "checkout": dict(port=19101, rate=20.0, median=0.030, errors=0.0002),
    "payments": dict(port=19102, rate=4.0, median=0.060, errors=0.0010),
    "search": dict(port=19103, rate=8.0, median=0.070, errors=0.0005),
    "login": dict(port=19104, rate=5.0, median=0.040, errors=0.0010),
    "reports": dict(port=19105, rate=10.0 / 3600, median=0.400, errors=0.0),
    "catalog": dict(port=19106, rate=2.0, median=0.020, errors=0.0001),
}
BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]
CATALOG_REFRESH_SECONDS = 30

# (start minute, length in seconds, service, kind, strength, severity, title)
FAULTS = [
    (20, 300, "checkout", "errors", 0.10, "critical", "one backend of ten answers 500"),
    (30, 120, "payments", "errors", 1.00, "critical", "certificate expired: every payment refused"),
    (40, 480, "search", "slow", 0.60, "major", "index merge: most queries 400 ms slower"),
    *[(55 + 3 * k, 30, "login", "errors", 0.20, "minor", f"session store flaps, episode {k + 1}") for k in range(10)],
    (70, 20, "checkout", "restart", 1.0, "minor", "deploy restarts the process; counters start again at 0"),
    (95, 1200, "checkout", "errors", 0.01, "minor", "slow burn: retries exhausted for one card type"),
    (100, 480, "catalog", "stall", 1.0, "major", "refresh job hangs: the catalogue goes stale"),
]
REPORTS_FAILING_REQUEST = 9  # one failure in a quiet service, on purpose: noise, not an incident


class Service:
    """One HTTP service with its own metrics; faults are set by GET /fault?kind=..&strength=.."""

    def __init__(self, name):
        self.name, self.spec = name, SERVICES[name]
        self.codes, self.buckets, self.sum, self.count = {"200": 0, "500": 0}, [0] * len(BUCKETS), 0.0, 0
        self.fault, self.strength, self.refreshed = None, 0.0, time.time()
        self.random = random.Random(f"{name}-{os.getpid()}")

    async def work(self):
        delay = self.spec["median"] * self.random.lognormvariate(0, 0.45)
        if self.fault == "slow" and self.random.random() < self.strength:
            delay += 0.4
        await asyncio.sleep(delay)
        share = self.strength if self.fault == "errors" else 0.0
        return "500" if self.random.random() < max(share, self.spec["errors"]) else "200"

    async def refresh(self):
        while True:
            if self.fault != "stall":
                self.refreshed = time.time()
            await asyncio.sleep(CATALOG_REFRESH_SECONDS)

    def metrics(self):
        label = f'service="{self.name}"'
        out = ["# TYPE http_requests_total counter"]
        out += [f'http_requests_total{{{label},code="{c}"}} {n}' for c, n in sorted(self.codes.items())]
        out.append("# TYPE http_request_duration_seconds histogram")
        out += [f'http_request_duration_seconds_bucket{{{label},le="{le}"}} {n}' for le, n in zip(BUCKETS, self.buckets)]
        out += [f'http_request_duration_seconds_bucket{{{label},le="+Inf"}} {self.count}',
                f"http_request_duration_seconds_sum{{{label}}} {self.sum:.6f}",
                f"http_request_duration_seconds_count{{{label}}} {self.count}"]
        if self.name == "catalog":
            out += ["# TYPE catalog_last_refresh_timestamp_seconds gauge",
                    f"catalog_last_refresh_timestamp_seconds{{{label}}} {self.refreshed:.3f}"]
        return "\n".join(out) + "\n"

    async def handle(self, reader, writer):
        try:
            target = (await reader.readline()).decode().split(" ")[1]
            while (await reader.readline()).strip():
                pass
            code, body = "200", "ok\n"
            if target == "/metrics":
                body = self.metrics()
            elif target.startswith("/fault"):
                query = urllib.parse.parse_qs(urllib.parse.urlparse(target).query)
                kind = query["kind"][0]
                self.fault, self.strength = (None, 0.0) if kind == "none" else (kind, float(query["strength"][0]))
            else:
                began = time.perf_counter()
                code = await self.work()
                if self.name == "reports" and self.count + 1 == REPORTS_FAILING_REQUEST:
                    code = "500"
                took = time.perf_counter() - began
                self.codes[code] += 1
                self.count, self.sum = self.count + 1, self.sum + took
                for i, le in enumerate(BUCKETS):
                    self.buckets[i] += took <= le
            reason = "OK" if code == "200" else "Internal Server Error"
            writer.write(f"HTTP/1.1 {code} {reason}\r\nContent-Type: text/plain; version=0.0.4\r\n"
                         f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
            await writer.drain()
        except (IndexError, KeyError, ValueError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve(self):
        server = await asyncio.start_server(self.handle, "127.0.0.1", self.spec["port"])
        asyncio.create_task(self.refresh())
        async with server:
            await server.serve_forever()


async def get(port, path):
    reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 2)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def tell(name, path):
    """A fault must arrive even while the service starts up."""
    for _ in range(60):
        try:
            return await get(SERVICES[name]["port"], path)
        except (OSError, asyncio.TimeoutError):
            await asyncio.sleep(0.5)
    raise RuntimeError(f"{name} does not answer")


async def load(name, until):
    """Poisson arrivals: an open loop, so a slow server does not slow its callers down."""
    spec, chance, running = SERVICES[name], random.Random(f"load-{name}"), set()

    async def one():
        try:
            await get(spec["port"], "/")
        except (OSError, asyncio.TimeoutError):
            pass

    while time.time() < until:
        await asyncio.sleep(min(chance.expovariate(spec["rate"]), max(0.0, until - time.time())))
        if time.time() < until:
            task = asyncio.create_task(one())
            running.add(task)
            task.add_done_callback(running.discard)


def start_service(name):
    return subprocess.Popen([sys.executable, __file__, "serve", name])


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


async def inject(processes, began, scale, path):
    rows = []

    async def one(minute, length, name, kind, strength, severity, title):
        await asyncio.sleep(max(0.0, began + minute * 60 * scale - time.time()))
        start = time.time()
        if kind == "restart":
            processes[name].terminate()
            processes[name].wait()
            await asyncio.sleep(length)
            processes[name] = start_service(name)
        else:
            await tell(name, f"/fault?kind={kind}&strength={strength}")
            await asyncio.sleep(length * scale)
            await tell(name, "/fault?kind=none")
        rows.append([stamp(start), stamp(time.time()), name, severity, kind, strength, title])
        with open(path, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["start", "end", "service", "severity", "kind", "strength", "title"])
            writer.writerows(sorted(rows))

    await asyncio.gather(*(one(*fault) for fault in FAULTS))


async def run(args):
    binary = shutil.which("prometheus") or sys.exit("prometheus is not installed: apt-get install prometheus")
    out = Path(args.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    targets = ", ".join(f"'127.0.0.1:{s['port']}'" for s in SERVICES.values())
    (out / "prometheus.yml").write_text(
        f"global:\n  scrape_interval: {SCRAPE_SECONDS}s\n  scrape_timeout: {SCRAPE_SECONDS - 1}s\n"
        f"scrape_configs:\n  - job_name: book\n    static_configs:\n      - targets: [{targets}]\n")
    processes = {name: start_service(name) for name in SERVICES}
    await asyncio.sleep(1.5)
    prometheus = subprocess.Popen(
        [binary, f"--config.file={out}/prometheus.yml", f"--storage.tsdb.path={out}/tsdb",
         f"--web.listen-address=127.0.0.1:{PROMETHEUS_PORT}"], stderr=open(out / "prometheus.log", "w"))
    began = time.time()
    until = began + args.minutes * 60 * args.time_scale
    (out / "began.json").write_text(json.dumps({"began": stamp(began), "planned_end": stamp(until)}) + "\n")
    try:
        await asyncio.gather(inject(processes, began, args.time_scale, out / "incidents.csv"),
                             *(load(name, until) for name in SERVICES))
        save(args)
    finally:
        if not args.keep_running:
            for process in [*processes.values(), prometheus]:
                process.send_signal(signal.SIGTERM)


# file -> the query whose raw samples it holds
QUERIES = {
    "requests.json": "http_requests_total",
    "latency.json": 'http_request_duration_seconds_bucket{service="search"}',
    "freshness.json": "catalog_last_refresh_timestamp_seconds",
}


def save(args):
    out = Path(args.out).resolve()
    window = json.loads((out / "began.json").read_text())
    parse = lambda text: datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    start, end = parse(window["began"]), min(time.time(), parse(window["planned_end"]))
    start += -start % SCRAPE_SECONDS
    base = getattr(args, "prometheus", None) or f"http://127.0.0.1:{PROMETHEUS_PORT}"
    for name, query in QUERIES.items():
        # A staleness look-back of one scrape: a failed scrape stays a gap instead of the last value again.
        text = urllib.parse.urlencode({"query": query, "start": start, "end": end, "step": SCRAPE_SECONDS,
                                       "lookback_delta": f"{SCRAPE_SECONDS}s"})
        with urllib.request.urlopen(f"{base}/api/v1/query_range?{text}", timeout=60) as reply:
            document = json.load(reply)
        if document["status"] != "success" or not document["data"]["result"]:
            sys.exit(f"{query}: Prometheus answered {document['status']} with no series")
        for series in document["data"]["result"]:
            series["metric"] = {k: v for k, v in series["metric"].items() if k not in ("instance", "job")}
        with open(out / name, "w") as file:
            json.dump(document, file, separators=(",", ":"))
            file.write("\n")
        print(f"{name}: {len(document['data']['result'])} series", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("run")
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=130)
    p.add_argument("--time-scale", type=float, default=1.0)
    p.add_argument("--keep-running", action="store_true")
    p = commands.add_parser("save")
    p.add_argument("--out", required=True)
    p.add_argument("--prometheus")
    commands.add_parser("serve").add_argument("name", choices=SERVICES)
    args = parser.parse_args()
    if args.command == "serve":
        asyncio.run(Service(args.name).serve())
    elif args.command == "run":
        asyncio.run(run(args))
    else:
        save(args)


if __name__ == "__main__":
    main()
