#!/usr/bin/env bash
# A throwaway PostgreSQL, from Debian's package or any other, on a free port and in a temporary
# folder. It is gone when this ends.
#
#   postgres.sh COMMAND …   runs the command with COUNTERSIGN_TEST_POSTGRES set to its URL
#   postgres.sh             prints the URL, then obeys the lines `stop`, `start`, `dump` and
#                           `restore DATABASE` until its input ends
#
# COUNTERSIGN_POSTGRES_SETTINGS="name=value …" are settings of the server's over those here.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/throwaway.sh"
. "$(dirname "${BASH_SOURCE[0]}")/postgresql.sh"

start() {
  # Nothing here outlives the machine, so that nothing is synced.
  local settings="-c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off" setting
  for setting in ${COUNTERSIGN_POSTGRES_SETTINGS:-}; do settings+=" -c $setting"; done
  pg_ctl data -l "$folder/server.log" -o "-p $port -k $folder $settings" start
}
stop() {
  pg_ctl data -m immediate stop
}
restore() {
  psql=("$programs/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1)
  "${psql[@]}" --dbname="$url" --command="CREATE DATABASE $1"
  "${psql[@]}" --dbname="${url%/*}/$1" --file="$folder/dump.sql" >>"$folder/restore.log"
}
throwaway postgres

postgres_install data
for try in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  start && break
  [ "$try" = 5 ] && { cat "$folder"/*.log >&2; exit 1; }
done

url="postgres://countersign@127.0.0.1:$port/postgres"
if [ $# -gt 0 ]; then
  cd "$OLDPWD"
  COUNTERSIGN_TEST_POSTGRES=$url "$@"
else
  echo "$url"
  while read -r order name; do
    case $order in
      stop) stop; echo stopped ;;
      start) start; echo started ;;
      dump) "$programs/pg_dump" --dbname="$url" --file="$folder/dump.sql"; echo dumped ;;
      restore) restore "$name"; echo restored ;;
    esac
  done
fi
