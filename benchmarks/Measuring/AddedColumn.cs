using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace LlmTelemetry.Benchmarks;

/// <summary>
/// What a case costs above its baseline in the same run. Time is the difference of the fastest iterations: other work on a shared machine only
/// ever adds, and the recorded figures it is compared with (README.md) are the fastest of 15 rounds as well.
/// </summary>
internal sealed class AddedColumn(string name, string unit, Func<BenchmarkReport, double?> figure) : IColumn
{
    public static readonly AddedColumn Time = new("Added", "ns", report => report.ResultStatistics?.Min);
    public static readonly AddedColumn Bytes = new("Added bytes", "B", report => report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase));

    public string Id => nameof(AddedColumn) + name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Baseline;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{name}: above the baseline of the same run";

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(summary.IsBaseline);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        var baseline = summary.GetBaseline(summary.GetLogicalGroupKey(benchmarkCase));
        return baseline is null || baseline == benchmarkCase || Of(summary, benchmarkCase) is not { } own || Of(summary, baseline) is not { } bare
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{own - bare:N0} {unit}");
    }

    private double? Of(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase] is { Success: true } report ? figure(report) : null;
}
