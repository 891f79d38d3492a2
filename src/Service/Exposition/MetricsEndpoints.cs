using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>The ledger's gauges for Prometheus to scrape.</summary>
internal static class MetricsEndpoints
{
    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", Get).Require(ApiScopes.Read).WithName("getMetrics").WithTags("metrics")
            .WithSummary("The ledger's own gauges and the receiver's counters, in Prometheus' text format.").Produces<string>(contentType: "text/plain");

    private static ContentHttpResult Get(LedgerExposition exposition) => TypedResults.Text(exposition.Write(), PrometheusText.ContentType);
}
