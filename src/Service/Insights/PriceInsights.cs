using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>The rules that need prices: what a cache would have saved, and which model would have been cheaper.</summary>
internal sealed class PriceInsights(PriceBook book, DateTimeOffset when)
{
    // No provider caches less; below that a prefix is too short to be worth it.
    private const long LeastInput = 2_048;

    // What is cached already is no news.
    private const decimal MostCached = 0.1m;

    // The assumptions of the rule, which its text repeats.
    private const int RepeatedPercent = 50;
    private const int WritesInHundred = 10;

    /// <param name="rows">By provider and model.</param>
    public IEnumerable<UsageInsight> Of(IReadOnlyList<UsageReportRow> rows) =>
        rows.Where(row => row.Calls >= InsightReader.LeastCalls && row.Cost > 0).SelectMany(row => new[] { Caching(row), CheaperModel(row) }).OfType<UsageInsight>();

    private UsageInsight? Caching(UsageReportRow row)
    {
        var (provider, model) = (row[SpendDimension.Provider], row[SpendDimension.Model]);
        var input = row.UsageOf(UsageBucket.Input);
        var cached = row.UsageOf(UsageBucket.CacheRead);
        if (input / row.Calls < LeastInput || cached > (input + cached) * MostCached || !book.PricesApart(provider, model, UsageBucket.CacheRead))
        {
            return null;
        }

        var repeated = input / row.Calls * RepeatedPercent / 100;
        var written = repeated * WritesInHundred / 100;
        if (Price(row, UsageBucket.Input, repeated) is not { } full || Price(row, UsageBucket.CacheRead, repeated - written) is not { } read || Price(row, UsageBucket.CacheWrite5m, written) is not { } write || read + write >= full)
        {
            return null;
        }

        var saved = Cost.ToUsd((full - read - write) * row.Calls);
        return new UsageInsight
        {
            Rule = "caching",
            Of = InsightReader.Of(row, SpendDimension.Provider, SpendDimension.Model),
            Text = string.Create(CultureInfo.InvariantCulture, $"Prompt caching would have saved about {saved:0.000000} USD on {InsightReader.Name(row)}: its {row.Calls:N0} calls sent {input / row.Calls:N0} input tokens each that were not cached."),
            Because = string.Create(CultureInfo.InvariantCulture, $"Calls with {LeastInput:N0} uncached input tokens or more on average, of which less than {MostCached * 100:0} % came from the cache. Assumed: {RepeatedPercent} % of the input is the same from call to call, and {WritesInHundred} of 100 calls write it to the cache anew. The ledger does not know what prompts say."),
            Figures = [new("calls", row.Calls), new("uncached_input_tokens", input), new("repeated_tokens_per_call", repeated), new("saved", saved), new("cost", row.Cost!.Value)],
            Usd = saved,
        };
    }

    private UsageInsight? CheaperModel(UsageReportRow row)
    {
        var (provider, model) = (row[SpendDimension.Provider], row[SpendDimension.Model]);
        var usage = PerCall(row);
        if (model is null || book.Quote(provider, model, in usage, when) is not { } own || own.TotalPico == 0 || Cheapest(provider, model, in usage, in own) is not { } other)
        {
            return null;
        }

        var ratio = (decimal)other.TotalPico / (decimal)own.TotalPico;
        var saved = Math.Round(row.Cost!.Value * (1 - ratio), 6);
        return saved <= 0 ? null : new UsageInsight
        {
            Rule = "cheaper_model",
            Of = InsightReader.Of(row, SpendDimension.Provider, SpendDimension.Model),
            Text = string.Create(CultureInfo.InvariantCulture, $"The same usage of {InsightReader.Name(row)} would have cost about {saved:0.000000} USD less with {other.Model}. That is its price alone: it says nothing of how good its answers are."),
            Because = "The lowest list price of today for the average call, among the models of the same provider whose names begin alike and that are of the same kind.",
            Figures = [new("calls", row.Calls), new("cost", row.Cost.Value), new("price_ratio", Math.Round(ratio, 4)), new("saved", saved)],
            Usd = saved,
        };
    }

    // By name, since the book keeps no families; and one of the same kind, since speech does not stand in for text.
    private Cost? Cheapest(string? provider, string model, in CallUsage usage, in Cost own)
    {
        Cost? cheapest = null;
        foreach (var id in book.Neighbours(provider, model))
        {
            if (id != own.Model && ModelKind.Of(id) == ModelKind.Of(own.Model) && book.Quote(provider, id, in usage, when) is { } cost
                && cost.Model == id && PricesAll(provider, id, in usage) && cost.TotalPico > 0 && cost.TotalPico < (cheapest ?? own).TotalPico)
            {
                cheapest = cost;
            }
        }

        return cheapest;
    }

    // A bucket without a price would be free, and the model cheap for nothing else.
    private bool PricesAll(string? provider, string model, in CallUsage usage) =>
        book.Explain(provider, model, in usage, when).Lines.All(line => line.Rate is not null);

    private Int128? Price(UsageReportRow row, UsageBucket bucket, long count)
    {
        var usage = default(CallUsage);
        usage[bucket] = count;
        return book.TryQuote(row[SpendDimension.Provider], row[SpendDimension.Model], in usage, when, null, null, out var cost) ? cost.Pico(bucket) : null;
    }

    private static CallUsage PerCall(UsageReportRow row)
    {
        var usage = default(CallUsage);
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            if (row.UsageOf(bucket) is > 0 and var count)
            {
                usage[bucket] = Math.Max(1, count / row.Calls);
            }
        }

        return usage;
    }
}
