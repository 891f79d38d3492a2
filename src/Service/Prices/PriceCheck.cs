using System.Globalization;

namespace LlmTelemetry.Service;

/// <summary>The checks that prices pass before they are used: docs/prices.md, "Feeds". What is wrong with an entry that is allowed is a warning.</summary>
/// <param name="source">The prices.</param>
/// <param name="when">The time at which prices are compared.</param>
/// <param name="allow">Entries whose findings are no errors: provider/model, or provider/*.</param>
internal sealed class PriceCheck(LoadedPrices source, DateTimeOffset when, IReadOnlyCollection<string> allow)
{
    /// <summary>How many times a price may be the one before.</summary>
    public const decimal LargestJump = 10;

    private readonly IReadOnlyList<PriceRow> _rows = PriceRows.Read(source.File);

    /// <summary>What is odd about the prices, and which of them are far from those of another book.</summary>
    public IReadOnlyList<PriceFinding> Findings(LoadedPrices previous) =>
    [
        .. _rows.SelectMany(PricePlausibility.Check).Concat(new PriceComparison(source, previous, when).Jumps(_rows, LargestJump))
            .Select(Judged).Distinct().OrderByDescending(f => f.IsError),
    ];

    public PriceAgreement Agreement(LoadedPrices other, decimal tolerance)
    {
        var agreement = new PriceComparison(source, other, when).Agree(_rows, PriceRows.Read(other.File), tolerance);
        return agreement with { Differences = [.. agreement.Differences.Select(Judged)] };
    }

    /// <summary>The line of a finding, for people.</summary>
    public string Line(PriceFinding finding)
    {
        var line = source.Feed is null ? EntryLines.LineOf(source.File, finding.Entry) : null;
        return string.Create(CultureInfo.InvariantCulture, $"{(finding.IsError ? "error" : "warning")}: {(line is null ? "" : $"line {line}: ")}{finding.Entry}: {finding.What}");
    }

    private PriceFinding Judged(PriceFinding finding) =>
        allow.Contains(finding.Entry) || allow.Contains(finding.Entry[..finding.Entry.IndexOf('/', StringComparison.Ordinal)] + "/*") ? finding with { IsError = false } : finding;
}
