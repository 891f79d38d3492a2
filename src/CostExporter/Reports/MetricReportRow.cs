using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>The figures of one metric under one combination of a report's dimensions.</summary>
public sealed class MetricReportRow
{
    private readonly SpendKey _key;
    private readonly SpendMeasures _measures;
    private readonly IReadOnlyDictionary<string, string?> _tags;

    internal MetricReportRow(string metric, string? unit, in SpendKey key, IReadOnlyDictionary<string, string?> tags, DateOnly? day, SpendMeasures measures)
    {
        Metric = metric;
        Unit = unit;
        Day = day;
        _key = key;
        _tags = tags;
        _measures = measures;
    }

    /// <summary>The metric's name.</summary>
    public string Metric { get; }

    /// <summary>Its unit; null for none. A name with another unit is another metric.</summary>
    public string? Unit { get; }

    /// <summary>The dimension's value; null where it was not said, and for a dimension that the report is not by.</summary>
    public string? this[SpendDimension dimension] => dimension switch
    {
        SpendDimension.Day => Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => dimension.HasUsual() ? null : dimension.Of(in _key),
    };

    /// <summary>The tag's value; null where it was not said, and for a tag that the report is not by.</summary>
    public string? Tag(string name) => _tags.GetValueOrDefault(name);

    /// <summary>The day; null unless the report is by day.</summary>
    public DateOnly? Day { get; }

    /// <summary>How many figures they are.</summary>
    public long Count => checked((long)_measures[SpendMeasure.Figures]);

    /// <summary>Their sum, exact to the billionth: figures are added as the decimal numbers that they are written as.</summary>
    public decimal Sum => _measures.FigureSum();

    /// <summary>Their mean, to the billionth.</summary>
    public decimal Average => Count == 0 ? 0 : Math.Round(Sum / Count, 9, MidpointRounding.ToEven);

    internal void Add(SpendMeasures measures) => _measures.Add(measures);
}
