#!/usr/bin/env bash
# Runs every bench and writes what came out into docs/benchmarks.md, between the marks that it has
# for each. Half an hour, on a machine that does nothing else. PostgreSQL's server programs have to
# be there (Debian: postgresql).
#
#   benches/page.sh                 runs every bench, then writes the page
#   benches/page.sh otp growth      only these of otp, service, answers, growth, http and peers
#   benches/page.sh --test …        each case once and small, which writes nothing: whether the
#                                   benches and this still work
#
# TIDY="nice -n 15" runs them under a command, TMPDIR is where the databases lie, USERS=1000000 is
# the largest table of growth (5,000,000 otherwise, which take 20 GB).
#
# PEERS is a folder with one folder for each other server. Each has a `run.sh` that starts the
# server over SQLite, synced if SQLITE_SYNC=FULL, drives its second step, and prints JSON lines.
# Those of the kind "median" have req_s, server_cpu_ms_per_req, p50_ms and p99_ms. One of them
# drives the demo as well, $COUNTERSIGN_BIN. Without PEERS there is no part peers.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never LC_ALL=C

page=docs/benchmarks.md
small=()
if [ "${1:-}" = --test ]; then
  small=(-- --test)
  shift
fi
parts=("$@")
[ $# -gt 0 ] || parts=(otp service answers growth http ${PEERS:+peers})
found=$(mktemp -d)
trap 'rm -r "$found"' EXIT

# What the last run left of each case, in the order in which they ran.
cases() {
  find target/criterion -path '*/new/estimates.json' -newer "$found/started" -printf '%T@ %h\n' | sort -n | cut -d' ' -f2-
}

# A string of a JSON file that is one line.
string() {
  sed -n 's/.*"'"$2"'":"\([^"]*\)".*/\1/p' "$1"
}

# Point, lower and upper bound of the median, in nanoseconds.
median() {
  sed -n 's/.*"median":{"confidence_interval":{"confidence_level":0.95,"lower_bound":\([^,]*\),"upper_bound":\([^}]*\)},"point_estimate":\([^,]*\),.*/\3 \1 \2/p' "$1"
}

criterion_bench() {
  touch "$found/started"
  ${TIDY:-} cargo bench --quiet --bench "$1" "${small[@]}" >/dev/null
  [ -z "${small[*]}" ] || return 0
  cases | while read -r folder; do
    printf '%s|%s|%s\n' "$(string "$folder/benchmark.json" group_id)" "$(string "$folder/benchmark.json" function_id)" \
      "$(median "$folder/estimates.json")"
  done | awk -F'|' -f benches/table.awk >"$found/$1"
  [ "$(wc -l <"$found/$1")" -gt 2 ] || { echo "no case of the bench $1 was found" >&2; exit 1; }
}

machine() {
  local cpu flags
  cpu=$(lscpu)
  flags=$(sed -n 's/^Flags: *//p' <<<"$cpu" | tr ' ' '\n' | grep -xE 'sha_ni|aes|vaes|avx2|pclmulqdq|sha1|sha2|pmull' | paste -sd' ')
  field() { sed -n "s/^$1: *//p" <<<"$cpu" | head -1; }
  printf '| | |\n| --- | --- |\n'
  printf '| processor | %s, %s, %s cores%s |\n' "$(field 'Model name')" "$(field Architecture)" "$(nproc)" \
    "$(field 'Hypervisor vendor' | sed 's/^/, virtual (/; s/$/)/')"
  printf '| instructions | %s |\n' "$flags"
  printf '| memory | %s GiB |\n' "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)"
  printf '| system | %s, Linux %s |\n' "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r | cut -d- -f1)"
  printf '| databases on | %s |\n' "$(df --output=fstype "${TMPDIR:-/tmp}" | tail -1)"
  printf '| compiler | %s |\n' "$(rustc --version)"
  printf '| peers | %s |\n' "$(versions)"
}

# What a part was measured on, and when. The load tells what else ran.
stamp() {
  printf 'Measured on %s at %s. Load of the machine before: %s.\n\n' "$(date -u +%F)" \
    "$commit" "$(cut -d' ' -f1 /proc/loadavg)"
}

# Of the peers, as Cargo.lock has them.
versions() {
  for peer in totp-rs otp-std hmac sqlx; do
    awk -v peer="$peer" '$1 == "name" { name = $3 } $1 == "version" && name == "\"" peer "\"" { gsub("\"", "", $3); version = $3 }
      END { printf "%s %s\n", peer, version }' Cargo.lock
  done | paste -sd, | sed 's/,/, /g'
}

# Runs a command on a PostgreSQL of its own with these settings.
over_postgres() {
  COUNTERSIGN_POSTGRES_SETTINGS=$1 ${TIDY:-} crates/countersign-sqlx/tests/postgres.sh "${@:2}"
}

# The server's settings are lines of their own between the tables.
with_settings() {
  awk '/^[a-z_]+ = / { line = line (line == "" ? "PostgreSQL: " : ", ") "`" $0 "`"; next }
       line != "" { print line "."; line = "" }
       NR > 1 || $0 != "" { print }'
}

synced="fsync=on shared_buffers=4GB max_wal_size=8GB"

answers() {
  over_postgres "$synced" cargo bench --quiet -p countersign-sqlx --bench answers "${small[@]}" |
    with_settings >"$found/answers"
}

growth() {
  local size=(-- --growth --users "${USERS:-5000000}")
  [ -z "${small[*]}" ] || size=("${small[@]}" --growth)
  over_postgres "$synced maintenance_work_mem=1GB" cargo bench --quiet -p countersign-sqlx --bench answers "${size[@]}" |
    with_settings >"$found/growth"
}

# One table of two runs.
http() {
  local size=(-- --users 10000) unsynced=(-- --users 10000 PostgreSQL)
  [ -z "${small[*]}" ] || size=("${small[@]}") unsynced=("${small[@]}" PostgreSQL)
  local bench=(cargo bench --quiet -p countersign-demo --bench verify)
  over_postgres "$synced" "${bench[@]}" "${size[@]}" >"$found/http"
  over_postgres "" "${bench[@]}" "${unsynced[@]}" | tail -1 >>"$found/http"
}

# The demo and other servers, one after the other, and the demo's figures beside each.
peers() {
  local folder
  export COUNTERSIGN_BIN=$PWD/target/release/countersign-demo SQLITE_SYNC=FULL PROBES=0
  export TARGETS="countersign better-auth"
  for folder in "${PEERS:?names no folder}"/*/; do ${TIDY:-} "$folder/run.sh"; done >"$found/runs"
  jq -r 'select(.kind == "median") | [.target // .peer, .req_s, .server_cpu_ms_per_req, .p50_ms, .p99_ms] | @tsv' "$found/runs" |
    awk -F'\t' '
      BEGIN {
        print "| server | requests a second | processor, ms a request | p50, ms | p99, ms | our requests, times theirs | our processor time, of theirs |"
        print "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
      }
      $1 == "countersign" { requests = $2; processor = $3 }
      { printf "| %s | %.0f | %.2f | %.1f | %.1f |", $1, $2, $3, $4, $5 }
      $1 == "countersign" { print "  |  |" }
      $1 != "countersign" { printf " %.1f | %.2f |\n", requests / $2, processor / $3 }' >"$found/peers"
  [ "$(wc -l <"$found/peers")" -gt 3 ] || { echo "there are no medians in $found/runs" >&2; exit 1; }
}

# Puts a file in the place of what stands between two marks of the page.
put() {
  grep -q "^<!-- $1 -->$" "$page" || { echo "$page has no mark for $1" >&2; exit 1; }
  awk -v name="$1" -v file="$found/$1" '
    $0 == "<!-- end of " name " -->" { inside = 0 }
    !inside { print }
    $0 == "<!-- " name " -->" { inside = 1; print ""; while ((getline line < file) > 0) print line; print "" }
  ' "$page" >"$found/page"
  cp "$found/page" "$page"
}

# Before the page changes.
commit=$(git describe --always --dirty --exclude '*')
# First, so that nothing is compiled between two measurements.
for part in "${parts[@]}"; do
  case $part in
    otp | service) bench=(--bench "$part") ;;
    answers | growth) bench=(-p countersign-sqlx --bench answers) ;;
    http | peers) bench=(-p countersign-demo --bench verify) ;;
    *) echo "there is no bench $part" >&2 && exit 1 ;;
  esac
  cargo bench --quiet --no-run "${bench[@]}"
done
# Each part is written when it is measured, so that what fails later loses nothing.
[ -n "${small[*]}" ] || { machine >"$found/machine" && put machine; }
for part in "${parts[@]}"; do
  stamp >"$found/stamp"
  case $part in
    otp | service) criterion_bench "$part" ;;
    *) "$part" ;;
  esac
  [ -z "${small[*]}" ] || continue
  cat "$found/stamp" "$found/$part" >"$found/whole"
  mv "$found/whole" "$found/$part"
  put "$part"
done
