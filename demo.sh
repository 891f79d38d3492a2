#!/usr/bin/env bash
# Dashboards and alerts to look at, in one command and without Docker: gets the servers that are needed (where apt is there; nothing is installed on this
# machine), makes days of a company's history in fast time, starts Redis, Prometheus, Alertmanager, a Collector where there is one, `llmtelemetry serve` and
# samples/AspNetChat on loopback, sends live traffic that overspends a budget, and says where to look. Ctrl-C stops all of it and leaves nothing behind.
#   ./demo.sh
#   ./demo.sh --days 3         of history (default: 8)
#   ./demo.sh --minutes 10     ends by itself
#   ./demo.sh --keep DIR       data and logs go to DIR, a new folder, and stay there
#   ./demo.sh --check          looks itself: panels have data, an alert fires and reaches Alertmanager, the addresses answer; ends with 0, or with 1 and what is missing
#   ./demo.sh --no-build       runs what artifacts/ has (LLMTELEMETRY_BUILD=debug: of a Debug build)
# Ports are the usual ones plus 10000, or the next that is free: 16379 Redis, 19090 Prometheus, 19093 Alertmanager, 14317 14318 18888 the Collector,
# 14320 the service, 15080 the sample, 13000 Grafana.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() { sed -n '2,/^# 14320/{s/^# \{0,1\}//;p}' "$0"; }
days=8 minutes='' keep='' check='' build=1
while [ $# -gt 0 ]; do
    case $1 in
        --days | --minutes)
            [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ && $2 =~ [1-9] ]] || { echo "$1 needs a number above 0." >&2; exit 2; }
            if [ "$1" = --days ]; then days=$2; else minutes=$2; fi
            shift ;;
        --keep)
            [ -n "${2:-}" ] || { echo "--keep needs a folder." >&2; exit 2; }
            # Nothing of an earlier run may be mixed with this one, and nobody's files overwritten.
            [ -z "$(ls -A "$2" 2>/dev/null)" ] || { echo "$2 is not empty." >&2; exit 2; }
            mkdir -p "$2" && keep=$(cd "$2" && pwd) || exit 2
            shift ;;
        --check) check=1 ;;
        --no-build) build='' ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
say() { printf '%s demo.sh: %s\n' "$(date +%T)" "$*"; }
source .ci/servers.sh

# What is set for somebody's own ledger or provider is none of the demo's business: it keeps to its folder and to loopback, and costs nothing.
for name in $(compgen -e | grep -E '^(LlmTelemetry__|OTEL_|ANTHROPIC_|LLMTELEMETRY_.*(ENDPOINT|PORT|KEY)$)'); do unset "$name"; done
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

folder=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/llmtelemetry-demo-XXXXXX")}
mkdir -p "$folder/logs"
pids=()

clean_up() {
    trap - EXIT INT TERM
    local i
    # The last started first: whoever sends goes before whoever receives.
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill "${pids[i]}" 2>/dev/null && wait "${pids[i]}" 2>/dev/null
    done
    if [ -n "$keep" ]; then say "data and logs are in $folder"; else rm -rf "$folder"; fi
}
trap clean_up EXIT
trap 'echo; say "stopping"; exit 130' INT
trap 'exit 143' TERM

fail() { say "$*"; exit 1; }

# The first free port from one on that was not given out before.
taken=' '
port() { # NAME FIRST
    local candidate=$2
    while [[ $taken == *" $candidate "* ]] || (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; do candidate=$((candidate + 1)); done
    taken+="$candidate "
    printf -v "$1" %s "$candidate"
}

start() { # NAME COMMAND...
    local name=$1
    shift
    "$@" >"$folder/logs/$name.log" 2>&1 &
    pids+=($!)
}

# The first line of an answer, such as HTTP/1.0 200 OK; nothing where nobody listens.
answer() { # PORT PATH
    { exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3 && head -n 1 <&3; } 2>/dev/null
}

# Waits until the server that was started last answers.
await() { # NAME PORT PATH
    local deadline=$((SECONDS + 60))
    until [[ $(answer "$2" "$3") == *\ [234]* ]]; do
        kill -0 "${pids[-1]}" 2>/dev/null || fail "$1 ended: $(tail -n 5 "$folder/logs/$1.log")"
        [ $SECONDS -lt $deadline ] || fail "$1 does not answer on port $2: $(tail -n 5 "$folder/logs/$1.log")"
        sleep 0.1
    done
}

get_redis
if ! command -v promtool >/dev/null || ! command -v prometheus >/dev/null; then get_prometheus; fi
get_alertmanager
for server in redis-server prometheus promtool alertmanager; do
    command -v "$server" >/dev/null || fail "$server is needed, is not on PATH, and could not be had from apt"
done

if [ -n "$build" ]; then
    say "building"
    for project in samples/Demo samples/AspNetChat; do
        dotnet build "$project" -c Release --nologo -v quiet >"$folder/logs/build.log" 2>&1 || fail "The build failed: $(tail -n 20 "$folder/logs/build.log")"
    done
fi
bin() { echo "artifacts/bin/$1/${LLMTELEMETRY_BUILD:-release}/LlmTelemetry.$2.dll"; }
# After the build, whose servers outlive this: what programs put into a temporary folder goes with ours.
mkdir -p "$folder/tmp"
export TMPDIR=$folder/tmp DOTNET_EnableDiagnostics=0
demo=(dotnet "$(bin Demo Demo)")
[ -f "${demo[1]}" ] || fail "${demo[1]} is not there: leave --no-build out"

port redis 16379; port prometheus 19090; port alertmanager 19093; port serve 14320; port chat 15080; port grpc 14317; port http 14318; port collector 18888; port port_grafana 13000
store=redis://127.0.0.1:$redis

start redis redis-server --port "$redis" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder"
until redis-cli -p "$redis" ping >/dev/null 2>&1; do
    kill -0 "${pids[-1]}" 2>/dev/null || fail "redis ended: $(tail -n 5 "$folder/logs/redis.log")"
    sleep 0.1
done

say "making $days days of history"
"${demo[@]}" history --days "$days" --out "$folder/prometheus" --store "$store" --service "127.0.0.1:$serve" --rules prometheus/rules || fail "The history could not be made."

# Our own files; two things differ: who is where, and how often is looked, since people wait.
cp -r prometheus "$folder/config"
sed -i -E 's/^( *(scrape|evaluation)_interval:).*/\1 5s/' "$folder"/config/prometheus*.yml
echo "- targets: [127.0.0.1:$alertmanager]" >"$folder/config/targets/alertmanager.yml"
echo "- targets: [127.0.0.1:$serve]" >"$folder/config/targets/llmtelemetry.yml"
echo '[]' >"$folder/config/targets/otel-collector.yml"

scraped=''
if [[ $(prometheus --help 2>&1) == *web.enable-otlp-receiver* ]]; then
    config=prometheus-otlp.yml receiver=--web.enable-otlp-receiver
else
    config=prometheus.yml receiver='' scraped=--scraped-only
    say "################################################################################"
    say "# This Prometheus receives no OTLP ($(prometheus --version 2>&1 | head -n 1 | cut -d ' ' -f 1-3))."
    say "# Its history is whole, but of live traffic it sees the ledger's gauges alone."
    say "# Prometheus 3 on PATH shows all of it."
    say "################################################################################"
fi

start alertmanager alertmanager --config.file="$folder/config/alertmanager.yml" --web.listen-address="127.0.0.1:$alertmanager" --cluster.listen-address= --storage.path="$folder/alertmanager"
await alertmanager "$alertmanager" /-/ready
start prometheus prometheus --config.file="$folder/config/$config" --storage.tsdb.path="$folder/prometheus" --storage.tsdb.retention.time=60d --web.listen-address="127.0.0.1:$prometheus" $receiver
await prometheus "$prometheus" /-/ready

"${demo[@]}" settings --days "$days" >"$folder/serve.json" || fail "The service's settings could not be written."
start serve dotnet "$(bin Demo Service)" serve --urls "http://127.0.0.1:$serve" --store "$store" --config "$folder/serve.json"
await serve "$serve" /

# Applications push: to the Collector where there is one, else to Prometheus itself.
otlp=http://127.0.0.1:$prometheus/api/v1/otlp
if [ -n "$scraped" ]; then
    otlp=''
elif command -v otelcol >/dev/null; then
    echo "- targets: [127.0.0.1:$collector]" >"$folder/config/targets/otel-collector.yml"
    start otelcol env LLMTELEMETRY_OTLP_GRPC_ENDPOINT="127.0.0.1:$grpc" LLMTELEMETRY_OTLP_HTTP_ENDPOINT="127.0.0.1:$http" LLMTELEMETRY_COLLECTOR_METRICS_PORT="$collector" \
        LLMTELEMETRY_PROMETHEUS_OTLP_ENDPOINT="$otlp/v1/metrics" LLMTELEMETRY_SERVICE_ENDPOINT="http://127.0.0.1:$serve" otelcol --config otel-collector.yaml
    await otelcol "$http" /
    otlp=http://127.0.0.1:$http
fi

start chat env LlmTelemetry__Store="$store" ${otlp:+OTEL_EXPORTER_OTLP_ENDPOINT="$otlp"} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_METRIC_EXPORT_INTERVAL=5000 \
    OTEL_SERVICE_NAME=chat OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=demo dotnet "$(bin AspNetChat AspNetChat)" --urls "http://127.0.0.1:$chat"
await chat "$chat" /
start live "${demo[@]}" live --store "$store" --days "$days" --chat "http://127.0.0.1:$chat" ${otlp:+--otlp "$otlp/v1/metrics"}

say "waiting for the figures"
"${demo[@]}" check --prometheus "http://127.0.0.1:$prometheus" --alertmanager "http://127.0.0.1:$alertmanager" --dashboards grafana/dashboards --seconds 120 $scraped
found=$?
# Some builds come without their pages, and answer 404 in their place: then it is the API that shows the same.
hours=$(awk "BEGIN { print int($days * 24 + 0.99) }")
at_prometheus="http://127.0.0.1:$prometheus/graph?g0.expr=llm%3Aspend_USD&g0.tab=0&g0.range_input=${hours}h"
at_alerts=http://127.0.0.1:$prometheus/alerts
at_alertmanager="http://127.0.0.1:$alertmanager/#/alerts"
if [[ $(answer "$prometheus" /alerts) == *\ 404* ]]; then
    say "this Prometheus was built without its pages"
    at_prometheus="http://127.0.0.1:$prometheus/api/v1/query?query=llm:spend_USD%5B${hours}h:1h%5D"
    at_alerts=http://127.0.0.1:$prometheus/api/v1/alerts
fi
if [[ $(answer "$alertmanager" /) == *\ 404* ]]; then
    say "this Alertmanager was built without its pages"
    at_alertmanager=http://127.0.0.1:$alertmanager/api/v2/alerts
fi

if [ -n "$check" ]; then
    for address in "http://127.0.0.1:$serve/" "http://127.0.0.1:$chat/" "$at_prometheus" "$at_alerts" "$at_alertmanager"; do
        path=${address#http://127.0.0.1:} path=${path%%#*}
        reply=$(answer "${path%%/*}" "/${path#*/}")
        [[ $reply == *\ [234]* && $reply != *\ 404* ]] || { say "$address does not answer"; found=1; }
    done
    exit $found
fi
[ $found -eq 0 ] || say "going on without what is missing; logs are in $folder/logs"

at_grafana="import the files in grafana/dashboards into your own; its data source is the Prometheus below"
if grafana=$(command -v grafana || command -v grafana-server); then
    cp -r grafana/provisioning "$folder/provisioning"
    sed -i "s|http://127.0.0.1:9090|http://127.0.0.1:$prometheus|" "$folder"/provisioning/datasources/*.yml
    sed -i "s|/var/lib/grafana/dashboards|$PWD/grafana/dashboards|" "$folder"/provisioning/dashboards/*.yml
    verb=(); [ "$(basename "$grafana")" = grafana ] && verb=(server)
    start grafana env GF_SERVER_HTTP_ADDR=127.0.0.1 GF_SERVER_HTTP_PORT="$port_grafana" GF_PATHS_DATA="$folder/grafana" GF_PATHS_LOGS="$folder/logs" GF_PATHS_PROVISIONING="$folder/provisioning" \
        GF_AUTH_ANONYMOUS_ENABLED=true GF_ANALYTICS_REPORTING_ENABLED=false GF_ANALYTICS_CHECK_FOR_UPDATES=false "$grafana" "${verb[@]}" --homepath "${GRAFANA_HOME:-/usr/share/grafana}"
    at_grafana="http://127.0.0.1:$port_grafana/dashboards   folder LLM: begin with the overview"
fi

cat <<EOF

  the ledger's page   http://127.0.0.1:$serve/   who spent what, today and this month, and what it will come to
  the sample          http://127.0.0.1:$chat/   sign in as ada, bob or cleo and ask: each answer says what it cost
  dashboards          $at_grafana
  Prometheus          $at_prometheus   $days days of spend; long prompts on one day
  alerts              $at_alerts   LlmBudgetSpent fires: live traffic has overspent
  Alertmanager        $at_alertmanager   the same, grouped; nobody is told until prometheus/alertmanager.yml names a receiver

EOF
if [ -n "$minutes" ]; then
    say "this ends in $minutes minutes, or with Ctrl-C"
    sleep "$(awk "BEGIN { print $minutes * 60 }")" &
    wait $!
else
    say "Ctrl-C stops all of it"
    # Until one of them ends, which none should.
    wait -n "${pids[@]}"
    fail "one of the servers ended; logs: $(tail -n 3 "$folder"/logs/*.log)"
fi
