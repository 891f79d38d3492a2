using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>Whether the figures of the other dashboards can be trusted: from the call to the ledger, and to Prometheus.</summary>
internal static class PipelineDashboard
{
    // What the telemetry counts of itself has no provider, model or user.
    private const string OfService = "job=~\"$service\"";
    private const string Reason = "llm_exporter_reason";
    private const string NoExporter = "no process writes to a ledger";
    private const string NoReceiver = "no receiver";
    private const string NoBudgets = "no budgets";
    private const string NoCollector = "no Collector is scraped";
    private const string Receipts = "llm_receiver_form";

    public static DashboardFile Make() => new(
        "llm-pipeline", "LLM pipeline health", "Can the figures be trusted: did every call arrive, is its price known, and is anything waiting, lost or refused?", AllPanels());

    private static Panels AllPanels()
    {
        var panels = new Panels();
        AddFigures(panels);
        AddKnowledge(panels);
        AddExporter(panels);
        AddJournal(panels);
        AddReceiver(panels);
        AddBudgets(panels);
        AddCollector(panels);
        return panels;
    }

    private static void AddFigures(Panels panels)
    {
        panels.Stat(
            "Not yet written", "Age of the oldest spend that no store has acknowledged, in the process that is furthest behind. Up to the flush interval (10 s) is normal.",
            "max(llm_exporter_lag_seconds)", Unit.Seconds, 0, Fields.Alarm(60, 300));
        panels.Stat(
            "Lost", "Rows of spend that were given up in the time range shown: the ledger is short by what they held. Nothing here is what should be here.",
            $"round(sum({InRange("llm_exporter_dropped_total", OfService)})) or 0 * sum(llm_exporter_pending_rows)", Unit.Count, 0, Fields.Colours((null, "text"), (1, "red")));
        panels.Stat(
            "Without a price today", "The share of today's calls whose price is not known: sums of money leave them out. Read from the ledger by `llmtelemetry serve`.",
            OnePublisher("llm_ledger_unpriced_ratio", "llm_ledger_period=\"day\""), Unit.Share, 1, Fields.Alarm(0.001, 0.05));
        panels.Stat(
            "Age of the prices", "Time since the day that the oldest price book in use is of. Orange from 60 days, red from 90, as the alert.",
            "max(llm_prices_age_seconds)", Unit.Seconds, 0, Fields.Alarm(5_184_000, 7_776_000));
        panels.Stat(
            "Telemetry errors", "Failures of the telemetry itself in the time range shown. The calls were not harmed; the processes' logs say what failed.",
            $"round(sum({InRange("llm_telemetry_errors_total", OfService)})) or {ZeroIfAny}", Unit.Count, 0, Fields.Alarm(1));
        panels.Stat(
            "Exporters alive", "Processes that write this ledger and have said so lately. Read from the ledger by `llmtelemetry serve`.",
            OnePublisher("llm_ledger_exporters", ""), Unit.Count, 0);
    }

    private static void AddKnowledge(Panels panels)
    {
        const string By = $"{Provider}, {ModelAskedFor}";
        panels.Table(
            "Calls without a price", "Calls in the time range shown that no price is known for, by what was asked for. Add a price or correct the name: docs/prices.md.", 8,
            [(Provider, "provider"), (ModelAskedFor, "model asked for")],
            [
                new("calls", $"round(sum by ({By}) ({InRange(Calls, Unpriced)})) > 0", Unit.Count, 0),
                new("tokens", $"round(sum by ({By}) ({InRange("llm_usage_tokens_total", Unpriced)})) > 0", Unit.Short),
            ],
            "calls", noValue: "no calls without a price seen");
        panels.Lines(
            "How well cost is known",
            "Calls a minute by quality: reported (usage and price known), partial (a stream cut short), estimated, unpriced (no price known), unmeasured (the provider reported no usage).", Unit.PerMinute,
            [new(PerMinute(Calls, "llm_cost_quality"), "{{llm_cost_quality}}")], stacked: true, noValue: "no calls seen");
        panels.Lines(
            "Counts that contradict themselves", "Calls a minute whose reported counts do not add up, by provider and the model asked for. Their cost may be wrong: docs/metrics.md, `llm.usage.inconsistent`.", Unit.PerMinute,
            [new(PerMinute("llm_usage_inconsistent_total", By), $"{{{{{Provider}}}}} {{{{{ModelAskedFor}}}}}")], stacked: true, noValue: "none seen");
        panels.Lines(
            "Values folded or cut", "Values of attributes a minute that went into _other because there are too many of them, or that were cut. The ledger keeps exact values; lines by user, tenant or feature do not.", Unit.PerMinute,
            [
                new(PerMinute("llm_attribution_folded_total", "llm_attribution_attribute", OfService), "{{llm_attribution_attribute}} folded"),
                new(PerMinute("llm_attribution_cut_total", "llm_attribution_attribute", OfService), "{{llm_attribution_attribute}} cut"),
            ],
            stacked: true, noValue: "none seen");
        panels.Lines(
            "Spend of today without a name", "The share of today's spend of the users that are summed as _other, and of calls that say no user. Read from the ledger.", Unit.Share,
            [
                new($"{OfUsers("user_id=\"_other\"")} / {OfUsers("")}", "_other"), new($"{OfUsers("user_id=\"\"")} / {OfUsers("")}", "(none)"),
                new($"{OfUsers("user_id=\"unattributed\"")} / {OfUsers("")}", "unattributed"),
            ],
            max: 1, noValue: "none seen");
        panels.Lines(
            "Age of prices", "Days since the day that each price book in use is of.", "d", [new("max by (llm_price_version) (llm_prices_age_seconds) / 86400", "{{llm_price_version}}")],
            noValue: "no process tells of its prices");
        panels.Lines(
            "Changes of a price file", "Reloads a minute while a process runs, by result: ok is in use, failed was refused and the last good prices are in use.", Unit.PerMinute,
            [new(PerMinute("llm_prices_reloads_total", "llm_prices_result", ""), "{{llm_prices_result}}")], noValue: "none seen");
    }

    private static void AddExporter(Panels panels)
    {
        panels.Lines(
            "Flushes", "Attempts a minute to write to the ledger, by service and result. A failed one is tried again, and nothing is counted twice.", Unit.PerMinute,
            [new(PerMinute("llm_exporter_flushes_total", "job, llm_exporter_result", OfService), "{{job}} {{llm_exporter_result}}")], stacked: true, noValue: NoExporter);
        panels.Lines(
            "Behind", "Age of the oldest increment that the ledger has not acknowledged, by process; and how far the whole ledger is behind.", Unit.Seconds,
            [
                new($"max by (job, instance) (llm_exporter_lag_seconds{{{OfService}}})", "{{job}} {{instance}}"),
                new(OnePublisher("llm_ledger_lag_seconds", ""), "the ledger"),
            ],
            noValue: NoExporter);
        panels.Lines(
            "Rows and events that wait", "Rows of spend and usage events that were recorded and are not yet acknowledged, by service.", Unit.Short,
            [
                new($"sum by (job) (llm_exporter_pending_rows{{{OfService}}})", "{{job}} rows"),
                new($"sum by (job) (llm_events_queued{{{OfService}}})", "{{job}} events"),
            ],
            noValue: NoExporter);
        panels.Bars(
            "Given up", "Rows, events and records that were given up in the time range shown, by reason: docs/metrics.md says what each means. Lost rows and events are lost money; records are only details.",
            $"""sort_desc(label_replace(round(sum by ({Reason}) ({InRange("llm_exporter_dropped_total", OfService)})) > 0, "what", "rows", "", "") or label_replace(round(sum by ({Reason}) ({InRange("llm_events_dropped_total", OfService)})) > 0, "what", "events", "", "") or label_replace(round(sum by ({Reason}) ({InRange("llm_records_dropped_total", OfService)})) > 0, "what", "records", "", ""))""",
            $"{{{{what}}}} {{{{{Reason}}}}}", Unit.Count, Fields.Colours((null, "text"), (1, "red")), noValue: "none seen");
        panels.Lines(
            "Events sent", "Usage events a minute that a receiver took, by service (AddUsageEventOtlp).", Unit.PerMinute,
            [new(PerMinute("llm_events_sent_total", "job", OfService), "{{job}}")], stacked: true, noValue: "no process sends events (AddUsageEventOtlp)");
        panels.Lines(
            "Processes that ended without a word", "Exporters that ended without saying so, a minute. lost: what they held is lost; journal: it is in their journal (docs/journal.md).", Unit.PerMinute,
            [new(PerMinute("llm_exporter_gaps_total", Reason, ""), $"{{{{{Reason}}}}}")], noValue: "none seen");
    }

    private static void AddJournal(Panels panels)
    {
        panels.Lines(
            "Journal", "What journals take on the disk, by process. It grows while the store is away and shrinks when it is back.", "bytes",
            [new($"sum by (job, instance) (llm_exporter_journal_bytes{{{OfService}}})", "{{job}} {{instance}}")], noValue: "no journals");
        panels.Lines(
            "Journal: frames", "Rows and batches that are written down in journals, by service; damaged places, and rows there was no room for, a minute.", Unit.Short,
            [
                new($"sum by (job) (llm_exporter_journal_frames{{{OfService}}})", "{{job}} frames"),
                new(PerMinute("llm_exporter_journal_missed_total", "job", OfService), "{{job}} no room, a minute"),
                new(PerMinute("llm_exporter_journal_damaged_total", "job", OfService), "{{job}} damaged, a minute"),
            ],
            noValue: "no journals");
        panels.Lines(
            "Points not booked", "Points of other libraries' metrics a minute that were not booked, by reason: most would count twice (docs/metrics.md).", Unit.PerMinute,
            [new(PerMinute("llm_exporter_ignored_total", Reason, ""), $"{{{{{Reason}}}}}")], stacked: true, noValue: "none seen");
    }

    private static void AddReceiver(Panels panels)
    {
        panels.Lines(
            "Receiver: deliveries", "Requests a minute to `llmtelemetry serve`, by what was answered; later and busy are sent again by their senders.", Unit.PerMinute,
            [new(PerMinute("llm_receiver_deliveries_total", "llm_receiver_result", ""), "{{llm_receiver_result}}")], stacked: true, noValue: NoReceiver);
        panels.Lines(
            "Receiver: items", "Calls and points a minute: booked, known from before, passed over, or refused because they can never be booked.", Unit.PerMinute,
            [
                new(PerMinute("llm_receiver_booked_total", Receipts, ""), $"booked {{{{{Receipts}}}}}"), new(PerMinute("llm_receiver_duplicates_total", Receipts, ""), $"known {{{{{Receipts}}}}}"),
                new(PerMinute("llm_receiver_ignored_total", "llm_receiver_reason", ""), "passed over: {{llm_receiver_reason}}"), new(PerMinute("llm_receiver_rejected_total", "llm_receiver_reason", ""), "refused: {{llm_receiver_reason}}"),
            ],
            stacked: true, noValue: NoReceiver);
        panels.Lines(
            "Receiver: deliveries under way", "Requests that `llmtelemetry serve` took in and has not answered yet, by process. Many for long: the store is slow.", Unit.Count,
            [new("sum by (instance) (llm_receiver_waiting)", "{{instance}}")],
            noValue: NoReceiver);
    }

    private static void AddBudgets(Panels panels)
    {
        panels.Lines(
            "Budgets: calls that were not checked", "Calls a minute that were made though the budgets' store could not be asked (failure policy: open), by limit.", Unit.PerMinute,
            [new(PerMinute("llm_budget_fail_open_total", "llm_budget_name", OfService), "{{llm_budget_name}}")], stacked: true, noValue: "none seen");
        panels.Lines(
            "Budgets: settlements", "What calls used and the budgets' store has not taken yet, by service; and what was given up, a minute.", Unit.Short,
            [
                new($"sum by (job) (llm_budget_pending_settlements{{{OfService}}})", "{{job}} waiting"),
                new(PerMinute("llm_budget_dropped_settlements_total", "job, llm_budget_reason", OfService), "{{job}} given up a minute, {{llm_budget_reason}}"),
            ],
            noValue: "none seen");
        panels.Lines(
            "Budgets: time to decide", "Seconds that a decision took, the store's answer included.", Unit.Seconds,
            [
                new($"histogram_quantile(0.5, sum by (le) (rate(llm_budget_decision_duration_seconds_bucket{{{OfService}}}[$__rate_interval])))", "p50"),
                new($"histogram_quantile(0.99, sum by (le) (rate(llm_budget_decision_duration_seconds_bucket{{{OfService}}}[$__rate_interval])))", "p99"),
            ],
            noValue: NoBudgets);
    }

    private static void AddCollector(Panels panels)
    {
        panels.Lines(
            "Collector: points", "Metric points a minute that the Collector took, passed on, refused and failed to pass on, by exporter.", Unit.PerMinute,
            [
                new("sum(rate(otelcol_receiver_accepted_metric_points[$__rate_interval])) * 60", "taken"), new("sum(rate(otelcol_receiver_refused_metric_points[$__rate_interval])) * 60", "refused"),
                new("sum by (exporter) (rate(otelcol_exporter_sent_metric_points[$__rate_interval])) * 60", "{{exporter}} sent"),
                new("sum by (exporter) (rate(otelcol_exporter_send_failed_metric_points[$__rate_interval])) * 60", "{{exporter}} failed"),
            ],
            noValue: NoCollector);
        panels.Lines(
            "Collector: queues", "How full the Collector's queues are, by exporter and signal. A full one means that what comes is refused, or dropped.", Unit.Share,
            [new("max by (exporter, data_type) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)", "{{exporter}} {{data_type}}")], max: 1, noValue: NoCollector);
        panels.Table(
            "Targets", "What Prometheus scrapes: 1 is up, 0 is down. Applications push and are not listed.", 8,
            [("job", "job"), ("instance", "instance")], [new("up", "min by (job, instance) (up)", Unit.Count, 0)], "job", noValue: "nothing is scraped");
    }

    private static string OfUsers(string filter) => $"sum({OnePublisher("llm_ledger_spend_USD", filter.Length == 0 ? "llm_ledger_period=\"day\"" : $"llm_ledger_period=\"day\", {filter}")})";
}
