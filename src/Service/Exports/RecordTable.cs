using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Records as an aligned table in plain text: what a person looks for; the other formats have all of it.</summary>
internal static class RecordTable
{
    private const int WordColumns = 7;

    public static string Render(IReadOnlyList<UsageRecord> records, TimeZoneInfo zone)
    {
        var table = new TextTable(WordColumns, totals: 0);
        table.Add(["time", "user", "feature", "provider", "model", "outcome", "error", "input", "output", "cost USD", "s"]);
        foreach (var record in records)
        {
            table.Add(
            [
                TimeZoneInfo.ConvertTime(record.EndedAt, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                record.Attribution.User ?? "(none)",
                record.Attribution.Feature ?? "(none)",
                record.Provider ?? "(none)",
                record.Model ?? "(none)",
                record.Outcome.Word(),
                record.ErrorType ?? "",
                record.Usage is { } input ? input.InputTokens.ToString("N0", CultureInfo.InvariantCulture) : "unknown",
                record.Usage is { } output ? output.OutputTokens.ToString("N0", CultureInfo.InvariantCulture) : "unknown",
                record.Cost is { } cost ? cost.Amount.ToString("0.000000######", CultureInfo.InvariantCulture) : "unknown",
                record.Duration.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture),
            ]);
        }

        return records.Count == 0 ? "There are no records of that.\n" : table.Render();
    }
}
