using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>Prints what became of prices: line by line for people, or as one object at the end.</summary>
internal sealed class PriceReport(TextWriter output, bool verbose, bool isJson)
{
    private const int Few = 20;

    // What the object says; used only for it.
    private readonly List<Action<Utf8JsonWriter>> _said = [];

    /// <summary>What was read and, of a feed, what was left out of it.</summary>
    public async Task WriteSourceAsync(LoadedPrices source)
    {
        if (isJson)
        {
            _said.Add(json => WriteSource(json, source));
            return;
        }

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
        if (isJson)
        {
            _said.Add(json => WriteFindings(json, "findings", findings));
            return errors == 0;
        }

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
        var agrees = !agreement.Differences.Any(d => d.IsError);
        if (isJson)
        {
            _said.Add(json => WriteAgreement(json, agreement));
            return agrees;
        }

        foreach (var difference in agreement.Differences)
        {
            await output.WriteLineAsync(check.Line(difference)).ConfigureAwait(false);
        }

        await WriteListAsync([.. agreement.OnlyMine.Select(e => $"only in {mine.Name}: {e}")], "models").ConfigureAwait(false);
        await WriteListAsync([.. agreement.OnlyTheirs.Select(e => $"only in {other.Name}: {e}")], "models").ConfigureAwait(false);
        var differing = agreement.Differences.Select(d => d.Entry).Distinct().Count();
        await output.WriteLineAsync(
            $"{agreement.Agreeing} models agree, {differing} differ, {agreement.OnlyMine.Count} are only in {mine.Name}, {agreement.OnlyTheirs.Count} only in {other.Name}").ConfigureAwait(false);
        return agrees;
    }

    /// <summary>Something that people read as one line, and programs as a property of the object.</summary>
    public async Task WriteAsync(string? text, Action<Utf8JsonWriter> property)
    {
        if (isJson)
        {
            _said.Add(property);
        }
        else
        {
            await output.WriteAsync(text).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the report.</summary>
    /// <param name="isFine">Whether the check is passed.</param>
    public async Task EndAsync(bool isFine)
    {
        if (isJson)
        {
            await output.WriteAsync(CommandJson.Object(json =>
            {
                json.WriteBoolean("fine", isFine);
                _said.ForEach(said => said(json));
            })).ConfigureAwait(false);
        }
    }

    private static void WriteSource(Utf8JsonWriter json, LoadedPrices source)
    {
        json.WriteString("source", source.Name);
        json.WriteString("version", source.Book.Version);
        if (source.Feed is { } feed)
        {
            json.WriteString("feed", feed.Format.ToString());
            json.WriteNumber("models", feed.Models);
            json.WriteNumber("without_prices", feed.WithoutPrices);
            json.WriteStartArray("notes");
            foreach (var note in feed.Notes)
            {
                json.WriteStartObject();
                json.WriteString("entry", note.Entry);
                json.WriteString("what", note.What);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static void WriteFindings(Utf8JsonWriter json, string name, IEnumerable<PriceFinding> findings)
    {
        json.WriteStartArray(name);
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("entry", finding.Entry);
            json.WriteString("severity", finding.IsError ? "error" : "warning");
            json.WriteString("what", finding.What);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAgreement(Utf8JsonWriter json, PriceAgreement agreement)
    {
        json.WriteNumber("agreeing", agreement.Agreeing);
        WriteFindings(json, "differences", agreement.Differences);
        WriteEntries(json, "only_in_source", agreement.OnlyMine);
        WriteEntries(json, "only_in_other", agreement.OnlyTheirs);
    }

    private static void WriteEntries(Utf8JsonWriter json, string name, IEnumerable<string> entries)
    {
        json.WriteStartArray(name);
        foreach (var entry in entries)
        {
            json.WriteStringValue(entry);
        }

        json.WriteEndArray();
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
