using System.Globalization;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Ledger;

/// <summary>Compares what a Prometheus shows of the ledger with the ledger.</summary>
internal sealed class LedgerComparison(PrometheusApi prometheus, LedgerAmounts ledger)
{
    private const string Other = "_other";
    private const string NotSaid = "(none)";

    /// <summary>What is wrong with what a query of all of the ledger shows; null: nothing, to the ninth digit.</summary>
    public async Task<string?> WrongAsync(AmountQuery query, CancellationToken cancellationToken)
    {
        var shown = await prometheus.QueryAsync(query.Expression, at: null, cancellationToken);
        foreach (var period in shown.GroupBy(sample => sample[AmountQuery.PeriodLabel] ?? query.Period ?? "none is said"))
        {
            if (await WrongAsync(query, period.Key, [.. period], cancellationToken) is { } wrong)
            {
                return wrong;
            }
        }

        return shown.Count == 0 ? "it shows nothing" : null;
    }

    private async Task<string?> WrongAsync(AmountQuery query, string period, Sample[] shown, CancellationToken cancellationToken)
    {
        var by = query.GroupedBy(shown).ToArray();
        var rows = await ledger.ReadAsync(period, cancellationToken);
        var named = new Dictionary<string, HashSet<string?>>();
        foreach (var label in by)
        {
            // Now: who was named once may be one of the others since.
            var gauge = GaugeOf(label) + "_calls";
            var now = await prometheus.QueryAsync(
                $"count by ({label}) ({gauge}{{{AmountQuery.PeriodLabel}=\"{period}\"}} and timestamp({gauge}) == on (job, instance) group_left () topk(1, max by (job, instance) (timestamp({gauge}))))", at: null, cancellationToken);
            named[label] = [null, .. now.Select(sample => sample[label])];
        }

        var expected = rows.GroupBy(row => Key(by.Select(label => named[label].Contains(row.Labels[label]) ? row.Labels[label] : Other)))
            .Select(group => (group.Key, Amount: Sum(query.Measure, group))).Where(group => group.Amount is not null).ToDictionary(group => group.Key, group => group.Amount!.Value);
        var actual = shown.ToDictionary(sample => Key(by.Select(label => sample[label] is NotSaid or null ? null : sample[label])), sample => sample.Value);
        foreach (var (key, value) in actual)
        {
            if (!expected.TryGetValue(key, out var amount) || Math.Abs(value - amount) > Math.Abs(amount) * 1e-9)
            {
                return string.Create(CultureInfo.InvariantCulture, $"of this {period}, {key} is {value}, and in the ledger {(expected.ContainsKey(key) ? amount : "nothing")}");
            }
        }

        return expected.Keys.Except(actual.Keys).FirstOrDefault() is { } missing && !query.IsTop ? $"of this {period}, {missing} is not shown, and is {expected[missing]} in the ledger" : null;
    }

    private static string GaugeOf(string label) => label switch
    {
        "llm_feature" => "llm_ledger_feature",
        "llm_tenant" => "llm_ledger_tenant",
        _ => "llm_ledger",
    };

    private static double? Sum(string measure, IEnumerable<LedgerAmount> rows) => measure switch
    {
        "calls" => rows.Sum(row => row.Calls),
        "tokens" => rows.Sum(row => row.Tokens),
        _ => rows.Where(row => row.Spend is not null).ToArray() is { Length: > 0 } priced ? priced.Sum(row => row.Spend!.Value) : null,
    };

    private static string Key(IEnumerable<string?> values) => string.Join(" | ", values.Select(value => value ?? NotSaid)) is { Length: > 0 } key ? key : "all";
}
