# Gets the servers that ./test.sh and ./demo.sh need, where apt is there. Nothing is installed, started or enabled on this machine.
# To be sourced, by what has a function `say` that tells people what happens.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/llmtelemetry
export PATH=$PATH:$cache/apt/bin

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

get_redis() {
    if command -v redis-server >/dev/null && command -v redis-cli >/dev/null; then return; fi
    say "getting redis from apt"
    # redis-server is redis-check-rdb under another name; the package redis-tools has it, without the service.
    if from_apt redis-tools libjemalloc2 liblzf1 libatomic1; then
        wrap redis-server redis-check-rdb
        wrap redis-cli redis-cli
    fi
    redis-server --version >/dev/null 2>&1 || say "no redis-server can be had here: what needs it is skipped"
}

# The rules hold with Debian's promtool as well as with a newer one on PATH. Debian's has a name of its own, so that neither hides the other.
get_prometheus() {
    if command -v promtool2 >/dev/null; then return; fi
    say "getting prometheus from apt"
    unpacked=$cache/apt/root/usr/bin/promtool
    # Newer Debians have promtool in a package of its own.
    [ -x "$unpacked" ] || { from_apt prometheus && { [ -x "$unpacked" ] || from_apt promtool; }; }
    if "$unpacked" --version 2>&1 | grep -q 'version 2\.'; then wrap promtool2 promtool; fi
    if [ -x "$unpacked" ]; then
        command -v promtool >/dev/null || wrap promtool promtool
        command -v prometheus >/dev/null || wrap prometheus prometheus
    fi
    promtool --version >/dev/null 2>&1 || say "no promtool can be had here: what needs it is skipped"
    promtool2 --version >/dev/null 2>&1 || say "no promtool of Prometheus 2 can be had here: the rules are tested without it"
}

# Debian's looks for its own templates where a package would be installed: it is started in a name space of its own, in which they are there.
get_alertmanager() {
    if command -v alertmanager >/dev/null && command -v amtool >/dev/null; then return; fi
    say "getting alertmanager from apt"
    if from_apt prometheus-alertmanager; then
        command -v amtool >/dev/null || wrap amtool amtool
        cat >"$cache/apt/bin/alertmanager" <<'EOF'
#!/bin/bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/root
exec unshare -rm bash -c 'mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work &&
    mount -t overlay overlay -o lowerdir="$0/usr/share:/usr/share",upperdir=/mnt/upper,workdir=/mnt/work /usr/share &&
    exec "$0/usr/bin/prometheus-alertmanager" "$@"' "$root" "$@"
EOF
        chmod +x "$cache/apt/bin/alertmanager"
    fi
    alertmanager --version >/dev/null 2>&1 || { rm -f "$cache/apt/bin/alertmanager"; say "no alertmanager can be had here: what needs it is skipped"; }
}

get_chromium() {
    if command -v chromium >/dev/null; then return; fi
    say "getting chromium from apt"
    # With all that it needs and this machine has not: apt says what that is, and installs nothing.
    needed=$(apt-get -s install --no-install-recommends chromium fonts-dejavu-core 2>/dev/null | awk '/^Inst /{print $2}')
    if [ -n "$needed" ] && from_apt $needed; then
        wrap chromium ../lib/chromium/chromium
        # Its fonts are beside it, unless the machine has some of its own.
        [ -d /etc/fonts ] || sed -i 's|^exec|export FONTCONFIG_SYSROOT=$root\nexec|' "$cache/apt/bin/chromium"
    fi
    chromium --version >/dev/null 2>&1 || say "no chromium can be had here: the tests of pages are skipped"
}
