#!/usr/bin/env bash
# Compiles each library crate with the oldest releases that its Cargo.toml admits. An application
# may hold a dependency back, and a bound that is too low then fails in the application's build.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/target/minimal-versions
copy=$(mktemp -d)
trap 'rm -r "$copy"' EXIT

# Copies a crate into a workspace of its own, without its tests: neither they nor another crate may
# raise its bounds.
alone() {
  mkdir -p "$copy/$1/crate"
  sed -e '/^\[package\]/,$d' -e 's/^members = .*/members = ["crate"]/' Cargo.toml >"$copy/$1/Cargo.toml"
  for part in src README.md migrations; do
    [ ! -e "$2/$part" ] || cp -r "$2/$part" "$copy/$1/crate"
  done
  sed -n '/^\[package\]/,$p' "$2/Cargo.toml" |
    sed -e '/dev-dependencies\]/,/^$/d' -e '/^\[\[/,/^$/d' -e '/^\[profile/,/^$/d' \
      -e 's|path = "../.."|path = "../../countersign/crate"|' \
      -e 's|path = "../countersign-http"|path = "../../countersign-http/crate"|' >"$copy/$1/crate/Cargo.toml"
}

check() {
  echo "$*"
  cargo check --quiet --lib --manifest-path "$copy/$1/Cargo.toml" --target-dir "$target" "${@:2}"
}

alone countersign .
alone countersign-http crates/countersign-http
alone countersign-axum crates/countersign-axum
alone countersign-sqlx crates/countersign-sqlx
alone countersign-webauthn crates/countersign-webauthn
for crate in countersign countersign-http countersign-axum countersign-sqlx countersign-webauthn; do
  cargo +nightly generate-lockfile --quiet -Z direct-minimal-versions --manifest-path "$copy/$crate/Cargo.toml"
done
check countersign --no-default-features
for crate in countersign countersign-http countersign-axum countersign-sqlx countersign-webauthn; do
  check "$crate" --all-features
done
