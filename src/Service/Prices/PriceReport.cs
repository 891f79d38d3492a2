namespace LlmTelemetry.Service;

/// <summary>Prints what became of prices, for people.</summary>
internal sealed class PriceReport(TextWriter output, bool verbose)
{
    private const int Few = 20;

    /// <summary>What was read and, of a feed, what was left out of it.</summary>
    public async Task WriteSourceAsync(LoadedPrices source)
    {
        if (source.Feed is not { } feed)
        {
            await output.WriteLineAsync($"{source.Name}: a price file of {source.Book.Date:yyyy-MM-dd}, version {source.Book.Version}").ConfigureAwait(false);
            return;
        }

        await output.WriteLineAsync($"{source.Name}: {feed.Format}, {feed.Models} models, {feed.WithoutPrices} without prices, {feed.Notes.Count} notes").ConfigureAwait(false);
        await WriteListAsync([.. feed.Notes.Select(n => $"note: {n.Entry}: {n.What}")], "notes").ConfigureAwait(false);
    }

    /// <returns>Whether none of them is an error.</returns>
    public async Task<bool> WriteFindingsAsync(PriceCheck check, IReadOnlyList<PriceFinding> findings)
    {
        var errors = findings.Count(f => f.IsError);
        foreach (var finding in findings.Where(f => f.IsError))
        {
            await output.WriteLineAsync(check.Line(finding)).ConfigureAwait(false);
        }

        await WriteListAsync([.. findings.Where(f => !f.IsError).Select(check.Line)], "warnings").ConfigureAwait(false);
        await output.WriteLineAsync($"{errors} errors, {findings.Count - errors} warnings").ConfigureAwait(false);
        return errors == 0;
    }

    /// <returns>Whether the two agree where both have prices.</returns>
    public async Task<bool> WriteAgreementAsync(LoadedPrices mine, LoadedPrices other, PriceCheck check, PriceAgreement agreement)
    {
        foreach (var difference in agreement.Differences)
        {
            await output.WriteLineAsync(check.Line(difference)).ConfigureAwait(false);
        }

        await WriteListAsync([.. agreement.OnlyMine.Select(e => $"only in {mine.Name}: {e}")], "models").ConfigureAwait(false);
        await WriteListAsync([.. agreement.OnlyTheirs.Select(e => $"only in {other.Name}: {e}")], "models").ConfigureAwait(false);
        var differing = agreement.Differences.Select(d => d.Entry).Distinct().Count();
        await output.WriteLineAsync(
            $"{agreement.Agreeing} models agree, {differing} differ, {agreement.OnlyMine.Count} are only in {mine.Name}, {agreement.OnlyTheirs.Count} only in {other.Name}").ConfigureAwait(false);
        return !agreement.Differences.Any(d => d.IsError);
    }

    private async Task WriteListAsync(IReadOnlyList<string> lines, string what)
    {
        foreach (var line in verbose ? lines : lines.Take(Few))
        {
            await output.WriteLineAsync(line).ConfigureAwait(false);
        }

        if (!verbose && lines.Count > Few)
        {
            await output.WriteLineAsync($"... and {lines.Count - Few} more {what}: --verbose shows them").ConfigureAwait(false);
        }
    }
}
