using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What stands below a report's table: what its figures leave out, and how much of the whole that is.</summary>
internal static class ReportNotes
{
    public static string Of(UsageReport report)
    {
        var total = report.Total;
        var notes = Time(report.CompleteSince) + NotKept(report.NotKept);
        if (total.Measures.Count == 0)
        {
            return notes + "No calls match. Names are compared letter by letter.\n";
        }

        notes += Unpriced(total);
        if (total.Measures[SpendMeasure.Unmeasured] != 0)
        {
            notes += $"Tokens and cost are without {Count(total, SpendMeasure.Unmeasured, "call")} that reported no usage.\n";
        }

        if (total.Measures[SpendMeasure.Partial] != 0)
        {
            notes += $"Tokens and cost are at least this: {Count(total, SpendMeasure.Partial, "call")} ended before the provider had told all of the usage.\n";
        }

        if (total.Measures[SpendMeasure.ChargedCalls] is var charged && charged != 0 && charged < total.Measures[SpendMeasure.Calls])
        {
            notes += $"The charge is of {Count(total, SpendMeasure.ChargedCalls, "call")}; nothing is charged on for the others.\n";
        }

        return notes;
    }

    /// <summary>What a report falls short of that begins before what is kept.</summary>
    public static string Time(DateOnly? completeSince) =>
        completeSince is { } day ? string.Create(CultureInfo.InvariantCulture, $"Complete since {day:yyyy-MM-dd}: what is before it is not kept any more, or not all of it.\n") : "";

    public static string Percent(decimal share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private static string NotKept(IReadOnlyList<string> names) =>
        names.Count == 0 ? "" : $"This ledger does not keep {string.Join(", ", names)} apart: {(names.Count == 1 ? "its value is" : "their values are")} not known.\n";

    private static string Unpriced(UsageReportRow total)
    {
        var shares = $"{Percent(total.UnpricedShare ?? 0)} of the calls, {Percent(total.UnpricedTokenShare ?? 0)} of the tokens.\n";
        var parts = total.Measures[SpendMeasure.UnpricedParts] == 0 ? "" : $" and {Count(total, SpendMeasure.UnpricedParts, "later part")} of calls";
        return total.Measures[SpendMeasure.Unpriced] == 0 && total.Measures[SpendMeasure.UnpricedTokens] == 0 && parts.Length == 0
            ? "Unpriced: " + shares
            : $"The cost is without {Count(total, SpendMeasure.Unpriced, "call")} ({Count(total, SpendMeasure.UnpricedTokens, "token")}){parts} whose price is not known: {shares}";
    }

    private static string Count(UsageReportRow row, byte measure, string what) => $"{Number(row.Measures[measure])} {what}{(row.Measures[measure] == 1 ? "" : "s")}";

    private static string Number(Int128 value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
