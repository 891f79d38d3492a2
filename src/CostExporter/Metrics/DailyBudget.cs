using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the keys of <see cref="CostExporterOptions.DailyBudgets"/>.</summary>
internal static class DailyBudget
{
    private static readonly string[] Scopes = [Dimensions.Provider, Dimensions.Model, Dimensions.User, Dimensions.Feature, Dimensions.Tenant];

    /// <exception cref="ArgumentException">A key is none, or an amount is negative; the message says what would be right.</exception>
    public static Measurement<double>[] ToMeasurements(IEnumerable<KeyValuePair<string, decimal>> budgets) =>
        [.. budgets.Select(budget => ToMeasurement(budget.Key, budget.Value))];

    private static Measurement<double> ToMeasurement(string key, decimal usd)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        var (scope, subject) = colon < 0 ? (key, "") : (key[..colon], key[(colon + 1)..]);
        var isRight = colon < 0 ? scope == Dimensions.Total : Scopes.Contains(scope) && subject.Length != 0;
        if (!isRight || usd < 0)
        {
            throw new ArgumentException(
                $"{nameof(CostExporterOptions.DailyBudgets)}: '{key}' with {usd} is no budget: write {Dimensions.Total}, {string.Join(", ", Scopes.Select(known => known + ":NAME"))}, and an amount that is not negative.");
        }

        return new(
            (double)usd,
            new(Attributes.LedgerPeriod, Periods.Day),
            new KeyValuePair<string, object?>(Attributes.BudgetScope, scope),
            new KeyValuePair<string, object?>(Attributes.BudgetSubject, subject));
    }
}
