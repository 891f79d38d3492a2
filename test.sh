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
cache=${XDG_CACHE_HOME:-$HOME/.cache}/llmtelemetry
export PATH=$PATH:$cache/apt/bin

say() { printf '%s test.sh: %s\n' "$(date +%T)" "$*"; }

# Debian's packages are unpacked into the cache folder, not installed: no service is set up, and nothing else on the machine changes.
from_apt() { # PACKAGE...
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    local debs=$cache/apt/debs
    mkdir -p "$debs" "$cache/apt/bin"
    (cd "$debs" && { apt-get -q download "$@" || { apt-get -q update && apt-get -q download "$@"; }; }) >"$cache/apt/log" 2>&1 || return 1
    for package in "$@"; do
        dpkg-deb -x "$(find "$debs" -name "${package}_*.deb" | sort | tail -n 1)" "$cache/apt/root" || return 1
    done
}

# One program of the unpacked packages, with the libraries that came along. $2 is the file, $1 the name it is started by.
wrap() { # NAME FILE
    cat >"$cache/apt/bin/$1" <<EOF
#!/bin/bash
root=\$(cd "\$(dirname "\${BASH_SOURCE[0]}")/.." && pwd)/root
for folder in "\$root"/usr/lib/*-linux-gnu "\$root"/lib/*-linux-gnu; do LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+\$LD_LIBRARY_PATH:}\$folder; done
export LD_LIBRARY_PATH
exec -a "$1" "\$root/usr/bin/$2" "\$@"
EOF
    chmod +x "$cache/apt/bin/$1"
}

if ! command -v redis-server >/dev/null || ! command -v redis-cli >/dev/null; then
    say "getting redis from apt"
    # redis-server is redis-check-rdb under another name; the package redis-tools has it, without the service.
    if from_apt redis-tools libjemalloc2 liblzf1 libatomic1; then
        wrap redis-server redis-check-rdb
        wrap redis-cli redis-cli
    fi
    redis-server --version >/dev/null 2>&1 || say "no redis-server can be had here: the tests that need it are skipped"
fi
# The rules hold with Debian's promtool as well as with a newer one on PATH. Debian's has a name of its own, so that neither hides the other.
if ! command -v promtool2 >/dev/null; then
    say "getting prometheus from apt"
    unpacked=$cache/apt/root/usr/bin/promtool
    # Newer Debians have promtool in a package of its own.
    [ -x "$unpacked" ] || { from_apt prometheus && { [ -x "$unpacked" ] || from_apt promtool; }; }
    if "$unpacked" --version 2>&1 | grep -q 'version 2\.'; then wrap promtool2 promtool; fi
    if [ -x "$unpacked" ]; then
        command -v promtool >/dev/null || wrap promtool promtool
        command -v prometheus >/dev/null || wrap prometheus prometheus
    fi
    promtool --version >/dev/null 2>&1 || say "no promtool can be had here: the tests that need it are skipped"
    promtool2 --version >/dev/null 2>&1 || say "no promtool of Prometheus 2 can be had here: the rules are tested without it"
fi

if ! command -v chromium >/dev/null; then
    say "getting chromium from apt"
    # With all that it needs and this machine has not: apt says what that is, and installs nothing.
    needed=$(apt-get -s install --no-install-recommends chromium fonts-dejavu-core 2>/dev/null | awk '/^Inst /{print $2}')
    if [ -n "$needed" ] && from_apt $needed; then
        wrap chromium ../lib/chromium/chromium
        # Its fonts are beside it, unless the machine has some of its own.
        [ -d /etc/fonts ] || sed -i 's|^exec|export FONTCONFIG_SYSROOT=$root\nexec|' "$cache/apt/bin/chromium"
    fi
    chromium --version >/dev/null 2>&1 || say "no chromium can be had here: the tests of pages are skipped"
fi
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
