using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders reports as plain text.</summary>
internal static class ReportTable
{
    private const string NotSaid = "(none)";
    private const string Other = "(other)";
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
            ("cached", row => Number(row.CachedTokens)),
            ("output", row => Number(row.Sum(UsageBucketExtensions.IsOutputTokens))),
            ("cost USD", row => row.CostPico is { } pico ? Money(pico, decimals) : Unknown),
            .. Amount(report, "charged USD", row => row.ChargedPico),
            .. Amount(report, "saved USD", row => row.SavedPico),
            .. Counts(report, QualityColumns),
            ("avg s", row => Seconds(row.AverageDuration)),
            .. Sessions(report),
        ];
        return Render(report, columns) + ReportNotes.Of(report);
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
        return Render(report, columns) + ReportNotes.Of(report);
    }

    /// <summary>What the figures come to for one call and for 1,000 tokens, and as parts of the whole.</summary>
    public static string Averages(UsageReport report)
    {
        List<(string Heading, Func<UsageReportRow, string> Cell)> columns =
        [
            ("calls", row => Number(row.Measures[SpendMeasure.Calls])),
            ("avg s", row => Seconds(row.AverageDuration)),
            ("avg tokens", row => row.AverageTokens?.ToString("N1", CultureInfo.InvariantCulture) ?? Nothing),
            Exact(report, "avg cost USD", row => row.AverageCost),
            Exact(report, "USD per 1K tokens", row => row.CostPer1KTokens),
            ("cached", row => Percent(row.CacheHitRatio)),
            ("cache hits", row => Percent(row.AppCacheHitRatio)),
            ("unpriced calls", row => Percent(row.UnpricedShare)),
            ("unpriced tokens", row => Percent(row.UnpricedTokenShare)),
            .. Sessions(report),
        ];
        return Render(report, columns) + ReportNotes.Of(report);
    }

    /// <summary>What was used of APIs that are no models.</summary>
    public static string Apis(UsageReport report)
    {
        var decimals = Decimals(report, row => row.CostPico ?? 0);
        List<(string Heading, Func<UsageReportRow, string> Cell)> columns =
        [
            ("requests", row => Number(row.Measures[SpendMeasure.Usage(UsageBucket.Request)])),
            ("failed", row => Number(row.Measures[SpendMeasure.Failed])),
            ("bytes", row => Number(row.Measures[SpendMeasure.Usage(UsageBucket.DataByte)])),
            ("cost USD", row => row.CostPico is { } pico ? Money(pico, decimals) : Unknown),
            ("charged USD", Charged(report)),
            ("unpriced", row => Number(row.Measures[SpendMeasure.Unpriced])),
        ];
        return Render(report, columns) + ReportNotes.Of(report);
    }

    private static Func<UsageReportRow, string> Charged(UsageReport report)
    {
        var decimals = Decimals(report, row => row.ChargedPico ?? 0);
        return row => row.ChargedPico is { } pico ? Money(pico, decimals) : Nothing;
    }

    // Only where they were asked for.
    private static IEnumerable<(string Heading, Func<UsageReportRow, string> Cell)> Sessions(UsageReport report) => report.Total.Sessions is null
        ? []
        : [("sessions", row => row.Sessions is { } sessions ? sessions.ToString("N0", CultureInfo.InvariantCulture) : Nothing), ("avg session s", row => Seconds(row.AverageSession))];

    // As many decimals as the column needs, and at least those of money.
    private static (string Heading, Func<UsageReportRow, string> Cell) Exact(UsageReport report, string heading, Func<UsageReportRow, decimal?> of)
    {
        var decimals = report.Rows.Append(report.Total).Select(row => of(row) is { } figure ? DerivedFigures.Text(figure).Split('.') : []).Select(parts => parts.Length == 2 ? parts[1].Length : 0).Append(MinDecimals).Max();
        var format = "N" + decimals.ToString(CultureInfo.InvariantCulture);
        return (heading, row => of(row)?.ToString(format, CultureInfo.InvariantCulture) ?? Nothing);
    }

    private static string Render(UsageReport report, List<(string Heading, Func<UsageReportRow, string> Cell)> columns)
    {
        var apart = report.Columns;
        var words = Math.Max(apart.Count, 1);
        var table = new TextTable(words);
        table.Add([.. apart.Count == 0 ? [""] : apart.Select(column => column.Name), .. columns.Select(column => column.Heading)]);
        foreach (var row in report.Rows)
        {
            table.Add([.. !row.IsOther ? apart.Select(column => column.Value(row) ?? NotSaid) : Rest(row, apart), .. columns.Select(column => column.Cell(row))]);
        }

        table.Add([Vocabulary.Dimensions.Total, .. Enumerable.Repeat("", words - 1), .. columns.Select(column => column.Cell(report.Total))]);
        return table.Render();
    }

    // The day is said; of the rest that it is the others, once.
    private static IEnumerable<string> Rest(UsageReportRow row, IReadOnlyList<(string Name, Func<UsageReportRow, string?> Value)> apart)
    {
        var said = false;
        foreach (var (_, value) in apart)
        {
            var isDay = value(row) is not null;
            yield return isDay ? value(row)! : said ? "" : Other;
            said |= !isDay;
        }
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

    private static string Seconds(TimeSpan? time) => time?.TotalSeconds.ToString("N2", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Percent(decimal? share) => share is { } part ? ReportNotes.Percent(part) : Nothing;

    private static string Number(Int128 value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Money(Int128 pico, int decimals) => Cost.ToUsd(pico).ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // So many that nothing in the column is rounded: a pico-dollar has 12.
    private static int Decimals(UsageReport report, Func<UsageReportRow, Int128> pico)
    {
        var decimals = MinDecimals;
        foreach (var row in report.Rows.Append(report.Total))
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
