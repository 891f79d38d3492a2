using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>What LLM calls cost, by provider, model and user, and whether it can be trusted.</summary>
internal static class LlmSpendDashboard
{
    private const string Usd = "currencyUSD";
    private const string PerMinuteUnit = "cpm";
    private const string Count = "locale";
    private const string Cost = "llm_usage_cost_USD_total";
    private const string Tokens = "llm_usage_tokens_total";
    private const string LedgerSpend = "llm_ledger_spend_USD";
    private const string LedgerCalls = "llm_ledger_calls";
    private const string LedgerTokens = "llm_ledger_tokens";
    private const string Whom = $"{Provider}, {Model}, {User}";

    public static DashboardFile Make() => new(
        "llm-spend", "LLM spend", "What LLM calls cost, how many there are, how fast they are and what fails: by provider, model and user.", AllPanels());

    private static Panels AllPanels()
    {
        var panels = new Panels();
        AddFigures(panels);
        AddMoney(panels);
        AddTraffic(panels);
        AddErrors(panels);
        AddTrust(panels);
        return panels;
    }

    private static void AddFigures(Panels panels)
    {
        panels.Stat("Spend today", "USD spent since midnight of the ledger's time zone. Read from the ledger: exact, whatever restarts.", Ledger(LedgerSpend, "day"), Usd, 2);
        panels.Stat("Spend this month", "USD spent since the first of the month. Read from the ledger.", Ledger(LedgerSpend, "month"), Usd, 2);
        panels.Stat("Calls today", "Finished calls since midnight, failed ones included. Read from the ledger.", Ledger(LedgerCalls, "day"), Count, 0);
        panels.Stat(
            "Failed calls", "Calls in the time range shown that failed. Those that were cancelled or left half way did not fail.",
            $"round(sum({FailedInRange()})) or {ZeroIfAny}", Count, 0, Panels.Colours((null, "green"), (1, "orange")));
        panels.Stat(
            "Unpriced calls", "Calls in the time range shown whose usage is known and whose price is not. They are missing from every sum of money here.",
            $"round(sum({InRange(Calls, Unpriced)})) or {ZeroIfAny}", Count, 0, Panels.Colours((null, "green"), (1, "orange")));
        panels.Stat(
            "Not yet written", "Age of the oldest spend that no store has acknowledged, in the process that is furthest behind. Up to the flush interval (10 s) is normal.",
            "max(llm_exporter_lag_seconds)", "s", 0, Panels.Colours((null, "green"), (60, "orange"), (300, "red")));
    }

    private static void AddMoney(Panels panels)
    {
        foreach (var (word, label, more) in new[]
        {
            ("provider", Provider, ""), ("model", Model, ""), ("user", User, " Users past the largest (200 unless set otherwise) are summed as _other."),
        })
        {
            panels.Lines(
                $"Spend today by {word}", $"USD since midnight, as it grows; each new day begins at 0. Read from the ledger.{more}", Usd,
                [new(Named(Ledger(LedgerSpend, "day", label), label), $"{{{{{label}}}}}")], stacked: true, decimals: 2, lastOnly: true);
        }

        panels.Table(
            "Who spends", "The ledger by provider, model and user: USD, calls and tokens of today, and USD of this month.", 16,
            [(Provider, "provider"), (Model, "model"), (User, "user")],
            [
                new("USD today", Ledger(LedgerSpend, "day", Whom), Usd, 4), new("USD month", Ledger(LedgerSpend, "month", Whom), Usd, 4),
                new("calls today", Ledger(LedgerCalls, "day", Whom), Count, 0), new("tokens today", Ledger(LedgerTokens, "day", Whom), "short"),
            ],
            "USD month");
        panels.Bars(
            "Today's budgets",
            "Today's spend as a share of each budget that the application publishes: in total, or of a provider, model or user. Orange from 80 %, red from 100 %, as the alerts. Empty without budgets or without prometheus/rules.",
            "sort_desc(llm:budget_used:ratio)", "{{llm_budget_scope}} {{llm_budget_subject}}", "percentunit",
            Panels.Colours((null, "green"), (0.8, "orange"), (1, "red")), max: 1);
    }

    private static void AddTraffic(Panels panels)
    {
        panels.Lines(
            "Spend rate by model", "USD an hour, from the counters of the processes: right for seeing a burst; for amounts of money see Spend today.", Usd,
            [new(Named(PerMinute(Cost, Model, per: 3_600_000), Model), $"{{{{{Model}}}}}")], stacked: true);
        panels.Lines(
            "Calls by model", "Finished calls a minute, whatever their outcome, by the model that answered; by the one asked for where none did.", PerMinuteUnit,
            [new(CallsPerMinuteByModel(), "{{model}}")], stacked: true);
        panels.Lines(
            "Tokens by bucket", "Tokens a minute, in buckets that do not overlap: input is what was not cached, output is without reasoning.", "short",
            [new(PerMinute(Tokens, "llm_usage_type"), "{{llm_usage_type}}")], stacked: true);
        panels.Lines(
            "Duration by model",
            "Seconds from a call's start to its end: half of the calls were faster than p50, 95 % faster than p95. By the model asked for; not by user, whom the standard histograms do not have.", "s",
            Quantiles("duration"), width: 12);
        panels.Lines(
            "Time to first chunk by model", "Streams only: seconds from the start to the first piece of the answer. By the model asked for; not by user.", "s",
            Quantiles("time_to_first_chunk"), width: 12);
    }

    private static Target[] Quantiles(string histogram) =>
        [new(Quantile(0.5, histogram), $"{{{{{ModelAskedFor}}}}} p50"), new(Quantile(0.95, histogram), $"{{{{{ModelAskedFor}}}}} p95")];

    private static void AddErrors(Panels panels)
    {
        panels.Lines(
            "Errors by provider and type", "Failed calls a minute. The type is the HTTP status or the provider's code where there is one.", PerMinuteUnit,
            [new(FailedPerMinute($"{Provider}, error_type"), $"{{{{{Provider}}}}} {{{{error_type}}}}")], stacked: true);
        panels.Bars(
            "Errors by model", "Failed calls in the time range shown, by the model asked for: the ten with the most.",
            Top(FailedInRange(), ModelAskedFor), $"{{{{{ModelAskedFor}}}}}", Count, Panels.Colours((null, "red")));
        panels.Bars(
            "Errors by user", "Failed calls in the time range shown: the ten users with the most.",
            Top(FailedInRange(), User), $"{{{{{User}}}}}", Count, Panels.Colours((null, "red")));
    }

    private static void AddTrust(Panels panels)
    {
        const string By = $"{Provider}, {ModelAskedFor}";
        panels.Table(
            "Calls without a price", "Calls in the time range shown that no price is known for, by what was asked for. Add a price or correct the name.", 8,
            [(Provider, "provider"), (ModelAskedFor, "model asked for")],
            [
                new("calls", $"round(sum by ({By}) ({InRange(Calls, Unpriced)})) > 0", Count, 0),
                new("tokens", $"round(sum by ({By}) ({InRange(Tokens, Unpriced)})) > 0", "short"),
            ],
            "calls");
        panels.Lines(
            "How well cost is known",
            "Calls a minute by quality: reported (usage and price known), partial (a stream cut short), estimated, unpriced (no price known), unmeasured (the provider reported no usage).", PerMinuteUnit,
            [new(PerMinute(Calls, "llm_cost_quality"), "{{llm_cost_quality}}")], stacked: true);
        panels.Lines(
            "Exporter", "The way to the ledger, by service: flushes a minute by result, rows waiting to be written, and rows given up a minute: each of those is lost money.", "short",
            [
                new(PerMinute("llm_exporter_flushes_total", "job, llm_exporter_result", filter: ""), "{{job}}: flushes a minute, {{llm_exporter_result}}"),
                new("sum by (job) (llm_exporter_pending_rows)", "{{job}}: rows waiting"),
                new(PerMinute("llm_exporter_dropped_total", "job, llm_exporter_reason", filter: ""), "{{job}}: rows dropped a minute, {{llm_exporter_reason}}"),
            ]);
    }
}
