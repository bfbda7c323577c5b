#!/usr/bin/env python3
"""An independent, plain computation of the scorecard, to check Lockstep against.

It is written from the words of the design and shares no code with Lockstep. It holds everything
in memory and does one thing after the other: read records, drop duplicates, put the events in
canonical order, evaluate the rules, build the attempts, count.

Usage: scorecard_reference.py PATH... [--now TIME] [--year YEAR]
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone

from attempts import AttemptBuilder
from events import JOURNEYS, microseconds, parse_rfc3339
from journal import Journal
from rules import mark

OUTCOMES = ["completed", "failed", "denied", "abandoned"]


def quantiles(durations):
    ordered = sorted(durations)
    result = {"count": len(ordered)}
    for percent in (50, 95, 99):
        rank = -(-percent * len(ordered) // 100)  # Rounded up.
        result[f"p{percent}"] = ordered[rank - 1] if ordered else None
    return result


def count_journey(name, attempts, watermark, steps_shown):
    matured = [attempt for attempt in attempts if not attempt.is_open(watermark)]
    still_open = [attempt for attempt in attempts if attempt.is_open(watermark)]
    suspect = [attempt for attempt in matured if attempt.signals()]
    genuine = [attempt for attempt in matured if not attempt.signals()]
    completed = [attempt for attempt in matured if attempt.completion is not None]
    shows_opening = (name, JOURNEYS[name].opening) in steps_shown

    def outcomes(group):
        counts = Counter(attempt.outcome() for attempt in group)
        return {outcome: counts[outcome] for outcome in OUTCOMES}

    def first_tries(group):
        return sum(attempt.is_first_try() for attempt in group)

    def tries(group):
        return sum(attempt.tries() for attempt in group)

    def durations(group):
        if not shows_opening:
            return None
        all_ = [attempt.duration_ms() for attempt in group]
        return quantiles([duration for duration in all_ if duration is not None])

    def distinct_actors(group):
        return len({actor for attempt in group for actor in attempt.actors})

    takeovers = sum(attempt.completion is not None and bool(attempt.completion.signals)
                    for attempt in suspect)
    by_signal = Counter(signal for attempt in suspect for signal in attempt.signals())
    reasons = Counter(event.reason for attempt in matured for event in attempt.events
                      if event.outcome in ("failure", "denied"))
    reached = Counter(step for attempt in matured
                      for step in {event.step for event in attempt.events})
    return {
        "journey": name,
        "attempts": len(attempts),
        "open": len(still_open),
        "open_completed": sum(attempt.completion is not None for attempt in still_open),
        **outcomes(matured),
        "first_try": first_tries(matured),
        "tries": tries(matured),
        "actors": distinct_actors(attempts),
        "actors_completed": distinct_actors(completed),
        "suspect": {**outcomes(suspect), "takeover": takeovers, "tries": tries(suspect),
                    "by_signal": dict(sorted(by_signal.items()))},
        "genuine": {**outcomes(genuine), "first_try": first_tries(genuine),
                    "tries": tries(genuine), "duration_ms": durations(genuine)},
        "duration_ms": durations(matured),
        "reasons": dict(sorted(reasons.items())),
        "steps": [{"step": step,
                   "reached": reached[step] if (name, step) in steps_shown else None}
                  for step in JOURNEYS[name].steps],
    }


def scorecard(events):
    """The scorecard of events in canonical order."""
    mark(events)
    builder = AttemptBuilder()
    for event in events:
        builder.take(event)
    watermark = max((event.at for event in events), default=0)
    steps_shown = {(event.journey, event.step) for event in events}

    noise = [attempt for attempt in builder.attempts if attempt.is_noise()]
    tried = [attempt for attempt in builder.attempts if not attempt.is_noise()]
    kept_out = Counter(attempt.kind() for attempt in tried if attempt.kind() != "customer")
    population = defaultdict(list)
    for attempt in tried:
        if attempt.kind() == "customer":
            population[attempt.journey].append(attempt)

    contacts = [event for event in events
                if event.journey == "support" and event.step == "contact"]
    topics = Counter(event.topic for event in contacts if event.topic is not None)
    return {
        "schema": "lockstep.scorecard/1",
        "population": "customer",
        "journeys": [count_journey(name, population[name], watermark, steps_shown)
                     for name in JOURNEYS],
        "support": {"contacts": len(contacts), "by_journey": dict(sorted(topics.items()))},
        "integrity": {
            **{kind: builder.nobodys[kind] for kind in ("echo", "sso", "chained", "unanchored")},
            "noise": len(noise),
            "kept_out": dict(sorted(kept_out.items())),
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files or folders, plain or .gz")
    parser.add_argument("--now", metavar="TIME", help="RFC 3339; default: the clock")
    parser.add_argument("--year", type=int, help="the year of sshd lines, which carry none")
    options = parser.parse_args()
    now = parse_rfc3339(options.now) if options.now else microseconds(datetime.now(timezone.utc))

    journal = Journal(now, options.year)
    for path in options.paths:
        journal.add_path(path)
    events = journal.events()
    journal.counted["events"] = len(events)
    print("scorecard_reference:", dict(sorted(journal.counted.items())), file=sys.stderr)
    print(json.dumps(scorecard(events), indent=1))


if __name__ == "__main__":
    main()
