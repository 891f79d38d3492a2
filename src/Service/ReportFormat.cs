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
        _ => Heading(report.Query, report.TimeZone) + (byBucket ? report.ToBucketTable() : report.ToTable()),
    };

    public static string Render(SessionReport session, string format, bool byBucket) => format switch
    {
        Json => session.ToJson() + "\n",
        Csv => ReportCsv.Render(session.Report),
        _ => Heading(session) + (byBucket ? session.Report.ToBucketTable() : session.Report.ToTable()),
    };

    public static string Render(MetricReport report, string format) => format switch
    {
        Json => report.ToJson() + "\n",
        Csv => ReportCsv.Render(report),
        _ => Heading(report.Query, report.TimeZone) + report.ToTable(),
    };

    private static string Heading(SessionReport session)
    {
        var zone = session.Report.TimeZone;
        var (first, last) = (TimeZoneInfo.ConvertTime(session.FirstAt, zone), TimeZoneInfo.ConvertTime(session.LastAt, zone));
        var whose = session.Tenant is { } tenant ? $" of {tenant}" : "";
        return $"session {session.Session}{whose}, {first:yyyy-MM-dd HH:mm:ss} to {last:yyyy-MM-dd HH:mm:ss} ({zone.Id})\n\n";
    }

    private static string Heading(UsageReportQuery query, TimeZoneInfo zone) => $"{query.From:yyyy-MM-dd} to {query.To:yyyy-MM-dd} ({zone.Id})\n\n";
}
