using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>How a report is printed.</summary>
internal static class ReportFormat
{
    public const string Table = "table";
    public const string Json = "json";
    public const string Csv = "csv";

    public static string Render(UsageReport report, string format, bool byBucket) => format switch
    {
        Json => report.ToJson() + "\n",
        Csv => ReportCsv.Render(report),
        _ => Heading(report) + (byBucket ? report.ToBucketTable() : report.ToTable()),
    };

    private static string Heading(UsageReport report) =>
        $"{report.Query.From:yyyy-MM-dd} to {report.Query.To:yyyy-MM-dd} ({report.TimeZone.Id})\n\n";
}
