using System.Text.Json.Serialization;
using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>The tokens of all calls of a day against <c>LlmTelemetry:Budgets:DailyTokenLimit</c>, for who counts them by itself.</summary>
internal static class TokenEndpoints
{
    private const string Tag = "tokens";

    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/tokens/today", GetAsync).Require(ApiScopes.Read).WithName("getTokensToday").WithTags(Tag)
            .WithSummary("Where today's tokens stand.");
        routes.MapPost("/api/tokens/today", AddAsync).Require(ApiScopes.Write).WithName("addTokensToday").WithTags(Tag)
            .WithSummary("Adds tokens to today's. While the store cannot be asked they are kept and added later, once; the answer is stale then.")
            .Accepts<AddedTokens>("application/json");
        routes.MapPost("/api/tokens/check", CheckAsync).Require(ApiScopes.Read).WithName("checkTokens").WithTags(Tag)
            .WithSummary("Whether so many more tokens would stay within the limit, without counting them. Yes while the store cannot be asked.")
            .Accepts<AskedTokens>("application/json");
    }

    private static async Task<Ok<TokenStats>> GetAsync(ServedLedger ledger, CancellationToken cancellationToken) =>
        TypedResults.Ok(TokenStats.Of(await ledger.Budgets.DailyTokens.GetStatsAsync(cancellationToken).ConfigureAwait(false)));

    private static async Task<Ok<TokenStats>> AddAsync(HttpContext context, ServedLedger ledger, CancellationToken cancellationToken)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        var tokens = Within(new ApiFields(body.RootElement, "tokens").Count("tokens"), "tokens") ?? throw ApiFields.Bad("tokens is missing: how many to add.");
        await ledger.Budgets.DailyTokens.IncrementAsync(tokens, cancellationToken).ConfigureAwait(false);
        return await GetAsync(ledger, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Ok<TokenCheck>> CheckAsync(HttpContext context, ServedLedger ledger, CancellationToken cancellationToken)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        var fields = new ApiFields(body.RootElement, "estimate", "limit");
        var estimate = Within(fields.Count("estimate"), "estimate") ?? throw ApiFields.Bad("estimate is missing: how many more tokens.");
        var limit = Within(fields.Count("limit"), "limit");
        var tracker = ledger.Budgets.DailyTokens;
        return TypedResults.Ok(new TokenCheck(estimate, limit ?? tracker.DailyTokenLimit, await tracker.CheckAsync(estimate, limit, cancellationToken).ConfigureAwait(false)));
    }

    // The most that a counter holds.
    private static long? Within(long? count, string name) =>
        count > AmountMath.Most ? throw ApiFields.Bad($"{name} is {count}; it must be at most {AmountMath.Most}.") : count;

    /// <param name="Date">The day, in the zone of budgets.</param>
    /// <param name="Usage">Tokens used.</param>
    /// <param name="Limit">Tokens a day.</param>
    /// <param name="Remaining">Tokens left, never below 0.</param>
    /// <param name="PercentUsed">Tokens used, of 100.</param>
    /// <param name="WithinLimit">Whether usage is at most the limit.</param>
    /// <param name="IsStale">There and true where the store could not be asked, so that usage reads 0.</param>
    internal sealed record TokenStats(
        DateOnly Date,
        long Usage,
        long Limit,
        long Remaining,
        [property: JsonPropertyName("percentUsed")] double PercentUsed,
        [property: JsonPropertyName("withinLimit")] bool WithinLimit,
        [property: JsonPropertyName("isStale"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsStale)
    {
        public static TokenStats Of(DailyTokenStats stats) => new(stats.Date, stats.Usage, stats.Limit, stats.Remaining, stats.PercentUsed, stats.WithinLimit, stats.IsStale);
    }

    /// <param name="Estimate">How many more were asked about.</param>
    /// <param name="Limit">The limit that they were compared with.</param>
    /// <param name="WithinLimit">Whether today's and these stay within it.</param>
    internal sealed record TokenCheck(long Estimate, long Limit, [property: JsonPropertyName("withinLimit")] bool WithinLimit);

    /// <param name="Tokens">How many to add.</param>
    internal sealed record AddedTokens(long Tokens);

    /// <param name="Estimate">How many more.</param>
    /// <param name="Limit">Another limit than the configured one; null: that one.</param>
    internal sealed record AskedTokens(long Estimate, long? Limit);
}
