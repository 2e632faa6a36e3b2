# Sourced by the scripts beside it that start MariaDB, after throwaway.sh.
#
#   mariadbd_install NODE             a server's folder, with a user and a database of the name
#                                     countersign
#   mariadbd_start NODE PORT …        starts it, with further settings, and does not wait
#   mariadbd_answers NODE [STATUS]    waits until it answers, and a SHOW STATUS line matches, a
#                                     minute at most
#   mariadbd_kill NODE                kills it, as a power cut does
for program in mariadbd mariadb-install-db mariadb mariadb-dump; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin
  command -v "$program" >/dev/null || { echo "$program is needed (Debian: mariadb-server)" >&2; exit 1; }
done

mariadbd_install() {
  "${run[@]}" mkdir -p "$1/tmp"
  cat >"$1.sql" <<'SQL'
FLUSH PRIVILEGES;
CREATE USER countersign@localhost, countersign@'127.0.0.1';
GRANT ALL ON *.* TO countersign@localhost, countersign@'127.0.0.1' WITH GRANT OPTION;
CREATE DATABASE countersign CHARACTER SET utf8mb4;
SQL
  "${run[@]}" mariadb-install-db --no-defaults --datadir="$1/data" --skip-test-db --skip-name-resolve \
    --extra-file="$1.sql" >"$1/install.log" 2>&1 || { cat "$1/install.log" >&2; exit 1; }
}
mariadbd_start() {
  local node=$1 settings=() setting
  shift
  for setting in ${COUNTERSIGN_MARIADB_SETTINGS:-}; do settings+=("--$setting"); done
  # Nothing here outlives the machine, so that nothing is synced. A server that starts deletes the
  # temporary tables of all others in its folder for them.
  "${run[@]}" mariadbd --no-defaults --datadir="$node/data" --socket="$node/socket" --pid-file="$node/pid" \
    --tmpdir="$node/tmp" --bind-address=127.0.0.1 --port="$1" --max-connections=300 --innodb-flush-log-at-trx-commit=2 \
    --innodb-log-file-size=32M "${@:2}" "${settings[@]}" >>"$node/server.log" 2>&1 &
  echo $! >"$node.job"
}
mariadbd_answers() {
  local answer
  for _ in $(seq 600); do
    answer=$(mariadb --no-defaults --socket="$1/socket" --user=countersign --batch --skip-column-names \
      --execute="SHOW STATUS" 2>/dev/null) && grep -q "${2:-^Uptime}" <<<"$answer" && return
    kill -0 "$(cat "$1.job")" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}
mariadbd_kill() {
  [ -e "$1/pid" ] || return 0
  kill -KILL "$(cat "$1/pid")" 2>/dev/null || true
  wait "$(cat "$1.job")" 2>/dev/null || true
  rm -f "$1/pid"
}
