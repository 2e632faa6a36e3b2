# Sourced by the scripts beside it that start PostgreSQL, after throwaway.sh.
#
#   postgres_install NODE   a server's folder $folder/NODE
#   pg_ctl NODE …           pg_ctl for it
programs=$(pg_config --bindir 2>/dev/null || true)
[ -x "$programs/initdb" ] || programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -x "$programs/initdb" ] || { echo "PostgreSQL's server programs are needed (Debian: postgresql)" >&2; exit 1; }

pg_ctl() {
  "${run[@]}" "$programs/pg_ctl" --silent --wait -D "$folder/$1" "${@:2}" >>"$folder/pg_ctl.log" 2>&1
}
postgres_install() {
  # Not the C collation where another can be had: the order of ids must not depend on it.
  local initdb=("${run[@]}" "$programs/initdb" -D "$folder/$1" -U countersign --auth=trust --encoding=UTF8 --no-sync)
  "${initdb[@]}" --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$folder/initdb.log" 2>&1 ||
    { rm -rf "${folder:?}/$1"; "${initdb[@]}" --locale=C.UTF-8 >"$folder/initdb.log" 2>&1; } ||
    { cat "$folder/initdb.log" >&2; exit 1; }
}
