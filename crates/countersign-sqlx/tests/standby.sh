#!/usr/bin/env bash
# A throwaway PostgreSQL with a standby, on free ports and in a temporary folder. Both are gone when
# this ends.
#
#   standby.sh sync    every commit waits for the standby
#   standby.sh async   none does
#
# Prints the URLs of both in one line, then obeys these lines until its input ends: `cut` (the
# standby receives nothing more) and `promote` (the primary is stopped for good, as a crash does,
# and the standby takes its place).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/throwaway.sh"
. "$(dirname "${BASH_SOURCE[0]}")/postgresql.sh"

standby() { echo $((port + 1)); }

start() {
  local node=$1 settings
  settings="-p $2 -k $folder -c listen_addresses=127.0.0.1 -c max_connections=100 -c fsync=off"
  settings+=" -c wal_receiver_status_interval=1s"
  pg_ctl "$node" -l "$folder/$node.log" -o "$settings" start
}
query() {
  "$programs/psql" --no-psqlrc --quiet --tuples-only --no-align --host=127.0.0.1 --port="$1" --username=countersign \
    --dbname=postgres --command="$2"
}
until_it_is() {
  for _ in $(seq 300); do
    [ "$(query "$1" "$2")" = "$3" ] && return
    sleep 0.1
  done
  echo "it never was $3: $2" >&2
  return 1
}
stop() {
  pg_ctl standby -m immediate stop || true
  pg_ctl primary -m immediate stop
}
throwaway standby

postgres_install primary
for try in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 6000 * 2))
  start primary "$port" && break
  [ "$try" = 5 ] && { cat "$folder"/*.log >&2; exit 1; }
done
"${run[@]}" "$programs/pg_basebackup" --pgdata="$folder/standby" --write-recovery-conf --checkpoint=fast --no-sync \
  --dbname="host=127.0.0.1 port=$port user=countersign application_name=standby"
start standby "$(standby)"
until_it_is "$port" "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'" 1
if [ "$1" = sync ]; then
  query "$port" "ALTER SYSTEM SET synchronous_standby_names = 'standby'"
  query "$port" "SELECT pg_reload_conf()" >/dev/null
  until_it_is "$port" "SELECT sync_state FROM pg_stat_replication" sync
fi

url() { echo "postgres://countersign@127.0.0.1:$1/postgres"; }
echo "$(url "$port") $(url "$(standby)")"
while read -r order; do
  case $order in
    cut)
      query "$(standby)" "ALTER SYSTEM SET primary_conninfo = ''"
      query "$(standby)" "SELECT pg_reload_conf()" >/dev/null
      until_it_is "$port" "SELECT count(*) FROM pg_stat_replication" 0
      echo cut ;;
    promote)
      pg_ctl primary -m immediate stop
      pg_ctl standby promote
      # Nobody else answers there.
      query "$(standby)" "ALTER SYSTEM RESET synchronous_standby_names"
      query "$(standby)" "SELECT pg_reload_conf()" >/dev/null
      echo promoted ;;
  esac
done
