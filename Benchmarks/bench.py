#!/usr/bin/env python3
"""Measures Lockstep on simulated logs, beside what a user would run in its place.

Each job runs once per round, all jobs in turn, so that a slow minute of the machine hits every
side alike. Printed are medians: seconds, records per second, CPU seconds, how busy the cores were,
and peak memory; `--json FILE` writes them with every run. Compare ratios of one run, not seconds
of different machines.

    Benchmarks/bench.py                      the standard table: 2,000,000 records, five rounds
    Benchmarks/bench.py --only replay,gzip   some jobs
    Benchmarks/bench.py --growth             1, 2, 5, 10, … million records: time, memory, size
"""
import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, ".build/release/lockstep")
DATA = os.path.join(ROOT, "Benchmarks/data")
CORES = os.cpu_count() or 1

ZLIB_LOOP = """
import sys, zlib
with open(sys.argv[1], "rb") as packed:
    decoder = zlib.decompressobj(31)
    while chunk := packed.read(1 << 18):
        while chunk:
            decoder.decompress(chunk)
            chunk = decoder.unused_data
            if decoder.eof:
                decoder = zlib.decompressobj(31)
"""


class Run:
    """What one process cost."""

    def __init__(self, command, environment):
        with open(os.devnull, "wb") as nothing:
            began = time.monotonic()
            child = subprocess.Popen(
                command, stdout=nothing, stderr=subprocess.PIPE, env={**os.environ, **environment}
            )
            # Drained before waiting, so that a talkative process never blocks on its pipe.
            self.messages = child.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(child.pid, 0)
            self.seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)} ended with {child.returncode}:\n{self.messages}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024


class Job:
    """Something to measure: a command, how many records it handles, and what to clear before it."""

    def __init__(self, name, command, records=None, environment=None, fresh=None, stands_for=""):
        self.name = name
        self.command = command
        self.records = records
        self.environment = environment or {}
        self.fresh = fresh
        self.stands_for = stands_for
        self.runs = []

    def run(self):
        if self.fresh:
            remove_store(self.fresh)
        self.runs.append(Run(self.command, self.environment))

    def median(self, name):
        return statistics.median(getattr(run, name) for run in self.runs)

    def row(self, base):
        seconds = self.median("seconds")
        return {
            "job": self.name,
            "seconds": round(seconds, 4),
            "records": self.records,
            "records_per_second": round(self.records / seconds) if self.records else None,
            "cpu_seconds": round(self.median("cpu"), 3),
            "cores_busy": round(self.median("cpu") / seconds / CORES, 3),
            "peak_mb": round(self.median("megabytes"), 1),
            "of_gzip": round(seconds / base, 3) if base else None,
            "runs": [round(run.seconds, 4) for run in self.runs],
            "what": self.stands_for,
        }


def remove_store(path):
    for suffix in ("", "-wal", "-shm", ".lock"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)


def lines_of(path):
    """The number of lines in a packed or plain file."""
    reader = ["gzip", "-dc", path] if path.endswith(".gz") else ["cat", path]
    unpack = subprocess.Popen(reader, stdout=subprocess.PIPE)
    count = int(subprocess.run(["wc", "-l"], stdin=unpack.stdout, capture_output=True, check=True).stdout)
    unpack.wait()
    return count


def simulated(name, *options):
    """The folder of a simulation, made once."""
    folder = os.path.join(DATA, name)
    done = os.path.join(folder, ".made")
    if not os.path.exists(done) or open(done).read() != " ".join(options):
        print(f"simulating {name}: {' '.join(options)}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(DATA, exist_ok=True)
        subprocess.run([TOOL, "simulate", "--out", folder, *options], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(done, "w") as mark:
            mark.write(" ".join(options))
    return folder


def keycloak(records):
    """The packed file of `records` Keycloak records, and the number of its lines."""
    folder = simulated(f"keycloak-{records}", "--records", str(records), "--format", "keycloak",
                       "--single-file")
    packed = os.path.join(folder, "keycloak/keycloak.jsonl.gz")
    return packed, counted(packed)


def counted(path):
    """The lines of `path`, counted once and kept beside it."""
    kept = path + ".lines"
    if not os.path.exists(kept) or os.path.getmtime(kept) < os.path.getmtime(path):
        with open(kept, "w") as file:
            file.write(str(lines_of(path)))
    return int(open(kept).read())


def plain(packed):
    """The unpacked copy of `packed`, made once."""
    path = packed[: -len(".gz")]
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(packed):
        with open(path, "wb") as file:
            subprocess.run(["gzip", "-dc", packed], stdout=file, check=True)
    return path


def replay(source, store):
    key = os.path.join(DATA, "bench.key")
    return [TOOL, "replay", *([source] if isinstance(source, str) else source), "--store", store, "--key", key]


def jobs(records):
    packed, lines = keycloak(records)
    unpacked = plain(packed)
    store = os.path.join(DATA, "store.sqlite")
    key = os.path.join(DATA, "bench.key")
    sshd_folder = simulated(f"sshd-{records}", "--records", str(records), "--format", "sshd", "--single-file")
    sshd = next(os.path.join(top, name) for top, _, names in os.walk(sshd_folder)
                for name in sorted(names) if name.endswith(".gz") and "truth" not in name)
    parts = simulated(f"parts-{records}", "--records", str(records), "--format", "keycloak", "--days", "100")
    part_files = [os.path.join(parts, "keycloak")]
    kept = os.path.join(DATA, "kept.sqlite")
    remove_store(kept)
    Run(replay(packed, kept), {})
    return [
        Job("gzip", ["gzip", "-dc", packed], lines, stands_for="gzip -dc of the packed file"),
        Job("zlib", [sys.executable, "-c", ZLIB_LOOP, packed], lines, stands_for="zlib alone, in a loop"),
        Job("replay", replay(packed, store), lines, fresh=store,
            stands_for="packed JSON to a scorecard, fresh store"),
        Job("replay-zlib", replay(packed, store), lines, {"LOCKSTEP_INFLATER": "zlib"}, fresh=store,
            stands_for="the same, inflated by zlib"),
        Job("wc", ["wc", "-l", unpacked], lines, stands_for="wc -l of the plain file"),
        Job("replay-plain", replay(unpacked, store), lines, fresh=store,
            stands_for="plain JSON to a scorecard"),
        Job("normalize", [TOOL, "normalize", unpacked, "--key", key], lines,
            stands_for="plain JSON to NDJSON"),
        Job("replay-sshd", replay(sshd, store), counted(sshd), fresh=store,
            stands_for="packed sshd lines to a scorecard"),
        Job("replay-parts", replay(part_files, store), parts_lines(part_files[0]), fresh=store,
            stands_for="100 packed files to a scorecard"),
        Job("scorecard", [TOOL, "scorecard", "--store", kept], stands_for="a scorecard of all cells"),
        Job("help", [TOOL, "--help"], stands_for="starting up"),
    ]


def parts_lines(folder):
    return sum(counted(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith(".gz"))


def table(rows):
    print(f"{'job':<14}{'seconds':>9}{'records/s':>12}{'CPU s':>8}{'busy':>7}{'peak MB':>9}{'of gzip':>9}  what")
    for row in rows:
        rate = f"{row['records_per_second']:,}" if row["records_per_second"] else ""
        share = f"{row['of_gzip']:.2f}" if row["of_gzip"] else ""
        print(f"{row['job']:<14}{row['seconds']:>9.3f}{rate:>12}{row['cpu_seconds']:>8.2f}"
              f"{row['cores_busy'] * 100:>6.0f}%{row['peak_mb']:>9.0f}{share:>9}  {row['what']}")


def growth(sizes, rounds):
    """Time, memory and store size for growing input."""
    rows = []
    store = os.path.join(DATA, "store.sqlite")
    for millions in sizes:
        packed, lines = keycloak(millions * 1_000_000)
        job = Job(f"{millions} M", replay(packed, store), lines, fresh=store)
        for _ in range(rounds):
            job.run()
        row = job.row(None)
        row["store_mb"] = round(os.path.getsize(store) / 1e6, 1)
        row["store_bytes_per_record"] = round(os.path.getsize(store) / lines, 1)
        rows.append(row)
        print(f"{row['job']:>6}{row['seconds']:>9.2f} s{row['records_per_second']:>12,} records/s"
              f"{row['peak_mb']:>8.0f} MB{row['store_mb']:>9.1f} MB store"
              f"{row['store_bytes_per_record']:>7.1f} B/record", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="names of jobs, separated by commas")
    parser.add_argument("--growth", action="store_true", help="measure growing input")
    parser.add_argument("--sizes", default="1,2,5,10", help="millions of records for --growth")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    if not os.path.exists(TOOL):
        sys.exit("build first: make build")
    if arguments.growth:
        rows = growth([int(size) for size in arguments.sizes.split(",")], min(arguments.rounds, 3))
    else:
        wanted = [name for name in arguments.only.split(",") if name]
        chosen = [job for job in jobs(arguments.records) if not wanted or job.name in wanted]
        for number in range(arguments.rounds):
            for job in chosen:
                print(f"round {number + 1} of {arguments.rounds}: {job.name}", file=sys.stderr)
                job.run()
        gzip = next((job.median("seconds") for job in chosen if job.name == "gzip"), None)
        rows = [job.row(gzip if job.name.startswith(("replay", "zlib", "gzip")) else None) for job in chosen]
        table(rows)
        store = os.path.join(DATA, "kept.sqlite")
        events = int(subprocess.run(["python3", "-c", SIZE, store], capture_output=True, text=True).stdout or 0)
        if events:
            print(f"store: {os.path.getsize(store):,} bytes, {os.path.getsize(store) / events:.1f} a journalled event")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"date": datetime.date.today().isoformat(), "cores": CORES, "rows": rows}, file, indent=1)


SIZE = "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('select sum(events) from slice').fetchone()[0])"

if __name__ == "__main__":
    main()
