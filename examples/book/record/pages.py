"""Writes oncall/pages.csv: a page for each incident that was recorded on 24 November 2026, and made-up ones before.

    python3 examples/book/record/pages.py

Of the recorded ones the service, the beginning and the end are as injected (incidents.csv); that somebody was paged a
minute later, and when they took it, is made up like everything before that day. The same seed gives the same file.
"""

import csv
import datetime
import pathlib
import random

BOOK = pathlib.Path(__file__).resolve().parent.parent
UTC = datetime.timezone.utc
FIRST, DAY = datetime.datetime(2026, 10, 5, 7, tzinfo=UTC), datetime.datetime(2026, 11, 24, tzinfo=UTC)
random.seed(20261005)


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def row(at, service, incident, lasts, outcome, source):
    """Slower in the night; what is over before anybody looks is never taken."""
    slow = 2.2 if at.hour >= 21 or at.hour < 6 else 1.0
    wait = datetime.timedelta(seconds=round(random.lognormvariate(4.6, 0.6) * slow))
    resolved = at + lasts
    taken = "" if outcome in ("self-resolved", "duplicate") or at + wait >= resolved else stamp(at + wait)
    return [stamp(at), service, incident, taken, stamp(resolved), outcome, source]


rows = []
at, number = FIRST, 0
while True:
    # Some five incidents a week, more by day.
    at += datetime.timedelta(hours=random.expovariate(1 / 30))
    if at >= DAY:
        break
    if not 6 <= at.hour < 21 and random.random() < 0.45:
        continue
    number += 1
    service = random.choices(["checkout", "payments", "search", "login", "catalog"], [3, 1, 4, 3, 1])[0]
    lasts = datetime.timedelta(minutes=round(random.lognormvariate(3.2, 0.7)) + 3)
    outcome = random.choices(["actionable", "noise", "self-resolved"], [70, 18, 12])[0]
    name = f"made-up-{number:03}"
    rows.append(row(at, service, name, lasts, outcome, "made up"))
    if random.random() < 0.2:
        again = at + datetime.timedelta(minutes=random.randint(2, 9))
        rows.append(row(again, service, name, lasts, "duplicate", "made up"))

flaps = 0
with open(BOOK / "incidents.csv", newline="") as file:
    for incident in csv.DictReader(file):
        read = lambda name: datetime.datetime.fromisoformat(incident[name].replace("Z", "+00:00"))
        start, end = read("start"), read("end")
        at = start + datetime.timedelta(minutes=1)
        if incident["kind"] == "restart" or (incident["service"] == "login" and end < at):
            flaps += incident["service"] == "login"
            # Half a minute of errors is over before its page comes: the third flap makes one of them all.
            if flaps != 3 or incident["service"] != "login":
                continue
        name = f"{incident['service']}-{start:%H%M}"
        lasts = max(end - at, datetime.timedelta(minutes=20) if incident["service"] == "login" else end - at)
        outcome = "noise" if incident["strength"] == "0.01" else "actionable"
        rows.append(row(at, incident["service"], name, lasts, outcome, "recorded"))

rows.sort(key=lambda row: row[0])
with open(BOOK / "oncall" / "pages.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["at", "service", "incident", "acknowledged", "resolved", "outcome", "source"])
    writer.writerows(rows)
