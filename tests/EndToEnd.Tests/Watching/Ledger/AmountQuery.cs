using System.Text.RegularExpressions;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Ledger;

/// <summary>A query that claims to show what the ledger holds: read from its text, so that it is compared whoever wrote it.</summary>
/// <param name="Expression">As it is sent.</param>
/// <param name="Measure">spend_USD, calls or tokens.</param>
/// <param name="Period">hour, day or month; null: the series says.</param>
internal sealed partial record AmountQuery(string Expression, string Measure, string? Period)
{
    public const string PeriodLabel = "llm_ledger_period";

    /// <summary>Null for whatever else a query may ask: rates, shares, growth, budgets, forecasts.</summary>
    public static AmountQuery? Read(string expression)
    {
        var asked = Freshest().Replace(expression, "");
        var measures = Gauge().Matches(asked).Select(match => match.Groups["measure"].Value).Distinct().ToArray();
        var periods = Chosen().Matches(asked).Select(match => match.Groups["period"].Value).Distinct().ToArray();
        return measures is [var measure] && periods.Length <= 1 && !Reckoning().IsMatch(Text().Replace(asked, "")) ? new(expression, measure, periods.FirstOrDefault()) : null;
    }

    /// <summary>Whether it shows the largest alone.</summary>
    public bool IsTop => Largest().IsMatch(Freshest().Replace(Expression, ""));

    /// <summary>The labels that it groups by; of a sum without any, none; of a gauge as it is, all that it has.</summary>
    public IEnumerable<string> GroupedBy(IEnumerable<Sample> shown) =>
        shown.SelectMany(sample => sample.Labels.Keys).Concat(OuterBy().Match(Freshest().Replace(Expression, "")) is { Success: true } by ? by.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries) : [])
            .Where(LedgerAmounts.Dimensions.ContainsKey).Distinct();

    [GeneratedRegex(@"\b(?:llm_ledger_(?:feature_|tenant_)?(?<measure>spend_USD|calls|tokens)\b|llm:(?:ledger_(?<measure>spend_USD|calls|tokens)|(?<measure>spend_USD)|spend_by_\w+?_(?<measure>USD))\b(?!:))")]
    private static partial Regex Gauge();

    [GeneratedRegex("llm_ledger_period=~?\"(?<period>hour|day|month)\"")]
    private static partial Regex Chosen();

    // Whatever makes another figure of an amount. A budget's name in a selector is none.
    [GeneratedRegex(@"[/*%^]|\s[-+]\s|[<>]|==|!= |\b(?:offset|rate|increase|delta|avg|count|stddev|quantile|predict_linear|deriv|time|or|unless)\b|_over_time|llm:(?!ledger_(?:spend|calls|tokens)|spend_USD\b(?!:)|spend_by_)|llm_ledger_(?:budget|forecast|reset|unpriced|lag|exporters)|llm_budget_|llm_usage_")]
    private static partial Regex Reckoning();

    // The one publisher whose reading counts.
    [GeneratedRegex(@"and (?:timestamp\(\w+(?:\{[^}]*\})?\) == )?on ?\(job, ?instance\) ?(?:group_left ?\(\) ?)?topk\(1, ?max by ?\(job, ?instance\) ?\(timestamp\(\w+(?:\{[^}]*\})?\)\)\)")]
    private static partial Regex Freshest();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\b(?:topk|bottomk|limitk)\b")]
    private static partial Regex Largest();

    [GeneratedRegex(@"\bby ?\((?<labels>[\w, ]*)\)")]
    private static partial Regex OuterBy();
}
