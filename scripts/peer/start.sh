#!/usr/bin/env bash
# Starts three downstairs and `crucible-upstairs nbd` as a peer of the comparison in docs/benchmarks.md: its harness sources
# `lib.sh` two folders up from a peer's own, so this folder is linked into its `peers/`. CRUCIBLE names the built programs.
set -e
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/../../lib.sh"
peer_init
bin=${CRUCIBLE:?the folder artifacts/bin of a Release build}
targets=()
for i in 0 1 2; do
  port=$((PORT_BASE + i))
  "$bin/crucible-downstairs/release/crucible-downstairs" create -d "$P/r$i" --block-size 4096 --extent-size 16384 \
    --extent-count $((BENCH_SIZE / 4096 / 16384)) >/dev/null
  spawn replica "$bin/crucible-downstairs/release/crucible-downstairs" run -d "$P/r$i" -a 127.0.0.1 -p "$port" -q
  wait_port "$port"
  targets+=(-t "127.0.0.1:$port")
done
spawn front "$bin/crucible-upstairs/release/crucible-upstairs" nbd "${targets[@]}" --socket "$SOCK" -q
wait_sock "$SOCK"
ready "$URI"
