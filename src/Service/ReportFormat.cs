using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>How a report is printed.</summary>
internal static class ReportFormat
{
    public const string Table = "table";
    public const string Text = "text";
    public const string Json = "json";
    public const string Csv = "csv";

    public static string Render(UsageReport report, string format, Func<UsageReport, string> table, bool isCurrent) => format switch
    {
        Json => report.ToJson() + "\n",
        Csv => ReportCsv.Render(report),
        _ => Heading(report.Period, isCurrent) + table(report),
    };

    public static string Render(SessionReport session, string format, Func<UsageReport, string> table) => format switch
    {
        Json => session.ToJson() + "\n",
        Csv => ReportCsv.Render(session.Report),
        _ => Heading(session) + table(session.Report),
    };

    public static string Render(MetricReport report, string format, bool isCurrent) => format switch
    {
        Json => report.ToJson() + "\n",
        Csv => ReportCsv.Render(report),
        _ => Heading(report.Period, isCurrent) + report.ToTable(),
    };

    private static string Heading(SessionReport session)
    {
        var zone = session.Report.TimeZone;
        var (first, last) = (TimeZoneInfo.ConvertTime(session.FirstAt, zone), TimeZoneInfo.ConvertTime(session.LastAt, zone));
        var whose = session.Tenant is { } tenant ? $" of {tenant}" : "";
        return $"session {session.Session}{whose}, {first:yyyy-MM-dd HH:mm:ss} to {last:yyyy-MM-dd HH:mm:ss} ({zone.Id})\n\n";
    }

    private static string Heading(ReportPeriod period, bool isCurrent) => $"{period}{(isCurrent && period.Elapsed < 1 ? $", {ReportNotes.Percent(period.Elapsed)} of it so far" : "")}\n\n";
}
