using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The rules that need no prices: what the ledger knows by itself.</summary>
internal static class InsightReader
{
    // Fewer calls than this show nothing of what is usual.
    public const long LeastCalls = 20;

    private const decimal LeastGrowth = 0.25m;
    private const decimal LeastReasoning = 0.5m;

    private static readonly SpendDimension[] ByModel = [SpendDimension.Provider, SpendDimension.Model];

    public static async Task<IReadOnlyList<UsageInsight>> ReadAsync(UsageReports reports, UsageReportQuery query, CancellationToken cancellationToken)
    {
        var models = await reports.QueryAsync(query with { By = ByModel, ByTags = [] }, cancellationToken).ConfigureAwait(false);
        var outcomes = await reports.QueryAsync(query with { By = [.. ByModel, SpendDimension.Outcome], ByTags = [] }, cancellationToken).ConfigureAwait(false);
        var features = await reports.TrendAsync(query with { By = [SpendDimension.Feature], ByTags = [] }, cancellationToken).ConfigureAwait(false);
        return
        [
            .. models.Rows.Select(row => Unpriced(row, models.Total)).OfType<UsageInsight>(),
            .. outcomes.Rows.Select(Failures).OfType<UsageInsight>(),
            .. features.Rows.Select(row => PromptGrowth(row, features.Basis)).OfType<UsageInsight>(),
            .. models.Rows.Select(Reasoning).OfType<UsageInsight>(),
        ];
    }

    /// <summary>The largest amount first, unknown ones last; ties in the order of rule and text.</summary>
    public static IReadOnlyList<UsageInsight> Sorted(IEnumerable<UsageInsight> insights) =>
    [
        .. insights.OrderBy(insight => insight.Usd is null).ThenByDescending(insight => insight.Usd)
            .ThenBy(insight => insight.Rule, StringComparer.Ordinal).ThenBy(insight => insight.Text, StringComparer.Ordinal),
    ];

    public static string Name(UsageReportRow row) => (row[SpendDimension.Provider], row[SpendDimension.Model]) switch
    {
        (null, null) => "(none)",
        (null, { } model) => model,
        ({ } provider, var model) => $"{provider}/{model ?? "(none)"}",
    };

    public static KeyValuePair<SpendDimension, string?>[] Of(UsageReportRow row, params ReadOnlySpan<SpendDimension> by)
    {
        var of = new KeyValuePair<SpendDimension, string?>[by.Length];
        for (var i = 0; i < by.Length; i++)
        {
            of[i] = new(by[i], row[by[i]]);
        }

        return of;
    }

    private static UsageInsight? Unpriced(UsageReportRow row, UsageReportRow total) => row.Unpriced == 0 ? null : new UsageInsight
    {
        Rule = "unpriced",
        Of = Of(row, ByModel),
        Text = string.Create(CultureInfo.InvariantCulture, $"{row.Unpriced:N0} of {row.Calls:N0} calls of {Name(row)} have no known price: no cost is counted for their {row.UnpricedTokens:N0} tokens."),
        Because = "Any call whose usage is known and whose price is not.",
        Figures = [new("unpriced", row.Unpriced), new("calls", row.Calls), new("share_of_all_calls", Share(row.Unpriced, total.Calls)), new("unpriced_tokens", row.UnpricedTokens)],
    };

    private static UsageInsight? Failures(UsageReportRow row)
    {
        var outcome = row[SpendDimension.Outcome];
        if (row.Cost is not > 0 || row.Failed + row.Cancelled + row.Abandoned < row.Calls || row.Calls == 0)
        {
            return null;
        }

        return new UsageInsight
        {
            Rule = "failures",
            Of = Of(row, [.. ByModel, SpendDimension.Outcome]),
            Text = string.Create(CultureInfo.InvariantCulture, $"{row.Calls:N0} {(row.Calls == 1 ? "call" : "calls")} of {Name(row)} that ended as {outcome ?? "not completed"} cost {row.Cost:0.000000} USD."),
            Because = "Calls that did not complete and were billed: their retries are billed again.",
            Figures = [new("calls", row.Calls), new("cost", row.Cost.Value)],
            Usd = row.Cost,
        };
    }

    private static UsageInsight? PromptGrowth(UsageTrendRow row, string basis)
    {
        var (now, before) = (row.Current, row.Previous);
        if (now.Calls < LeastCalls || before.Calls < LeastCalls || before.InputTokens == 0)
        {
            return null;
        }

        var (each, was) = ((decimal)now.InputTokens / now.Calls, (decimal)before.InputTokens / before.Calls);
        var growth = (each - was) / was;
        return growth < LeastGrowth ? null : new UsageInsight
        {
            Rule = "prompt_growth",
            Of = Of(now, SpendDimension.Feature),
            Text = string.Create(CultureInfo.InvariantCulture, $"Prompts of the feature {now[SpendDimension.Feature] ?? "(none)"} grew by {growth * 100:0} %: from {was:N0} to {each:N0} input tokens a call."),
            Because = string.Create(CultureInfo.InvariantCulture, $"At least {LeastGrowth * 100:0} % more input tokens a call than in the period before, each with {LeastCalls} calls or more. {basis}"),
            Figures = [new("input_tokens_per_call", Round(each)), new("input_tokens_per_call_before", Round(was)), new("growth", Round(growth)), new("calls", now.Calls), new("calls_before", before.Calls)],
        };
    }

    private static UsageInsight? Reasoning(UsageReportRow row)
    {
        var (reasoning, output) = (row.UsageOf(UsageBucket.Reasoning), row.OutputTokens);
        if (row.Calls < LeastCalls || output == 0 || Share(reasoning, output) is var share && share < LeastReasoning)
        {
            return null;
        }

        decimal? cost = row.Cost is null ? null : row.CostOf(UsageBucket.Reasoning);
        return new UsageInsight
        {
            Rule = "reasoning",
            Of = Of(row, ByModel),
            Text = string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} % of what {Name(row)} generated was reasoning{(cost is { } usd ? $", for {usd:0.000000} USD" : "")}."),
            Because = string.Create(CultureInfo.InvariantCulture, $"At least {LeastReasoning * 100:0} % of the output tokens of {LeastCalls} calls or more."),
            Figures = [new("reasoning_tokens", reasoning), new("output_tokens", output), new("share", share), .. cost is { } known ? new[] { new KeyValuePair<string, decimal>("cost", known) } : []],
            Usd = cost,
        };
    }

    private static decimal Share(long part, long whole) => whole == 0 ? 0 : Round((decimal)part / whole);

    private static decimal Round(decimal value) => Math.Round(value, 4);
}
