"""Precision and recall of a rule set on simulated traffic whose truth is known; see docs/evaluation.md.

Every case of every seed: `lockstep simulate`, `lockstep replay`, `lockstep signals attempts --all`.
An attempt is an attack's if one of its records is, by truth-events.jsonl.
"""

import argparse
import collections
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile

# What genuine people do in every case: carriers' gateways and offices are part of ordinary traffic.
PEOPLE = ["stale-password", "stale-mobile-token", "marketing-spike", "broken-enrolment"]
# High-volume attacks, and the others.
HIGH = ["credential-stuffing", "fake-registration", "brute-force", "distributed-guessing", "reset-bombing",
        "user-enumeration", "otp-guessing", "distributed-stuffing"]
SLOW = ["password-spray", "mfa-fatigue"]
# Which rule is meant for which scenario.
MEANT = {
    "brute_force": ["brute-force"],
    "credential_stuffing": ["credential-stuffing"],
    "distributed_brute_force": ["distributed-guessing"],
    "distributed_stuffing_agent": ["distributed-stuffing"],
    "fake_registration": ["fake-registration"],
    "mfa_fatigue": ["mfa-fatigue"],
    "origin_guessing": ["credential-stuffing", "brute-force", "user-enumeration"],
    "otp_guessing": ["otp-guessing"],
    "password_spray": ["credential-stuffing"],
    "password_spray_slow": ["password-spray"],
    "reset_bombing": ["reset-bombing"],
    "reset_enumeration": ["reset-bombing"],
    "user_enumeration": ["user-enumeration"],
}


def cases(known, days):
    """Name and scenarios of each case."""
    people = [name for name in PEOPLE if name in known]
    attacks = [name for name in HIGH + SLOW if name in known]
    found = [("no attack", people + ["broken-login"])]
    found += [(name, people + ["broken-login", name]) for name in attacks]
    evening = int(0.6 * days)
    found.append(("stuffing in a broken release", people + ["credential-stuffing", f"broken-login@{evening}d19h"]))
    found.append(("all at once", people + ["broken-login"] + attacks))
    return found


class Count:
    """Attempts by truth and verdict."""

    def __init__(self):
        self.attack = self.caught = self.people = self.wrong = 0

    def add(self, is_attack, is_marked):
        if is_attack:
            self.attack += 1
            self.caught += is_marked
        else:
            self.people += 1
            self.wrong += is_marked

    def merge(self, other):
        for name in ("attack", "caught", "people", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self):
        return self.caught / self.attack if self.attack else None

    @property
    def precision(self):
        marked = self.caught + self.wrong
        return self.caught / marked if marked else None


class Result:
    """What one case of one seed came to, or several together."""

    def __init__(self):
        self.all = Count()
        self.scenarios = collections.defaultdict(Count)
        self.rules = collections.defaultdict(Count)
        self.caught_by = collections.defaultdict(collections.Counter)
        self.people_marked = collections.Counter()
        self.friction = collections.defaultdict(Count)
        self.takeovers = Count()

    def merge(self, other):
        self.all.merge(other.all)
        self.takeovers.merge(other.takeovers)
        for mine, theirs in ((self.scenarios, other.scenarios), (self.rules, other.rules), (self.friction, other.friction)):
            for name, count in theirs.items():
                mine[name].merge(count)
        for name, counts in other.caught_by.items():
            self.caught_by[name].update(counts)
        self.people_marked.update(other.people_marked)


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def evaluate(job):
    lockstep, signals, seed, scenarios, records, days = job
    with tempfile.TemporaryDirectory(prefix="lockstep-evaluate-") as folder:
        logs, store = folder + "/logs", folder + "/store.sqlite"
        os.mkdir(folder + "/key")
        environment = dict(os.environ, LOCKSTEP_STORE=store, LOCKSTEP_KEY=folder + "/key/key")
        run([lockstep, "simulate", "--out", logs, "--seed", str(seed), "--records", str(records), "--days", str(days),
             "--plain", "--format", "keycloak", "--scenario", *scenarios], environment)
        run([lockstep, "replay", logs + "/keycloak", "--signals", signals, "--format", "json"], environment)
        attempts = run([lockstep, "signals", "attempts", "--all"], environment)
        return judge(logs, attempts)


def truth(logs):
    """Scenario and takeover by (file, byte) of the records that belong to a scenario; its kind by scenario."""
    with open(logs + "/truth.json") as file:
        kinds = {each["scenario"]: each["kind"] for each in json.load(file)["scenarios"]}
    ids = {}
    with open(logs + "/truth-events.jsonl") as file:
        for line in file:
            event = json.loads(line)
            ids[event["id"]] = (event["scenario"], event["takeover"])
    places = {}
    for path in glob.glob(logs + "/keycloak/*.jsonl"):
        offset = 0
        with open(path, "rb") as file:
            for line in file:
                known = ids.get(line[7:43].decode())
                if known:
                    places[(os.path.basename(path), offset)] = known
                offset += len(line)
    return kinds, places


def judge(logs, attempts):
    kinds, places = truth(logs)
    result = Result()
    for line in attempts.splitlines():
        attempt = json.loads(line)
        if attempt["kind"] != "customer":
            continue
        found = [places.get((os.path.basename(source), offset)) for source, offset in attempt["records"]]
        scenarios = {each[0] for each in found if each}
        attacks = {name for name in scenarios if kinds[name] == "attack"}
        is_marked = bool(attempt["signals"])
        result.all.add(bool(attacks), is_marked)
        for name in attacks:
            result.scenarios[name].add(True, is_marked)
            result.caught_by[name].update(attempt["signals"])
        if not attacks:
            for name in scenarios or {"ordinary traffic"}:
                result.friction[name].add(False, is_marked)
            if is_marked:
                result.people_marked[", ".join(attempt["signals"])] += 1
        for rule in attempt["signals"]:
            result.rules[rule].add(bool(attacks), True)
        if attempt["journey"] == "login":
            result.takeovers.add(any(each and each[1] for each in found), attempt["takeover"])
    return result


def share(value):
    return "–" if value is None else f"{value:.4f}"


def show(title, header, rows):
    widths = [max(len(str(row[column])) for row in [header] + rows) for column in range(len(header))]
    print(f"\n{title}")
    for row in [header] + rows:
        cells = [str(cell).ljust(width) if not column else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())


def report(results, total):
    rows = []
    for name, result in results.items():
        count = result.all
        flagged = count.wrong / count.people if count.people else None
        rows.append([name, count.attack, share(count.recall), share(count.precision), count.people, count.wrong,
                     "–" if flagged is None else f"{flagged * 100:.3f} %"])
    show("By case: attempts of all its seeds",
         ["case", "attack", "recall", "precision", "people", "marked", "share marked"], rows)
    show("By attack, over all cases", ["scenario", "attempts", "recall", "best rules"],
         [[name, count.attack, share(count.recall),
           ", ".join(f"{rule} {hits / count.attack:.2f}" for rule, hits in total.caught_by[name].most_common(3))]
          for name, count in sorted(total.scenarios.items())])
    rules = []
    for rule in sorted(set(total.rules) | set(MEANT)):
        count = total.rules[rule]
        meant = [name for name in MEANT.get(rule, []) if name in total.scenarios]
        attempts = sum(total.scenarios[name].attack for name in meant)
        hits = sum(total.caught_by[name][rule] for name in meant)
        rules.append([rule, count.caught + count.wrong, share(count.precision),
                      share(hits / attempts) if attempts else "–", ", ".join(meant) or "–"])
    show("By rule, over all cases", ["rule", "marked", "precision", "recall", "of"], rules)
    show("Genuine people, over all cases", ["traffic", "attempts", "marked"],
         [[name, count.people, count.wrong] for name, count in sorted(total.friction.items())])
    if total.people_marked:
        show("Signals on genuine people", ["signals", "attempts"],
             [[signals, count] for signals, count in total.people_marked.most_common(12)])
    count = total.takeovers
    print(f"\nTakeover suspects: {count.caught} of {count.attack} takeovers, {count.wrong} others")
    print(f"Overall: recall {share(total.all.recall)}, precision {share(total.all.precision)}, "
          f"{total.all.attack} attack attempts, {total.all.people} genuine")


def numbers(text):
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lockstep", default=".build/release/lockstep")
    parser.add_argument("--signals", default="standard")
    parser.add_argument("--seeds", type=numbers, default=numbers("1-20"), help="such as 1-20 or 101,105")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--case", help="only cases whose name holds this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    lockstep = os.path.abspath(options.lockstep)
    signals = os.path.abspath(options.signals) if os.path.isdir(options.signals) else options.signals
    usage = run([lockstep, "simulate", "--help"], os.environ)
    known = {name for name in HIGH + SLOW + PEOPLE if name in usage}
    chosen = [case for case in cases(known, options.days) if not options.case or options.case in case[0]]
    jobs = [(name, (lockstep, signals, seed, scenarios, options.records, options.days))
            for seed in options.seeds for name, scenarios in chosen]
    print(f"{len(options.seeds)} seeds ({options.seeds[0]} to {options.seeds[-1]}), {len(chosen)} cases, "
          f"{options.records} records over {options.days} days each, rule set {options.signals}")
    results = {name: Result() for name, _ in chosen}
    total = Result()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for done, (job, result) in enumerate(zip(jobs, pool.map(evaluate, [job for _, job in jobs])), 1):
            results[job[0]].merge(result)
            total.merge(result)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(jobs)} runs", end="", file=sys.stderr)
    report(results, total)


if __name__ == "__main__":
    main()
