#!/bin/sh
# Measures replay and normalize on simulated Keycloak records, beside gzip on the same file, and
# prints medians of five runs. `Benchmarks/run.sh [records]`; 2,000,000 unless told otherwise.
set -eu
cd "$(dirname "$0")/.."
records=${1:-2000000}
data=Benchmarks/data
tool=.build/release/lockstep
mkdir -p "$data"

if [ ! -f "$data/made-$records" ]; then
    echo "Simulating $records Keycloak records (once)"
    "$tool" simulate --out "$data/logs" --records "$records" --format keycloak --single-file >/dev/null
    gzip -dc "$data/logs/keycloak/keycloak.jsonl.gz" > "$data/keycloak.jsonl"
    rm -f "$data"/made-*
    touch "$data/made-$records"
fi
packed=$data/logs/keycloak/keycloak.jsonl.gz
plain=$data/keycloak.jsonl
lines=$(wc -l < "$plain")

# seconds and peak kilobytes of one run of "$@", through GNU time or the shell's own clock.
measure() {
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -f '%e %M %U %S' "$@" >/dev/null 2>"$data/stderr" || true
        tail -1 "$data/stderr"
    else
        begin=$(date +%s.%N)
        "$@" >/dev/null 2>&1 || true
        end=$(date +%s.%N)
        echo "$begin $end" | awk '{ printf "%.2f 0 0 0\n", $2 - $1 }'
    fi
}

replay() {
    rm -f "$data/store.sqlite" "$data/store.sqlite-wal" "$data/store.sqlite-shm"
    measure "$tool" replay "$packed" --store "$data/store.sqlite" --key "$data/bench.key"
}

for run in 1 2 3 4 5; do
    echo "gzip -dc $(measure gzip -dc "$packed")"
    echo "replay.gz $(replay)"
    echo "normalize $(measure "$tool" normalize "$plain" --key "$data/bench.key")"
done > "$data/runs"

echo "$lines records, $(wc -c < "$plain") bytes, $(wc -c < "$packed") packed; medians of five runs"
printf '%-12s %10s %14s %10s %10s\n' job seconds records/s 'peak MB' 'CPU s'
for job in 'gzip -dc' replay.gz normalize; do
    grep "^$job " "$data/runs" | sed "s/^$job //" | sort -n | awk -v job="$job" -v lines="$lines" '
        NR == 3 { printf "%-12s %10.2f %14d %10d %10.2f\n", job, $1, lines / $1, $2 / 1024, $3 + $4 }'
done
size=$(wc -c < "$data/store.sqlite")
echo "store: $size bytes, $((size / lines)) bytes a record"
