namespace LlmTelemetry.CostExporter;

/// <summary>What further figures add up to: the answer of <see cref="UsageReports.QueryMetricsAsync"/>.</summary>
public sealed class MetricReport
{
    internal MetricReport(UsageReportQuery query, string? metric, ReportPeriod period, MetricSums sums)
    {
        Query = query;
        Metric = metric;
        Period = period;
        Rows = sums.Rows();
        Totals = sums.Totals();
    }

    /// <summary>What was asked.</summary>
    public UsageReportQuery Query { get; }

    /// <summary>Of which metric; null: of all.</summary>
    public string? Metric { get; }

    /// <summary>What time it is of.</summary>
    public ReportPeriod Period { get; }

    /// <summary>The zone whose days these are.</summary>
    public TimeZoneInfo TimeZone => Period.TimeZone;

    /// <summary>As of <see cref="UsageReport.CompleteSince"/>.</summary>
    public DateOnly? CompleteSince { get; internal init; }

    /// <summary>
    /// By metric, in the order of names and units (ordinal); within one by day the days in their order, then the highest sum first. Without
    /// <see cref="UsageReportQuery.By"/> and <see cref="UsageReportQuery.ByTags"/> one for each metric.
    /// </summary>
    public IReadOnlyList<MetricReportRow> Rows { get; }

    /// <summary>All rows of a metric together, for each metric: what is measured in different units has no sum.</summary>
    public IReadOnlyList<MetricReportRow> Totals { get; }

    /// <summary>Renders an aligned table in plain text; where the rows are apart by something, with the totals.</summary>
    public string ToTable() => MetricTable.Render(this);

    /// <summary>Renders JSON; sums and averages are numbers with all their decimals.</summary>
    public string ToJson() => MetricJson.Render(this);

    internal bool IsApart => Query.By.Count + Query.ByTags.Count != 0;

    /// <summary>What the rows are apart by: metric and unit, then dimensions, then tags.</summary>
    internal IReadOnlyList<(string Name, Func<MetricReportRow, string?> Value)> Columns =>
    [
        ("metric", row => row.Metric),
        ("unit", row => row.Unit),
        .. Query.By.Distinct().Select(dimension => (dimension.Name(), (Func<MetricReportRow, string?>)(row => row[dimension]))),
        .. Query.ByTags.Distinct().Select(tag => (SpendDimensions.TagName(tag), (Func<MetricReportRow, string?>)(row => row.Tag(tag)))),
    ];
}
