using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders reports as plain text.</summary>
internal static class ReportTable
{
    private const string NotSaid = "(none)";
    private const string Others = "(other)";
    private const string Unknown = "unknown";
    private const string Nothing = "-";
    private const int MinDecimals = 6;

    // Counts that are rarely there have a column only when they are.
    private static readonly (string Heading, byte Measure, bool Always)[] CountColumns =
    [
        ("calls", SpendMeasure.Calls, true),
        ("failed", SpendMeasure.Failed, true),
        ("cancelled", SpendMeasure.Cancelled, false),
        ("abandoned", SpendMeasure.Abandoned, false),
        ("cache hits", SpendMeasure.CacheHits, false),
    ];

    private static readonly (string Heading, byte Measure, bool Always)[] QualityColumns =
    [
        ("unpriced", SpendMeasure.Unpriced, true),
        ("unmeasured", SpendMeasure.Unmeasured, true),
        ("partial", SpendMeasure.Partial, false),
        ("estimated", SpendMeasure.Estimated, false),
        ("inconsistent", SpendMeasure.Inconsistent, false),
    ];

    public static string Calls(UsageReport report)
    {
        var decimals = Decimals(report, row => row.CostPico ?? 0);
        List<(string Heading, Func<UsageReportRow, string> Cell)> columns =
        [
            .. Counts(report, CountColumns),
            ("input", row => Number(row.Sum(UsageBucketExtensions.IsInputTokens))),
            ("cached", row => Number(row.Sum(IsCacheRead))),
            ("output", row => Number(row.Sum(UsageBucketExtensions.IsOutputTokens))),
            ("cost USD", row => row.CostPico is { } pico ? Money(pico, decimals) : Unknown),
            .. Amount(report, "charged USD", row => row.ChargedPico),
            .. Amount(report, "saved USD", row => row.SavedPico),
            .. Counts(report, QualityColumns),
            ("avg s", row => row.AverageDuration?.TotalSeconds.ToString("N2", CultureInfo.InvariantCulture) ?? "-"),
        ];
        return Render(report, columns) + Notes(report.Total);
    }

    public static string Buckets(UsageReport report)
    {
        var buckets = report.Buckets(SpendMeasure.Cost);
        List<(string Heading, Func<UsageReportRow, string> Cell)> columns =
        [
            .. buckets.Select(bucket =>
            {
                var measure = SpendMeasure.Cost(bucket);
                var places = Decimals(report, row => row.Measures[measure]);
                return (bucket.Name(), (Func<UsageReportRow, string>)(row => row.CostPico is null ? Unknown : Money(row.Measures[measure], places)));
            }),
        ];
        var decimals = Decimals(report, row => row.CostPico ?? 0);
        columns.Add(("cost USD", row => row.CostPico is { } pico ? Money(pico, decimals) : Unknown));
        return Render(report, columns) + Notes(report.Total);
    }

    private static string Render(UsageReport report, List<(string Heading, Func<UsageReportRow, string> Cell)> columns)
    {
        var apart = report.Columns;
        var words = Math.Max(apart.Count, 1);
        var table = new TextTable(words);
        table.Add([.. apart.Count == 0 ? [""] : apart.Select(column => column.Name), .. columns.Select(column => column.Heading)]);
        foreach (var row in report.Rows)
        {
            table.Add([.. apart.Select(column => column.Value(row) ?? NotSaid), .. columns.Select(column => column.Cell(row))]);
        }

        if (report.Other is { } other)
        {
            table.Add([Others, .. Enumerable.Repeat("", words - 1), .. columns.Select(column => column.Cell(other))]);
        }

        table.Add([Vocabulary.Dimensions.Total, .. Enumerable.Repeat("", words - 1), .. columns.Select(column => column.Cell(report.Total))]);
        return table.Render();
    }

    private static IEnumerable<(string Heading, Func<UsageReportRow, string> Cell)> Counts(UsageReport report, (string Heading, byte Measure, bool Always)[] columns) =>
        columns.Where(column => column.Always || report.Total.Measures[column.Measure] != 0)
            .Select(column => (column.Heading, (Func<UsageReportRow, string>)(row => Number(row.Measures[column.Measure]))));

    // Only where there is any.
    private static IEnumerable<(string Heading, Func<UsageReportRow, string> Cell)> Amount(UsageReport report, string heading, Func<UsageReportRow, Int128?> of)
    {
        var decimals = Decimals(report, row => of(row) ?? 0);
        return of(report.Total) is null ? [] : [(heading, row => of(row) is { } pico ? Money(pico, decimals) : Nothing)];
    }

    private static string Notes(UsageReportRow total)
    {
        if (total.Measures.Count == 0)
        {
            return "No calls match. Names are compared letter by letter.\n";
        }

        var notes = "";
        if (total.Measures[SpendMeasure.Unpriced] != 0 || total.Measures[SpendMeasure.UnpricedTokens] != 0)
        {
            notes += $"The cost is without {Count(total, SpendMeasure.Unpriced, "call")} ({Count(total, SpendMeasure.UnpricedTokens, "token")}) whose price is not known.\n";
        }

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

    private static string Count(UsageReportRow row, byte measure, string what) => $"{Number(row.Measures[measure])} {what}{(row.Measures[measure] == 1 ? "" : "s")}";

    private static bool IsCacheRead(UsageBucket bucket) => bucket is UsageBucket.CacheRead or UsageBucket.CacheAudioRead or UsageBucket.CacheImageRead;

    private static string Number(Int128 value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Money(Int128 pico, int decimals) => Cost.ToUsd(pico).ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // So many that nothing in the column is rounded: a pico-dollar has 12.
    private static int Decimals(UsageReport report, Func<UsageReportRow, Int128> pico)
    {
        var decimals = MinDecimals;
        foreach (var row in report.Rows.Append(report.Total).Concat(report.Other is { } other ? [other] : []))
        {
            while (pico(row) % PicoPer(decimals) != 0)
            {
                decimals++;
            }
        }

        return decimals;
    }

    private static long PicoPer(int decimals)
    {
        var unit = Cost.PicoPerUsd;
        for (var i = 0; i < decimals; i++)
        {
            unit /= 10;
        }

        return unit;
    }
}
