#!/bin/sh
# Asks $BETRACE twice, by itself and by ClickHouse at $ENGINE, one server or all shards of $CLUSTER, about the blocks in $BLOCKS with the rules in
# $RULES, and ends with 1 where the answers are not the same.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
different=0

# same NAME ENGINE COMMAND…
same() {
  name=$1 engine=$2
  shift 2
  for side in own engine; do
    code=0
    if [ "$side" = own ]; then $BETRACE "$@" --cache "$work/cache" > "$work/own" || code=$?
    else $BETRACE "$@" --cache "$work/cache" --engine "$engine" > "$work/engine" || code=$?; fi
    # 1: violations were found.
    [ "$code" -le 1 ] || { echo "FAILED: $name ($side): exit code $code"; exit "$code"; }
  done
  if [ -s "$work/own" ] && diff "$work/own" "$work/engine"; then echo "ok: $name"
  else echo "DIFFERENT: $name"; different=1; fi
}

same 'rules, by one server' "$ENGINE" replay "$RULES" --blocks "$BLOCKS" --format csv
same 'rules, by all shards' "$ENGINE?cluster=$CLUSTER" replay "$RULES" --blocks "$BLOCKS" --format csv
same 'a search' "$ENGINE" query '{ status = error } >> { } | select(span.http.route)' --blocks "$BLOCKS" --format json
same 'a search, by all shards' "$ENGINE?cluster=$CLUSTER" query '{ status = error } >> { } | select(span.http.route)' --blocks "$BLOCKS" --format json
same 'series' "$ENGINE" query '{ } | rate() by (resource.service.name) with (exemplars = false)' --blocks "$BLOCKS" --format json
same 'series, by all shards' "$ENGINE?cluster=$CLUSTER" query '{ } | rate() by (resource.service.name) with (exemplars = false)' --blocks "$BLOCKS" --format json
exit "$different"
