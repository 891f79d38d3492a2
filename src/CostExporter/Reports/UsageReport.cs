using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The answer to a <see cref="UsageReportQuery"/>.</summary>
public sealed class UsageReport
{
    internal UsageReport(UsageReportQuery query, ReportPeriod period, IReadOnlyList<UsageReportRow> rows, UsageReportRow total)
    {
        Query = query;
        Period = period;
        Rows = rows;
        Total = total;
    }

    /// <summary>What was asked.</summary>
    public UsageReportQuery Query { get; }

    /// <summary>What time it is of: its first and its last day, and the moments they begin and end.</summary>
    public ReportPeriod Period { get; }

    /// <summary>The zone whose days these are.</summary>
    public TimeZoneInfo TimeZone => Period.TimeZone;

    /// <summary>
    /// The first day from which on everything is still in the ledger; null: the whole period is. What is before it is past its retention, as a whole or
    /// in part, and the report falls short of it.
    /// </summary>
    public DateOnly? CompleteSince { get; internal init; }

    /// <summary>
    /// Of what the query is by or filters by: what the ledger does not keep apart (<see cref="CostExporterOptions.Dimensions"/>,
    /// <see cref="CostExporterOptions.Tags"/>), as <c>operation</c> or <c>tag:plan</c>. Its value is null, since nobody knows it.
    /// </summary>
    public IReadOnlyList<string> NotKept { get; internal init; } = [];

    /// <summary>What the rows are apart by, each dimension once.</summary>
    public IReadOnlyList<SpendDimension> By { get; internal init; } = [];

    /// <summary>Which tags the rows are apart by as well, each once.</summary>
    public IReadOnlyList<string> ByTags { get; internal init; } = [];

    /// <summary>
    /// In the order of <see cref="UsageReportQuery.Sort"/>, ties in the order of their names (ordinal); by day: the days in their order first. Empty when
    /// nothing was used, or when the query has neither <see cref="UsageReportQuery.By"/> nor <see cref="UsageReportQuery.ByTags"/>.
    /// </summary>
    public IReadOnlyList<UsageReportRow> Rows { get; }

    /// <summary>All rows together.</summary>
    public UsageReportRow Total { get; }

    /// <summary>
    /// Renders an aligned table in plain text, with the total and a note on what the cost leaves out. Money is in USD and exact: with 6
    /// decimals, and as many more, up to 12, as its column needs.
    /// </summary>
    public string ToTable() => ReportTable.Calls(this);

    /// <summary>Renders what each bucket cost as an aligned table in plain text; only buckets that cost something are there.</summary>
    public string ToBucketTable() => ReportTable.Buckets(this);

    /// <summary>
    /// Renders what the figures come to for a call and for 1,000 tokens, and as parts of the whole, as an aligned table in plain text. Calls and tokens
    /// whose price is not known have no part in what they cost.
    /// </summary>
    public string ToAverageTable() => ReportTable.Averages(this);

    /// <summary>Renders what was used of APIs that are no models (<c>UsageMeter.RecordApi</c>): requests and bytes, cost and charge.</summary>
    public string ToApiTable() => ReportTable.Apis(this);

    /// <summary>
    /// Renders JSON. Money is a JSON number in USD with all its decimals, so a reader that parses numbers as decimals has it exactly; an
    /// unknown cost, a charge where nothing is charged on, and a dimension that the calls did not say, is null.
    /// </summary>
    public string ToJson() => ReportJson.Render(this);

    /// <summary>What the rows are apart by: dimensions, then tags.</summary>
    internal IReadOnlyList<(string Name, Func<UsageReportRow, string?> Value)> Columns =>
    [
        .. By.Select(dimension => (dimension.Name(), (Func<UsageReportRow, string?>)(row => row[dimension]))),
        .. ByTags.Select(tag => (SpendDimensions.TagName(tag), (Func<UsageReportRow, string?>)(row => row.Tag(tag)))),
    ];

    // In the order of their numbers; those with a measure in any row.
    internal IReadOnlyList<UsageBucket> Buckets(Func<UsageBucket, byte> measure) =>
        [.. Enumerable.Range(0, UsageBucketExtensions.Count).Select(n => (UsageBucket)n).Where(bucket => Total.Measures[measure(bucket)] != 0)];
}
