#!/usr/bin/env bash
# A throwaway PgBouncer, from Debian's package or any other, on a free port and in a temporary
# folder.
#
#   pgbouncer.sh MODE SIZE URL   pools the server of the URL by `transaction` or `session`, with
#                                SIZE connections to it; prints its own URL, and ends with its input
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/throwaway.sh"

mode=$1 size=$2 server=$3
command -v pgbouncer >/dev/null || { echo "PgBouncer is needed (Debian: pgbouncer)" >&2; exit 1; }
address=${server##*@}
host=${address%%:*} port=${address#*:} database=${address#*/}
port=${port%%/*}

pooler=
stop() {
  [ -z "$pooler" ] || { kill "$pooler" 2>/dev/null || true; wait "$pooler" || true; }
  pooler=
}
throwaway pgbouncer

for try in 1 2 3 4 5; do
  listen=$((32000 + RANDOM % 700))
  cat >settings.ini <<SETTINGS
[databases]
* = host=$host port=$port user=countersign
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $listen
unix_socket_dir =
auth_type = any
pool_mode = $mode
default_pool_size = $size
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
SETTINGS
  "${run[@]}" pgbouncer --quiet settings.ini >pgbouncer.log 2>&1 &
  pooler=$!
  for _ in $(seq 50); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$listen") 2>/dev/null; then break 2; fi
    kill -0 "$pooler" 2>/dev/null || break
    sleep 0.1
  done
  stop
  [ "$try" = 5 ] && { cat pgbouncer.log >&2; exit 1; }
done

echo "postgres://countersign@127.0.0.1:$listen/$database"
cat >/dev/null
