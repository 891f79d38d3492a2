using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>What cannot be taken back: what <c>llmtelemetry erase</c> and <c>prune</c> do.</summary>
internal static class AdminEndpoints
{
    private const string Tag = "admin";
    private const string Records = "records";

    private static readonly (string Word, SpendGrain Grain)[] Grains = [("hours", SpendGrain.Hour), ("days", SpendGrain.Day), ("months", SpendGrain.Month)];

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/admin/erase", EraseAsync).Require(ApiScopes.Admin).WithName("eraseUser").WithTags(Tag)
            .WithSummary("Takes a user out of the ledger: records, sessions and budgets are deleted, what was spent stays in every total under _erased. What exporters still hold arrives afterwards: erase again then.")
            .Accepts<ErasedUserBody>("application/json");
        routes.MapPost("/api/admin/prune", PruneAsync).Require(ApiScopes.Admin).WithName("prune").WithTags(Tag)
            .WithSummary("Deletes hours, days or months that ended before a day, or records of calls that did.")
            .Accepts<PrunedBody>("application/json");
    }

    private static async Task<Ok<Erased>> EraseAsync(HttpContext context, ServedLedger ledger, CancellationToken cancellationToken)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        var user = Attribution.Clean(new ApiFields(body.RootElement, "user").NeedText("user"));
        if (string.IsNullOrEmpty(user) || user == ErasedUser.Name)
        {
            throw ApiFields.Bad($"user must be the id of a user; {ErasedUser.Name} is who erased users became.");
        }

        context.AuditNote($"user {user}");

        // Records first: should the rest fail, it is found again by its name.
        var records = ledger.Records is { } kept ? await kept.EraseUserAsync(user, cancellationToken).ConfigureAwait(false) : 0;
        var (counters, overrides) = await ledger.Budgets.EraseUserAsync(user, cancellationToken).ConfigureAwait(false);
        var rows = await ledger.Store.EraseUserAsync(user, cancellationToken).ConfigureAwait(false);
        return TypedResults.Ok(new Erased(rows, records, counters, overrides));
    }

    private static async Task<Ok<Pruned>> PruneAsync(HttpContext context, ServedLedger ledger, CancellationToken cancellationToken)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        var fields = new ApiFields(body.RootElement, "what", "before");
        var (what, day) = (fields.NeedText("what"), fields.NeedText("before"));
        if (what != Records && !Array.Exists(Grains, grain => grain.Word == what))
        {
            throw ApiFields.Bad($"what is '{what}'; it must be {Records}, hours, days or months.");
        }

        if (!DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var before))
        {
            throw ApiFields.Bad($"before is '{day}'; it must be a day such as 2026-10-01, the first one that stays.");
        }

        context.AuditNote($"{what} before {day}");
        return TypedResults.Ok(new Pruned(what == Records
            ? ledger.Records is { } records ? await records.PruneAsync(ReportPlan.StartOf(before, ledger.Options.TimeZone, latest: false), cancellationToken).ConfigureAwait(false) : 0
            : await ledger.Store.PruneAsync(Array.Find(Grains, grain => grain.Word == what).Grain, before, cancellationToken).ConfigureAwait(false)));
    }

    /// <param name="User">The user's id as it is kept: its hash where ids are hashed.</param>
    internal sealed record ErasedUserBody(string User);

    /// <param name="Rows">Rows and sessions that were changed.</param>
    /// <param name="Records">Records that were deleted.</param>
    /// <param name="Counters">Counters of budgets that were.</param>
    /// <param name="Overrides">Overrides of budgets that were.</param>
    internal sealed record Erased(long Rows, long Records, int Counters, int Overrides);

    /// <param name="What">records, hours, days or months.</param>
    /// <param name="Before">The first day that stays, in the ledger's zone.</param>
    internal sealed record PrunedBody(string What, DateOnly Before);

    /// <param name="Deleted">How many rows or records were deleted.</param>
    internal sealed record Pruned(long Deleted);
}
