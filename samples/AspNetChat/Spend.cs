using System.Security.Claims;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.AspNetChat;

/// <summary>What one's own tenant spent today, from the ledger: the same figures that <c>llmtelemetry report --where tenant=...</c> prints.</summary>
internal static class Spend
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/spend", async (ClaimsPrincipal caller, CostExporterHost exporter, UsageReports reports, CancellationToken cancellationToken) =>
    {
        await exporter.FlushAsync(cancellationToken);

        // The claim that calls are attributed by: what other tenants spend is nobody else's business.
        var query = new UsageReportQuery
        {
            From = reports.Today,
            To = reports.Today,
            By = [SpendDimension.User, SpendDimension.Feature],
            Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Tenant] = caller.FindFirstValue("tenant") },
        };
        var report = await reports.QueryAsync(query, cancellationToken);
        return report.Rows.Select(row => new { User = row[SpendDimension.User], Feature = row[SpendDimension.Feature], row.Calls, Usd = row.Cost });
    }).RequireAuthorization();
}
