using System.Globalization;
using LlmTelemetry.Usage;

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

    /// <summary>Tags that the rows are apart by as well, in columns behind those of <see cref="By"/>. Kept are those of <see cref="CostExporterOptions.Tags"/>; any other is null everywhere.</summary>
    public IReadOnlyList<string> ByTags { get; init; } = [];

    /// <summary>Only calls whose tag has exactly this value; null: only calls without it. All of them must hold.</summary>
    public IReadOnlyDictionary<string, string?> WhereTags { get; init; } = new Dictionary<string, string?>();

    /// <summary>Whether only hour rows can answer it.</summary>
    internal bool IsOfHours => By.Concat(Where.Keys).Any(dimension => dimension.IsOfHours());

    internal bool Matches(in SpendKey key)
    {
        return WhereTags.Count == 0 ? Matches(in key, static _ => null) : Matches(in key, TagsOf(key.More));

        // Apart, so that a row makes an object for it only where tags are asked for.
        static Func<string, string?> TagsOf(SpendKeyMore? more) => tag => more?.Tag(tag);
    }

    /// <param name="key">The row's key.</param>
    /// <param name="tagOf">Says the values of the row's tags.</param>
    internal bool Matches(in SpendKey key, Func<string, string?> tagOf)
    {
        // Values are compared as they are kept: one that is over-long was cut.
        foreach (var (dimension, value) in Where)
        {
            if (dimension.Of(in key) != Attribution.Clean(value))
            {
                return false;
            }
        }

        foreach (var (tag, value) in WhereTags)
        {
            if (tagOf(tag) != Attribution.Clean(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <exception cref="ArgumentException">It names what further figures do not have.</exception>
    internal void CheckForFigures()
    {
        foreach (var dimension in By.Concat(Where.Keys))
        {
            if (!dimension.IsOfFigures())
            {
                throw new ArgumentException($"Metrics are of no {dimension.Name()}: leave it out, or record it as a tag of the metric.");
            }
        }
    }

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
