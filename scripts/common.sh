# shellcheck shell=bash
# What ./demo, ./build and ./test share; sourced by them after `set -euo pipefail`, never run by itself.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Build processes that stay behind help a person who builds again, and hinder a machine that waits for us to be gone.
if [ -n "${CI:-}" ]; then
  export MSBUILDDISABLENODEREUSE=1
fi

say() { printf '%s\n' "$*" >&2; }

# Finds the .NET SDK on PATH or where its installers put it; without one, says what to install and exits.
need_sdk() {
  local folder
  for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    if ! command -v dotnet >/dev/null && [ -n "$folder" ] && [ -x "$folder/dotnet" ]; then
      PATH="$folder:$PATH"
    fi
  done

  if ! command -v dotnet >/dev/null || ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    say "Crucible needs the .NET 10 SDK, and there is none on PATH. To install it, one of:"
    say "  apt-get install dotnet-sdk-10.0                                             (Ubuntu, or Microsoft's Debian packages)"
    say "  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0  (into ~/.dotnet, any Linux)"
    say "More ways: https://dotnet.microsoft.com/download/dotnet/10.0"
    exit 1
  fi

  # The programs' own launchers look for the runtime here when it is in no standard place.
  if [ -z "${DOTNET_ROOT:-}" ]; then
    DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
    export DOTNET_ROOT
  fi
}

# step TITLE LOG COMMAND…: runs the command with its output in LOG, shows the title and the seconds it took.
# Returns the command's exit code.
step() {
  local title=$1 log=$2 code=0 ticker=
  shift 2
  mkdir -p "$(dirname "$log")"
  SECONDS=0
  if [ -t 2 ]; then
    (
      while kill -0 "$$" 2>/dev/null; do
        printf '\r%s … %d s' "$title" "$SECONDS" >&2
        sleep 1
      done
    ) &
    ticker=$!
  fi

  "$@" >"$log" 2>&1 </dev/null || code=$?

  if [ -n "$ticker" ]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r' >&2
  fi

  if [ "$code" -eq 0 ]; then
    say "$title … done in $SECONDS s"
  else
    say "$title … failed after $SECONDS s"
  fi

  return "$code"
}

# The compiler's errors of a build log, each once; the log's end where it holds none.
show_errors() {
  local log=$1
  { grep -E '(error|warning) [A-Z]+[0-9]+' "$log" || tail -n 30 "$log"; } | sed -E "s/ \\[[^]]*\\]\$//; s/^ +//; s|^$root/||" | sort -u | head -n 40 >&2
  say "The whole log: $log"
}

# Dated when the last build of the programs in Release began: what was saved while it ran is built next time.
stamp="$root/artifacts/bin/.programs-built"

# begin_stamp: to be called before a build that includes the programs; end_stamp: after it went well.
begin_stamp() {
  mkdir -p "$(dirname "$stamp")"
  touch "$stamp.new"
  rm -f "$stamp"
}

end_stamp() {
  mv "$stamp.new" "$stamp"
}

# Builds the three programs in Release, where a source is newer than the last build.
build_programs() {
  local log="$root/artifacts/logs/build-programs.log"
  local inputs=("$root/src" "$root"/Directory.* "$root/Crucible.Programs.slnf" "$root/global.json")
  if [ -e "$stamp" ] && [ -z "$(find "${inputs[@]}" -newer "$stamp" -print -quit)" ]; then
    return 0
  fi

  begin_stamp
  if ! step "Building the programs" "$log" \
    dotnet build "$root/Crucible.Programs.slnf" --configuration Release --verbosity quiet --nologo -p:RestoreLockedMode=true; then
    show_errors "$log"
    return 1
  fi

  end_stamp
}
