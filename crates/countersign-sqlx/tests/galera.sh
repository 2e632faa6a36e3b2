#!/usr/bin/env bash
# A throwaway Galera cluster of three MariaDB servers on this machine, on free ports and in a
# temporary folder. It is gone when this ends.
#
#   galera.sh   prints the URLs of the nodes in one line, then obeys the lines `kill NODE` and
#               `start NODE` (1, 2 or 3) until its input ends
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/throwaway.sh"
. "$(dirname "${BASH_SOURCE[0]}")/mariadbd.sh"

library=$(ls /usr/lib/galera/libgalera_smm.so /usr/lib*/galera*/libgalera*smm.so 2>/dev/null | head -1 || true)
[ -n "$library" ] || { echo "Galera's library is needed (Debian: galera-4)" >&2; exit 1; }
command -v rsync >/dev/null || { echo "rsync is needed (Debian: rsync)" >&2; exit 1; }

# A node's ports: of the server, of replication, and of the two ways in which a node that joins is
# brought up to date.
server() { echo $((base + $1)); }
replication() { echo $((base + 10 + $1)); }

start() {
  local node=$1 address=gcomm:// peer peers=()
  for peer in 1 2 3; do
    [ "$peer" = "$node" ] || peers+=("127.0.0.1:$(replication "$peer")")
  done
  [ "${2:-}" = first ] || address+=$(IFS=,; echo "${peers[*]}")
  mariadbd_start "$folder/node$node" "$(server "$node")" --wsrep-on=ON --wsrep-provider="$library" \
    --wsrep-cluster-address="$address" --wsrep-node-name="node$node" --wsrep-node-address=127.0.0.1 \
    --wsrep-provider-options="base_port=$(replication "$node");gmcast.listen_addr=tcp://127.0.0.1:$(replication "$node");\
ist.recv_addr=127.0.0.1:$((base + 20 + node));gcache.size=16M" \
    --wsrep-sst-method=rsync --wsrep-sst-receive-address="127.0.0.1:$((base + 30 + node))" \
    --binlog-format=ROW --innodb-autoinc-lock-mode=2
  mariadbd_answers "$folder/node$node" $'^wsrep_local_state_comment\tSynced'
}
stop() {
  for node in 1 2 3; do mariadbd_kill "$folder/node$node"; done
}
throwaway galera

mariadbd_install "$folder/node1"
# The others get their data from it.
for node in 2 3; do "${run[@]}" mkdir -p "$folder/node$node/data" "$folder/node$node/tmp"; done
for try in 1 2 3; do
  base=$((20000 + RANDOM % 1200 * 10))
  start 1 first && start 2 && start 3 && break
  [ "$try" = 3 ] && { tail -n 30 "$folder"/node*/*.log >&2; exit 1; }
  stop
done

for node in 1 2 3; do
  echo -n "mysql://countersign@127.0.0.1:$(server $node)/countersign "
done
echo
while read -r order node; do
  case $order in
    kill) mariadbd_kill "$folder/node$node"; echo killed ;;
    start) start "$node"; echo started ;;
  esac
done
