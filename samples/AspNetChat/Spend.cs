using LlmTelemetry.CostExporter;

namespace LlmTelemetry.AspNetChat;

/// <summary>What was spent today, from the ledger: the same figures that <c>llmtelemetry report</c> prints.</summary>
internal static class Spend
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/spend", async (CostExporterHost exporter, UsageReports reports, CancellationToken cancellationToken) =>
    {
        await exporter.FlushAsync(cancellationToken);
        var report = await reports.QueryAsync(new UsageReportQuery { From = reports.Today, To = reports.Today, By = [SpendDimension.User, SpendDimension.Feature] }, cancellationToken);
        return report.Rows.Select(row => new { User = row[SpendDimension.User], Feature = row[SpendDimension.Feature], row.Calls, Usd = row.Cost });
    }).RequireAuthorization();
}
