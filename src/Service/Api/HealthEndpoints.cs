using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>Whether the service lives, and whether it can do its work: for who starts and balances it. Asks for no key and tells nothing of the store.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", static () => TypedResults.Json(new Liveness("ok")))
            .WithName("healthz").WithTags("health").WithSummary("Whether the process answers.").Produces<Liveness>();
        routes.MapGet("/readyz", ReadyAsync)
            .WithName("readyz").WithTags("health").WithSummary("Whether writes reach the store: 503 while they do not.")
            .Produces<Liveness>().Produces<Liveness>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/api/health", HealthReader.ReadAsync).Require(ApiScopes.Read)
            .WithName("getHealth").WithTags("health").WithSummary("How the ledger is: its store, the exporters that write it, its prices. 200 also where something is wrong: status says it.");
    }

    private static async Task<JsonHttpResult<Liveness>> ReadyAsync(StoreProbe probe, CancellationToken cancellationToken) =>
        (await probe.AskAsync(cancellationToken).ConfigureAwait(false)).IsReady
            ? TypedResults.Json(new Liveness("ready"))
            : TypedResults.Json(new Liveness("store_unavailable"), statusCode: StatusCodes.Status503ServiceUnavailable);

    /// <param name="Status"><c>ok</c>, <c>ready</c> or <c>store_unavailable</c>.</param>
    internal sealed record Liveness(string Status);
}
