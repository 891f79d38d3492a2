using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Further figures on their way to the store.</summary>
public sealed class FigureFoldingTests
{
    [Fact]
    public void Figures_of_one_name_unit_and_tags_are_one_row_whatever_order_their_tags_come_in()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, new ManualTime());
        folder.Record(Figure(1.25, tags: [new("b", "2"), new("a", "1"), new("a", "3"), new("", "x"), new("c", "")]));
        folder.Record(Figure(-0.5, tags: [new("a", "1"), new("b", "2")]));

        var row = Assert.Single(folder.Drain(out _));
        var name = FigureName.Parse(row.Key.More!.Parts.Metric!);
        Assert.Equal(("rating", "s"), (name.Name, name.Unit));
        Assert.Equal([new("a", "1"), new("b", "2")], name.Tags);
        Assert.Equal((2, 1, 250_000_000, 0, 500_000_000), (Of(SpendMeasure.Figures), Of(SpendMeasure.FigurePlus), Of(SpendMeasure.FigurePlusBillionths), Of(SpendMeasure.FigureMinus), Of(SpendMeasure.FigureMinusBillionths)));
        Assert.Equal(0.75m, row.Measures.FigureSum());

        Int128 Of(byte measure) => row.Measures[measure];
    }

    [Fact]
    public void Figures_beyond_the_rows_that_may_wait_are_counted_and_never_become_usage()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, new ManualTime(), maxRows: 10);
        for (var i = 0; i < 100; i++)
        {
            folder.Record(Figure(1, name: $"m{i}", user: $"u{i}"));
        }

        var rows = folder.Drain(out _);
        Assert.InRange(rows.Count, 10, 12);
        Assert.All(rows, row => Assert.NotNull(row.Key.More?.Parts.Metric));
        Assert.Equal(100, rows.Aggregate(Int128.Zero, (sum, row) => sum + row.Measures[SpendMeasure.Figures]));
        Assert.Contains(rows, row => FigureName.Parse(row.Key.More!.Parts.Metric!).Name == "_other" && row.Key.User == "_other");
    }

    [Fact]
    public void Figure_keeps_the_dimensions_that_calls_keep_and_its_metric_always()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, new ManualTime(), kept: new DimensionSet([SpendDimension.Tenant], []));
        folder.Record(Figure(1, user: "ada"));
        folder.Record(Figure(1, user: "bob"));

        var key = Assert.Single(folder.Drain(out _)).Key;
        Assert.Null(key.User);
        Assert.Equal("rating", FigureName.Parse(key.More!.Parts.Metric!).Name);
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(-123456.789, "-123456.789")]
    [InlineData(999999999999999.9, "999999999999999.9")]
    [InlineData(0.0000000005, "0")]
    [InlineData(0.0000000015, "0.000000002")]
    [InlineData(double.Epsilon, "0")]
    [InlineData(-0.0, "0")]
    public void Figure_is_the_number_that_it_is_written_as_to_the_billionth(double value, string expected)
    {
        var row = new SpendMeasures();
        row.AddFigure(value);

        Assert.Equal(decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), row.FigureSum());
        Assert.Equal(1, row[SpendMeasure.Figures]);
    }

    [Fact]
    public void Largest_figures_added_up_for_long_still_fit_in_a_store()
    {
        var row = new SpendMeasures();
        row.AddFigure(999_999_999_999_999.9);
        for (var i = 0; i < 40; i++)
        {
            var twice = new SpendMeasures();
            twice.Add(row);
            row.Add(twice); // 2^40 of them at the end: a million million.
        }

        var read = new SpendMeasures();
        PackedMeasures.AddTo(read, PackedMeasures.Pack(row));
        Assert.Equal(row.FigureSum(), read.FigureSum());
        Assert.Equal(Int128.One << 40, read[SpendMeasure.Figures]);
    }

    private static MetricEvent Figure(double value, string name = "rating", string user = "ada", KeyValuePair<string, string>[]? tags = null) =>
        new(name, value, "s", Calls.Noon, new Attribution(user), tags);
}
