#!/usr/bin/env bash
# Installs what tests/interop runs beside oathtool and zbarimg: pyotp for Python, otplib for Node,
# both of pinned versions and below the target folder.
#
#   tests/interop/setup.sh && cargo test --release --test interop -- --include-ignored
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

for program in python3 npm oathtool zbarimg; do
  command -v "$program" >/dev/null ||
    { echo "$program is needed (Debian: python3-venv nodejs npm oathtool zbar-tools)" >&2; exit 1; }
done

folder=${CARGO_TARGET_DIR:-$here/../../target}/interop
mkdir -p "$folder"
[ -x "$folder/venv/bin/pip" ] || python3 -m venv --clear "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.txt"

cp "$here"/{package.json,package-lock.json,.npmrc} "$folder"
cd "$folder"
npm ci --loglevel=error >/dev/null
"$folder/venv/bin/python" -c 'import importlib.metadata as m; print("pyotp", m.version("pyotp"))'
node -p '"otplib " + require("./node_modules/otplib/package.json").version'
