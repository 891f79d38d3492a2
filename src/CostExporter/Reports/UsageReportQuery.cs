using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What a report is about.</summary>
public sealed record UsageReportQuery
{
    /// <summary>The first day, in the ledger's time zone.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day, inclusive.</summary>
    public required DateOnly To { get; init; }

    /// <summary>What the rows are apart by, in the order of the columns; empty: the total alone.</summary>
    public IReadOnlyList<SpendDimension> By { get; init; } = [];

    /// <summary>
    /// Only calls whose dimension has exactly this value; null: only calls that did not say. All of them must hold. Not for
    /// <see cref="SpendDimension.Day"/>, which <see cref="From"/> and <see cref="To"/> choose.
    /// </summary>
    public IReadOnlyDictionary<SpendDimension, string?> Where { get; init; } = new Dictionary<SpendDimension, string?>();

    internal void Check()
    {
        if (From > To)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The first day, {From:yyyy-MM-dd}, is after the last, {To:yyyy-MM-dd}."));
        }

        if (Where.ContainsKey(SpendDimension.Day))
        {
            throw new ArgumentException($"{nameof(Where)} may not name a day: {nameof(From)} and {nameof(To)} choose days.");
        }

        foreach (var dimension in By.Concat(Where.Keys))
        {
            _ = dimension.Name();
        }
    }
}
