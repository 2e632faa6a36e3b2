#!/usr/bin/env bash
# A throwaway MariaDB, from Debian's package or any other, on a free port and in a temporary folder.
# It is gone when this ends.
#
#   mariadb.sh COMMAND …   runs the command with COUNTERSIGN_TEST_MARIADB set to its URL
#   mariadb.sh             prints the URL, then obeys the lines `stop`, `start`, `dump` and
#                          `restore DATABASE` until its input ends
#
# COUNTERSIGN_MARIADB_SETTINGS="name=value …" are settings of the server over those here.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/throwaway.sh"
. "$(dirname "${BASH_SOURCE[0]}")/mariadbd.sh"

start() {
  mariadbd_start "$folder/node" "$port" && mariadbd_answers "$folder/node"
}
stop() {
  mariadbd_kill "$folder/node"
}
client() {
  mariadb --no-defaults --socket="$folder/node/socket" --user=countersign "$@"
}
throwaway mariadb

mariadbd_install "$folder/node"
for try in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  start && break
  [ "$try" = 5 ] && { cat "$folder"/node/*.log >&2; exit 1; }
done

url="mysql://countersign@127.0.0.1:$port/countersign"
if [ $# -gt 0 ]; then
  cd "$OLDPWD"
  COUNTERSIGN_TEST_MARIADB=$url "$@"
else
  echo "$url"
  while read -r order name; do
    case $order in
      stop) stop; echo stopped ;;
      start) start; echo started ;;
      dump)
        mariadb-dump --no-defaults --socket="$folder/node/socket" --user=countersign --single-transaction \
          countersign >"$folder/dump.sql"
        echo dumped ;;
      restore)
        client --execute="CREATE DATABASE $name"
        client "$name" <"$folder/dump.sql"
        echo restored ;;
    esac
  done
fi
