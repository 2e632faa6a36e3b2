#!/usr/bin/env bash
# Asks the demo, as it runs, whatever its OpenAPI document allows and forbids, and holds each answer
# against the document: first as nobody, then as somebody who is signed in with a second factor.
#
#   schemathesis.sh [EXAMPLES]   that many for each operation, 15 unless said otherwise
#
# It needs curl, oathtool and Python; schemathesis goes into a folder below target.
set -euo pipefail
cd "$(dirname "$0")/../../.."
examples=${1:-15}
tool=$PWD/target/schemathesis
here=$PWD/examples/server/tests
[ -x "$tool/bin/schemathesis" ] || { python3 -m venv "$tool" && "$tool/bin/pip" install --quiet 'schemathesis==4.32.5'; }
cargo build --quiet -p countersign-demo

folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
DATABASE_URL="sqlite:$folder/demo.db" COUNTERSIGN_ADDR=127.0.0.1:0 COUNTERSIGN_ADDRESS_LIMIT=0 RUST_LOG=error \
  COUNTERSIGN_TRUSTED_DEVICES=1 COUNTERSIGN_EMAIL_CODES=1 COUNTERSIGN_DELAYED_RECOVERY=72h \
  target/debug/countersign-demo >"$folder/output" &
server=$!
for _ in $(seq 100); do
  origin=$(grep -om1 'http://localhost:[0-9]*' "$folder/output" || true)
  [ -n "$origin" ] && break
  sleep 0.1
done

ask() {
  curl --silent --show-error --fail --cookie "$folder/jar" --cookie-jar "$folder/jar" --header "Origin: $origin" --json "$2" "$origin/auth/$1"
}
check() {
  # It leaves a folder where it runs.
  cd "$folder" && "$tool/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$origin/auth/openapi.json" \
    --max-examples "$examples" --request-timeout 10 --generation-database none --no-color "$@"
}

check

password='{"email":"alice@example.com","password":"seven green umbrellas"}'
ask signup "$password" >"$folder/signup"
secret=$(ask mfa/setup/start "$password" | sed 's/.*"secret":"\([A-Z2-7]*\)".*/\1/')
ask mfa/setup/confirm "{\"code\":\"$(oathtool --totp --base32 "$secret")\"}" >"$folder/codes"
session=$(awk '$6 == "session" { print $7 }' "$folder/jar")
# What ends the session would leave the rest unasked: the first run saw these. An id of a session is
# taken from the list of sessions, and is the own one then. New recovery codes, for which a session
# of a moment ago needs no proof, give the session another id. Ten wrong passwords end it, too.
export SCHEMATHESIS_HOOKS=$here/right_password.py COUNTERSIGN_PASSWORD="seven green umbrellas"
check --header "Cookie: session=$session" --header "Origin: $origin" \
  --exclude-path-regex '^/auth/(logout|mfa/lock|account|password|sessions/\{id\}|mfa/recovery-codes/regenerate)$'
[ "$(curl --silent --output /dev/null --write-out '%{http_code}' --header "Cookie: session=$session" "$origin/auth/me")" = 200 ] ||
  { echo "the session did not last, so that little was asked in it" >&2; exit 1; }
