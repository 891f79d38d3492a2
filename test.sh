#!/usr/bin/env bash
# Everything that must hold: gets the servers the tests need (where apt is there; nothing is started or enabled on this machine), builds
# Release with warnings as errors, checks formatting, runs every test, and ends with one line: N passed, N failed, N skipped.
#   ./test.sh           what CI runs
#   ./test.sh --long    adds what takes long: many seeds, long faults
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for argument in "$@"; do
    case $argument in
        --long) export LLMTELEMETRY_LONG=1 ;;
        *) echo "usage: ./test.sh [--long]" >&2; exit 2 ;;
    esac
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
say() { printf '%s test.sh: %s\n' "$(date +%T)" "$*"; }
source .ci/servers.sh
get_redis
get_prometheus
get_alertmanager
get_chromium
command -v npm >/dev/null || say "no npm here: the tests with OpenTelemetry's JavaScript SDK are skipped (Node.js 20 has it)"

say "building"
dotnet build Telemetry.sln -c Release -warnaserror || { echo "The build failed."; echo "0 passed, 1 failed"; exit 1; }

say "checking formatting"
failed=0
dotnet format Telemetry.sln --no-restore --verify-no-changes || { echo "FAILED: run 'dotnet format' and commit"; failed=1; }

passed=0 skipped=0
for folder in tests/*.Tests; do
    name=$(basename "$folder")
    say "running $name"
    log=$(mktemp)
    "artifacts/bin/$name/release/LlmTelemetry.$name" -noLogo -noColor ${LLMTELEMETRY_LONG:+-diagnostics} 2>&1 | tee "$log" | grep -vE '^ *(Discovering|Discovered|Starting|Finished):'
    code=${PIPESTATUS[0]}
    # "   LlmTelemetry.X.Tests  Total: 10, Errors: 0, Failed: 0, Skipped: 1, Not Run: 0, Time: 0.1s"
    counts=$(sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+).*/\1 \2 \3 \4 \5/p' "$log" | tail -n 1)
    rm -f "$log"
    if [ -z "$counts" ]; then
        echo "FAILED: $name ended with code $code and no result"
        failed=$((failed + 1))
        continue
    fi
    read -r total errors fails skips notrun <<<"$counts"
    passed=$((passed + total - fails - skips - notrun))
    failed=$((failed + errors + fails))
    skipped=$((skipped + skips)) # What is not run is explicit: other tests run it, in processes of their own.
    [ "$code" -eq 0 ] || [ $((errors + fails)) -gt 0 ] || { echo "FAILED: $name ended with code $code"; failed=$((failed + 1)); }
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
