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

    public static string Render(SessionReport session, string format, bool byBucket) => format switch
    {
        Json => session.ToJson() + "\n",
        Csv => ReportCsv.Render(session.Report),
        _ => Heading(session) + (byBucket ? session.Report.ToBucketTable() : session.Report.ToTable()),
    };

    private static string Heading(SessionReport session)
    {
        var zone = session.Report.TimeZone;
        var (first, last) = (TimeZoneInfo.ConvertTime(session.FirstAt, zone), TimeZoneInfo.ConvertTime(session.LastAt, zone));
        var whose = session.Tenant is { } tenant ? $" of {tenant}" : "";
        return $"session {session.Session}{whose}, {first:yyyy-MM-dd HH:mm:ss} to {last:yyyy-MM-dd HH:mm:ss} ({zone.Id})\n\n";
    }

    private static string Heading(UsageReport report) =>
        $"{report.Query.From:yyyy-MM-dd} to {report.Query.To:yyyy-MM-dd} ({report.TimeZone.Id})\n\n";
}
