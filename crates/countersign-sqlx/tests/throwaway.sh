# Sourced by the scripts beside it, whose servers are gone when they end and refuse to run as root.
#
#   throwaway NAME   makes a temporary folder, $folder, and goes there; "${run[@]}" runs a program
#                    as the folder's owner. At the end the script's own function `stop` is called,
#                    and the folder removed
throwaway() {
  folder=$(mktemp -d "${TMPDIR:-/tmp}/countersign-$1.XXXXXX")
  run=()
  if [ "$(id -u)" = 0 ]; then
    local user
    user=$(id -un postgres 2>/dev/null || echo nobody)
    chown "$user" "$folder"
    run=(runuser -u "$user" --)
  fi
  cd "$folder"
  trap 'stop || true; cd /; rm -rf "$folder"' EXIT
  trap 'exit 1' INT TERM HUP
}
