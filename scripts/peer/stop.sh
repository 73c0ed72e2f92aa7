#!/usr/bin/env bash
# Stops what start.sh started.
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/../../lib.sh"
stop_peer
