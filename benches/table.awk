# From lines `group|function|point lower upper` (nanoseconds) to a table. A line's ratio is to this
# library's own case of the group: the one with the same ending, if there is one ("countersign, as
# text" for "otp-std, as text"), else the plain one.

function shown(ns) {
  if (ns < 1e3) return sprintf("%.0f ns", ns)
  if (ns < 1e6) return sprintf(ns < 1e4 ? "%.2f µs" : "%.1f µs", ns / 1e3)
  return sprintf("%.2f ms", ns / 1e6)
}

function is_ours(function_name) {
  return function_name ~ /^countersign/ || function_name ~ /^(issue|check|begin_login|answer)$/
}

function ratio(place,    ending, own) {
  if (is_ours(name[place])) return ""
  ending = name[place]
  sub(/^[^,]*/, "", ending)
  own = group[place] SUBSEP "countersign" ending
  if (!(own in time)) own = group[place] SUBSEP "countersign"
  if (!(own in time)) own = group[place] SUBSEP "check"
  return own in time ? sprintf("%.2f", time[own] / time[group[place], name[place]]) : ""
}

{
  split($3, median, " ")
  group[NR] = $1
  name[NR] = $2
  time[$1, $2] = median[1]
  spread[NR] = 100 * (median[3] - median[2]) / 2 / median[1]
}

END {
  print "| what | who | time | ± | ours, of that |"
  print "| --- | --- | ---: | ---: | ---: |"
  for (place = 1; place <= NR; place++) {
    what = place > 1 && group[place] == group[place - 1] ? "" : group[place]
    printf "| %s | %s | %s | %.1f %% | %s |\n", what, name[place], shown(time[group[place], name[place]]), spread[place], ratio(place)
  }
}
