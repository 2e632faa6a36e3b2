#!/usr/bin/env bash
# Runs the targets one after the other, each for so many seconds, and fails if one found something.
#
#   fuzz/long.sh [seconds, 7200 unless told] [target, all unless told]...
#
# $BUILD has options for the build. `BUILD="--sanitizer none --codegen-units 16"` compiles in two
# thirds of the time, for a short run: the crates have no `unsafe`, so that the default,
# AddressSanitizer, looks for faults in dependencies alone.
#
# What a run adds to the corpora is in found/<target>/, its output in found/<target>.log, a finding
# in artifacts/<target>/.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-7200}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)

failed=()
for target in "${targets[@]}"; do
  mkdir -p "found/$target"
  dictionary=()
  [ ! -f "dictionaries/$target.dict" ] || dictionary=("-dict=dictionaries/$target.dict")
  echo "$target, $seconds s"
  # shellcheck disable=SC2086 # Several words.
  if cargo +nightly fuzz run ${BUILD:-} "$target" "found/$target" "corpus/$target" -- "${dictionary[@]}" \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=300 2>"found/$target.log"; then
    grep -E '^#[0-9]+\s+DONE|^Done' "found/$target.log"
  else
    tail -n 40 "found/$target.log"
    failed+=("$target")
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "a finding in: ${failed[*]}" >&2; exit 1; }
