#!/usr/bin/env python3
"""Compares a scorecard of Lockstep with one of the reference, count by count.

Usage: compare.py LOCKSTEP.json REFERENCE.json

Prints every difference with its path and exits with 1 if there is any. A missing key is 0.
Null against a number is a difference. Quantiles may differ by 1 %. Where Lockstep says that
distinct actors are estimated (`actors_exact` is false) they may differ by 5 %.
"""

import json
import sys

OUTCOMES = ["completed", "failed", "denied", "abandoned"]
COUNTS = ["attempts", "open", "open_completed", *OUTCOMES, "first_try", "tries", "actors",
          "actors_completed"]
NOBODYS = ["echo", "sso", "chained", "unanchored", "noise"]
QUANTILES = ["p50", "p95", "p99"]
QUANTILE_TOLERANCE = 0.01
ESTIMATE_TOLERANCE = 0.05


def flatten(card):
    """Path -> number or None, of everything that is compared."""
    flat = {}

    def take(path, holder, keys):
        for key in keys:
            if key in holder:
                flat[f"{path}.{key}"] = holder[key]

    def take_durations(path, holder):
        if "duration_ms" not in holder:
            return
        durations = holder["duration_ms"]
        if durations is None:
            durations = dict.fromkeys(["count", *QUANTILES])
        take(f"{path}.duration_ms", durations, ["count", *QUANTILES])

    for journey in card.get("journeys", []):
        name = journey["journey"]
        suspect = journey.get("suspect", {})
        genuine = journey.get("genuine", {})
        take(name, journey, COUNTS)
        take(f"{name}.suspect", suspect, [*OUTCOMES, "takeover", "tries"])
        take(f"{name}.suspect.by_signal", suspect.get("by_signal", {}),
             suspect.get("by_signal", {}))
        take(f"{name}.genuine", genuine, [*OUTCOMES, "first_try", "tries"])
        take_durations(name, journey)
        take_durations(f"{name}.genuine", genuine)
        take(f"{name}.reasons", journey.get("reasons", {}), journey.get("reasons", {}))
        for step in journey.get("steps", []):
            flat[f"{name}.steps.{step['step']}.reached"] = step["reached"]

    support = card.get("support", {})
    take("support", support, ["contacts"])
    take("support.by_journey", support.get("by_journey", {}), support.get("by_journey", {}))
    integrity = card.get("integrity", {})
    take("integrity", integrity, NOBODYS)
    take("integrity.kept_out", integrity.get("kept_out", {}), integrity.get("kept_out", {}))
    return flat


def estimated_paths(card):
    return {f"{journey['journey']}.{key}" for journey in card.get("journeys", [])
            if journey.get("actors_exact") is False for key in ("actors", "actors_completed")}


def agree(path, left, right, estimated):
    if left is None or right is None:
        return left is right
    if path in estimated:
        return abs(left - right) <= ESTIMATE_TOLERANCE * right
    if path.rsplit(".", 1)[1] in QUANTILES:
        return abs(left - right) <= QUANTILE_TOLERANCE * right
    return left == right


def differences(lockstep, reference):
    """(path, Lockstep's value, the reference's value) of every difference."""
    left = flatten(lockstep)
    right = flatten(reference)
    estimated = estimated_paths(lockstep)
    found = []
    for path in sorted(left.keys() | right.keys()):
        # What only one side names is 0 on the other, unless the one side says null.
        missing_left = None if right.get(path, 0) is None else 0
        missing_right = None if left.get(path, 0) is None else 0
        one = left.get(path, missing_left)
        other = right.get(path, missing_right)
        if not agree(path, one, other, estimated):
            found.append((path, one, other))
    return found


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py LOCKSTEP.json REFERENCE.json")
    cards = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            cards.append(json.load(file))
    found = differences(*cards)
    for path, one, other in found:
        print(f"{path}: lockstep {json.dumps(one)}, reference {json.dumps(other)}")
    compared = len(flatten(cards[0]).keys() | flatten(cards[1]).keys())
    print(f"compare: {compared} values compared, {len(found)} differ", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
