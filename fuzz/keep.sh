#!/usr/bin/env bash
# Keeps, of what runs added (found/), the fewest inputs that reach code which the corpora do not:
# fuzz/keep.sh [target]...
set -euo pipefail
cd "$(dirname "$0")"
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)

for target in "${targets[@]}"; do
  # By edges alone: how often each is taken would keep ten times as many.
  cargo +nightly fuzz run "$target" "corpus/$target" "found/$target" -- \
    -set_cover_merge=1 -use_counters=0 2>"found/$target.log" || { tail -n 40 "found/$target.log"; exit 1; }
  for input in "corpus/$target"/????????????????????????????????????????; do
    [ ! -f "$input" ] || mv "$input" "corpus/$target/found_$(basename "$input" | cut -c 1-12)"
  done
  du -sh --apparent-size "corpus/$target"
done
