#!/usr/bin/env python3
"""Compares what the hot parts cost, in instructions per record, with committed thresholds.

Instructions are counted by callgrind, so the figure hardly depends on the machine or on what else
runs there. Each job runs on a small and on a larger input; the difference, divided by the records
between them, is the cost of one more record, without starting up.

    Benchmarks/check.py            compare with thresholds.json; exit status 1 where one is exceeded
    Benchmarks/check.py --write    measure and write thresholds.json anew
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, ".build/release/lockstep")
THRESHOLDS = os.path.join(ROOT, "Benchmarks/thresholds.json")
# Counts differ a little between processors, whose best memchr is not the same.
TOLERANCE = 0.10
SIZES = (10_000, 30_000)


def instructions(command, environment):
    """The instructions that `command` executes, all threads together."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *command],
            capture_output=True, text=True, env={**os.environ, **environment},
        )
        found = re.search(r"Collected : (\d+)", run.stderr)
        if run.returncode not in (0, 1) or not found:
            sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stderr[-2000:]}")
        return int(found.group(1))


def simulated(folder, records, kind):
    out = os.path.join(folder, f"{kind}-{records}")
    subprocess.run(
        [TOOL, "simulate", "--out", out, "--records", str(records), "--days", "2", "--format", kind, "--single-file"],
        check=True, capture_output=True,
    )
    return next(os.path.join(top, name) for top, _, names in os.walk(out)
                for name in sorted(names) if name.endswith(".gz") and "truth" not in name)


def lines_of(path):
    text = subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout
    return text.count(b"\n")


def plain(packed):
    path = packed[: -len(".gz")]
    with open(path, "wb") as file:
        subprocess.run(["gzip", "-dc", packed], stdout=file, check=True)
    return path


def costs(folder):
    """Instructions per record by job."""
    environment = {"LOCKSTEP_KEY": os.path.join(folder, "key"), "LOCKSTEP_INFLATER": "zlib"}
    sources = {kind: [simulated(folder, size, kind) for size in SIZES] for kind in ("keycloak", "sshd")}

    def store():
        path = os.path.join(folder, "store.sqlite")
        for suffix in ("", "-wal", "-shm", ".lock"):
            if os.path.exists(path + suffix):
                os.remove(path + suffix)
        return path

    jobs = {
        "normalize keycloak": ("keycloak", lambda path: [TOOL, "normalize", plain(path)]),
        "normalize sshd": ("sshd", lambda path: [TOOL, "normalize", plain(path)]),
        "replay keycloak": ("keycloak", lambda path: [TOOL, "replay", plain(path), "--store", store()]),
        "replay keycloak .gz by zlib": ("keycloak", lambda path: [TOOL, "replay", path, "--store", store()]),
    }
    found = {}
    for name, (kind, command) in jobs.items():
        small, large = sources[kind]
        counts = [instructions(command(path), environment) for path in (small, large)]
        found[name] = round((counts[1] - counts[0]) / (lines_of(large) - lines_of(small)))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the thresholds anew")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed; scripts/install-libraries.sh --bench installs it")
    with tempfile.TemporaryDirectory() as folder:
        found = costs(folder)
    if arguments.write:
        with open(THRESHOLDS, "w") as file:
            json.dump(found, file, indent=1)
            file.write("\n")
        print(json.dumps(found, indent=1))
        return
    with open(THRESHOLDS) as file:
        committed = json.load(file)
    failed = 0
    print(f"{'instructions per record':<32}{'now':>9}{'committed':>11}")
    for name, limit in committed.items():
        now = found.get(name, 0)
        verdict = "" if now <= limit * (1 + TOLERANCE) else f"  more than {TOLERANCE:.0%} above"
        failed += bool(verdict)
        print(f"{name:<32}{now:>9,}{limit:>11,}{verdict}")
    if failed:
        sys.exit("a hot part has grown: mend it, or say why and run Benchmarks/check.py --write")


if __name__ == "__main__":
    main()
