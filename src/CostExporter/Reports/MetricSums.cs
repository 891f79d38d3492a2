namespace LlmTelemetry.CostExporter;

/// <summary>Adds figures up to the rows of a report. Not thread-safe.</summary>
internal sealed class MetricSums(UsageReportQuery query)
{
    private readonly DimensionSet _apart = new(query.By, []);
    private readonly bool _byDay = query.By.Contains(SpendDimension.Day);
    private readonly string[] _tags = [.. query.ByTags.Distinct()];
    private readonly Dictionary<string, MetricReportRow> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MetricReportRow> _totals = new(StringComparer.Ordinal);

    /// <summary>Says a tag of a row: the metric's own, else one of those that calls have as well.</summary>
    public static string? TagOf(FigureName name, in SpendKey key, string tag) => name.Tag(tag) ?? key.More?.Tag(tag);

    /// <param name="name">Of what metric.</param>
    /// <param name="key">Whose part it is.</param>
    /// <param name="day">The day it is of; no matter in a report that is not by day.</param>
    /// <param name="measures">The figures.</param>
    public void Add(FigureName name, in SpendKey key, DateOnly day, SpendMeasures measures)
    {
        var whose = _apart.Of(in key);
        var tags = new Dictionary<string, string?>(_tags.Length);
        foreach (var tag in _tags)
        {
            tags[tag] = TagOf(name, in key, tag);
        }

        Add(_rows, new MetricReportRow(name.Name, name.Unit, in whose, tags, _byDay ? day : null, new SpendMeasures()), measures);
        Add(_totals, new MetricReportRow(name.Name, name.Unit, default, new Dictionary<string, string?>(), null, new SpendMeasures()), measures);
    }

    public IReadOnlyList<MetricReportRow> Rows() => Sorted(_rows);

    public IReadOnlyList<MetricReportRow> Totals() => Sorted(_totals);

    private void Add(Dictionary<string, MetricReportRow> rows, MetricReportRow row, SpendMeasures measures)
    {
        var text = KeyText.Join([row.Metric, row.Unit, .. query.By.Select(dimension => row[dimension]), .. _tags.Select(row.Tag)]);
        if (rows.TryGetValue(text, out var known))
        {
            row = known;
        }
        else
        {
            rows.Add(text, row);
        }

        row.Add(measures);
    }

    private static IReadOnlyList<MetricReportRow> Sorted(Dictionary<string, MetricReportRow> rows) =>
    [
        .. rows
            .OrderBy(row => row.Value.Metric, StringComparer.Ordinal)
            .ThenBy(row => row.Value.Unit, StringComparer.Ordinal)
            .ThenBy(row => row.Value.Day)
            .ThenByDescending(row => row.Value.Sum)
            .ThenBy(row => row.Key, StringComparer.Ordinal)
            .Select(row => row.Value),
    ];
}
