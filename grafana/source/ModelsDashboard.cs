using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>Which model costs what, how fast it answers, how often it fails, and what caches save.</summary>
internal static class ModelsDashboard
{
    private const string Cost = "llm_usage_cost_USD_total";
    private const string Tokens = "llm_usage_tokens_total";
    private const string ByModel = $"{Provider}, {Model}";
    private const string ByAsked = $"{Provider}, {ModelAskedFor}";

    // The buckets of docs/metrics.md, "Values". What has no price has tokens and no cost: a price of a token is of those that have both.
    private const string OfInput = "llm_usage_type=~\"(cache_)?(input|read|audio_read|image_read|video_read|write_5m|write_1h|input_.+)\"";
    private const string OfOutput = "llm_usage_type=~\"(output|reasoning|citation)(_.+)?\"";
    private const string OfTextCache = "llm_usage_type=~\"cache_read|cache_write_5m|cache_write_1h\"";
    private const string Uncached = "llm_usage_type=\"input\"";
    private const string Priced = "llm_cost_quality!~\"unpriced|unmeasured\"";
    private const string Limited = "error_type=~\"429|ResourceExhausted|ThrottlingException|rate_limit.*\"";

    public static DashboardFile Make() => new(
        "llm-models", "LLM models and providers", "Which model costs what, how fast does it answer, how often does it fail, and what do caches save?", AllPanels());

    private static Panels AllPanels()
    {
        var panels = new Panels();
        AddFigures(panels);
        AddCost(panels);
        AddSpeed(panels);
        AddErrors(panels);
        AddCaches(panels);
        return panels;
    }

    private static void AddFigures(Panels panels)
    {
        panels.Stat("Spend today", "USD since midnight of the ledger's time zone, of the providers, models and users chosen. Read from the ledger.", LedgerView.Users.SoFar(LedgerView.Spend, "day"), Unit.Usd, 2, noValue: "not known");
        panels.Stat("USD / 1K tokens", "What 1,000 tokens cost in the time range shown, input and output together, of calls that have a price. From the counters.", PerThousand(""), Unit.Usd, 4);
        panels.Stat("p95 duration", "95 % of the calls of the time range shown were faster.", OverAll(0.95, "duration", "$__range"), Unit.Seconds, 1);
        panels.Stat("p95 first chunk", "95 % of the streams of the time range shown began to answer sooner.", OverAll(0.95, "time_to_first_chunk", "$__range"), Unit.Seconds, 1, noValue: "no streams");
        panels.Stat(
            "Failed", "The share of the calls of the time range shown that failed; cancelled ones and those left half way did not. Orange from 5 %, red from 20 %.",
            FailedShareInRange, Unit.Share, 1, Fields.Alarm(0.05, 0.2));
        panels.Stat(
            "Prompt cache hits", "The share of the input tokens of the time range shown that came from the providers' caches.",
            $"{SumInRange(Tokens, Filter("llm_usage_type=~\"cache_(audio_|image_|video_)?read\""))} / {SumInRange(Tokens, Filter(OfInput))}", Unit.Share, 1);
    }

    private static void AddCost(Panels panels)
    {
        panels.Table(
            "Models", "Today by provider and model, read from the ledger: what it cost, how often it was called, how many tokens it used, and what a thousand of them came to. A cost that stays empty is of a model without a price.", 14,
            [(Provider, "provider"), (Model, "model")],
            [
                new("USD today", LedgerBy(LedgerView.Spend, "day"), Unit.Usd, 4), new("USD month", LedgerBy(LedgerView.Spend, "month"), Unit.Usd, 2),
                new("calls", LedgerBy(LedgerView.Calls, "day"), Unit.Count, 0), new("tokens", LedgerBy(LedgerView.Tokens, "day"), Unit.Short),
                new("USD / 1K", $"1000 * {LedgerBy(LedgerView.Spend, "day")} / ({LedgerBy(LedgerView.Tokens, "day")} > 0)", Unit.Usd, 5),
            ],
            "USD today", noValue: "no calls, or nothing publishes the ledger");
        panels.Table(
            "What 1,000 tokens cost", "In the time range shown, by provider and model: what 1,000 tokens of input (cached and not) and of output came to, after caches, tiers and service tiers. Calls without a price are left out. From the counters.", 10,
            [(Provider, "provider"), (Model, "model")],
            [new("input", PerThousand(OfInput, ByModel), Unit.Usd, 5), new("output", PerThousand(OfOutput, ByModel), Unit.Usd, 5), new("all", PerThousand("", ByModel), Unit.Usd, 5)],
            "all");
        panels.Lines(
            "Spend rate by provider", "USD an hour, from the counters of the processes: right for seeing a burst; for amounts see the table.", Unit.Usd,
            [new(Named(PerMinute(Cost, Provider, per: 3_600_000), Provider), $"{{{{{Provider}}}}}")], stacked: true);
        panels.Lines(
            "Spend rate by model", "USD an hour by the model that answered, from the counters of the processes.", Unit.Usd,
            [new(Named(PerMinute(Cost, Model, per: 3_600_000), Model), $"{{{{{Model}}}}}")], stacked: true);
        panels.Lines(
            "Tokens by bucket", "Tokens a minute, in buckets that do not overlap: input is what was not cached, output is without reasoning.", Unit.Short,
            [new(PerMinute(Tokens, "llm_usage_type"), "{{llm_usage_type}}")], stacked: true);
    }

    private static void AddSpeed(Panels panels)
    {
        const string NoStreams = "no streams in this time";
        const string Whose = " By the model asked for; not by user or feature, which the standard histograms do not have.";
        panels.Lines(
            "Duration", "Seconds from a call's start to its end, of all that is chosen: half of the calls were faster than p50, 95 % than p95, 99 % than p99. Not by user or feature, which the standard histograms do not have.", Unit.Seconds,
            [new(OverAll(0.5, "duration"), "p50"), new(OverAll(0.95, "duration"), "p95"), new(OverAll(0.99, "duration"), "p99")], width: 12);
        panels.Lines("Duration by model", $"95 % of the calls were faster.{Whose}", Unit.Seconds, P95ByModel("duration"), width: 12);
        panels.Lines("Time to first chunk by model", $"Streams only: seconds from the start to the first piece of the answer; 95 % began sooner.{Whose}", Unit.Seconds, P95ByModel("time_to_first_chunk"), width: 12, noValue: NoStreams);
        panels.Lines("Time per output chunk by model", $"Streams only: seconds that the provider took for each later piece; 95 % of them were faster.{Whose}", Unit.Seconds, P95ByModel("time_per_output_chunk"), width: 12, noValue: NoStreams);
    }

    private static void AddErrors(Panels panels)
    {
        panels.Lines(
            "Failed share by model", "The share of the calls that failed, by provider and the model asked for.", Unit.Share,
            [new(RecentFailedShare(ByAsked), $"{{{{{Provider}}}}} {{{{{ModelAskedFor}}}}}")], noValue: "no failed calls seen");
        panels.Lines(
            "Errors by code", "Failed calls a minute. The code is the HTTP status or the provider's word where there is one: docs/metrics.md, \"Errors\".", Unit.PerMinute,
            [new(FailedPerMinute($"{Provider}, error_type"), $"{{{{{Provider}}}}} {{{{error_type}}}}")], stacked: true, noValue: "no failed calls seen");
        panels.Bars(
            "Refused by rate limits", "Calls of the time range shown that the provider refused because there were too many (429 and its like), by the model asked for.",
            $"sort_desc(topk(10, round(sum by ({ModelAskedFor}) ({FailedInRange(Limited)})) > 0))", $"{{{{{ModelAskedFor}}}}}", Unit.Count, Fields.Alarm(1), noValue: "none seen");
    }

    private static void AddCaches(Panels panels)
    {
        panels.Lines(
            "Prompt cache hits by model", "The share of the input tokens that came from the provider's cache.", Unit.Share,
            [new(Named($"{PerMinute(Tokens, Model, Filter("llm_usage_type=~\"cache_(audio_|image_|video_)?read\""))} / ({PerMinute(Tokens, Model, Filter(OfInput))} > 0)", Model), $"{{{{{Model}}}}}")], max: 1);
        panels.Table(
            "Saved by the providers' caches",
            "In the time range shown: what the cached tokens would have cost at the same model's price of uncached input, less what reading and writing the cache cost. Below 0 where more was written than read. Text only; nothing where a model had no uncached input.", 8,
            [(Provider, ""), (Model, "model")],
            [new("USD saved", CacheSavings(ByModel), Unit.Usd, 4)],
            "USD saved", noValue: "no cached tokens seen");
        panels.Lines(
            "Saved by your own caches", "USD an hour that answers would have cost which a cache of the application gave (docs/metrics.md, \"Caches\"). It is in no other figure.", Unit.Usd,
            [new(Named(PerMinute("llm_usage_saved_USD_total", Model, per: 3_600_000), Model), $"{{{{{Model}}}}}")], stacked: true, noValue: "none seen");
    }

    private static string LedgerBy(string what, string period) => Named(LedgerView.Users.Sum(what, period, ByModel), Model);

    private static string PerThousand(string buckets, string? by = null)
    {
        // Without a kind of bucket, cost is all that a call cost: fees too.
        var which = buckets.Length == 0 ? Priced : $"{buckets}, {Priced}";
        return $"1000 * {SumInRange(Cost, Filter(which), by)} / ({SumInRange(Tokens, Filter(which), by)} > 0)";
    }

    private static string CacheSavings(string by)
    {
        var price = $"{SumInRange(Cost, Filter($"{Uncached}, {Priced}"), by)} / ({SumInRange(Tokens, Filter($"{Uncached}, {Priced}"), by)} > 0)";
        return $"{SumInRange(Tokens, Filter($"{OfTextCache}, {Priced}"), by)} * ({price}) - {SumInRange(Cost, Filter($"{OfTextCache}, {Priced}"), by)}";
    }

    private static string SumInRange(string counter, string filter, string? by = null) => $"sum{(by is null ? "" : $" by ({by})")} ({InRange(counter, filter)})";

    private static string OverAll(double quantile, string what, string window = "$__rate_interval") => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"histogram_quantile({quantile}, sum by (le) ({OfBoth(what, "bucket", window)})) >= 0");

    private static Target[] P95ByModel(string what) => [new(Quantile(0.95, what), $"{{{{{ModelAskedFor}}}}}")];
}
