using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>Where budgets stand, and changes of them: what <c>llmtelemetry budget</c> does.</summary>
internal static class BudgetEndpoints
{
    private const string Tag = "budgets";

    public static void MapBudgets(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/budgets", ListAsync).Require(ApiScopes.Read).AllowTenants().WithName("listBudgets").WithTags(Tag)
            .WithSummary("Where limits stand: those of all calls, and of each limit the subjects that used any, the fullest first. A tenant's key sees the limits that are per tenant, and its own subjects of them.");
        routes.MapGet("/api/quotas/{user}", QuotaAsync).Require(ApiScopes.Read).WithName("getQuota").WithTags(Tag)
            .WithSummary("What one user may still use, by all limits that are per user.");
        routes.MapPut("/api/budgets/{name}/override", SetAsync).Require(ApiScopes.Admin).WithName("setOverride").WithTags(Tag)
            .WithSummary("Overrides a limit in all processes from the next call on, until it is taken back. Without a subject: everybody's who has none of their own.")
            .Accepts<OverrideBody>("application/json").Produces(StatusCodes.Status204NoContent);
        routes.MapDelete("/api/budgets/{name}/override", ClearAsync).Require(ApiScopes.Admin).WithName("clearOverride").WithTags(Tag)
            .WithSummary("Takes an override back.");
        routes.MapPost("/api/budgets/{name}/reset", ResetAsync).Require(ApiScopes.Admin).WithName("resetBudget").WithTags(Tag)
            .WithSummary("Sets what was used of a limit to 0 for one subject; what calls under way hold stays. Without a subject: that of all calls. The body is an empty object.");
    }

    private static async Task<Ok<Paged<BudgetBody>>> ListAsync(HttpContext context, ServedLedger ledger, string? name, int? page, int? page_size, CancellationToken cancellationToken)
    {
        var (asked, tenant) = (Paging.Of(page, page_size), context.Caller().Tenant);

        // Which of a limit's fullest subjects are the tenant's is seen only when they are all there.
        var most = tenant is null ? Math.Min((asked.Page * asked.Size) + 1, Paging.Most) : Paging.Most;
        var states = await Known(() => ledger.Budgets.ListAsync(name, most, cancellationToken)).ConfigureAwait(false);
        return TypedResults.Ok(Paging.Cut(states.Where(state => tenant is null || TenantOf(state) == tenant).Select(BudgetBody.Of), asked));
    }

    private static async Task<Ok<QuotaBody>> QuotaAsync(HttpContext context, ServedQuotas quotas, string user, string? tier, CancellationToken cancellationToken) =>
        TypedResults.Ok(QuotaBody.Of(await Known(() => quotas.GetAsync(Whole(user, context), tier, cancellationToken)).ConfigureAwait(false)));

    // Of a path the server leaves %2F as it is, and makes %25 a '%': only what was sent tells whether the user's name has a '/' or that text.
    private static string Whole(string user, HttpContext context) =>
        user.Contains("%2F", StringComparison.OrdinalIgnoreCase) && context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } sent
            ? Uri.UnescapeDataString(sent.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries)[^1])
            : user;

    private static async Task<NoContent> SetAsync(HttpContext context, ServedLedger ledger, string name, string? subject, CancellationToken cancellationToken)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        var fields = new ApiFields(body.RootElement, "amount");
        if (!fields.Has("amount"))
        {
            throw ApiFields.Bad("amount is missing: a number in the limit's unit, or null for unlimited.");
        }

        var amount = fields.Amount("amount");
        context.AuditNote(FormattableString.Invariant($"amount {(amount is null ? SettingWords.Unlimited : $"{amount}")}"));
        await Known(() => ledger.Budgets.SetLimitAsync(name, subject, amount, cancellationToken)).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ClearAsync(ServedLedger ledger, string name, string? subject, CancellationToken cancellationToken)
    {
        await Known(() => ledger.Budgets.ClearLimitAsync(name, subject, cancellationToken)).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ResetAsync(HttpContext context, ServedLedger ledger, string name, string? subject, CancellationToken cancellationToken)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        _ = new ApiFields(body.RootElement);
        await Known(() => ledger.Budgets.ResetAsync(name, subject ?? "", cancellationToken)).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static string? TenantOf(BudgetState state) =>
        state.Scope.Each().Zip(ScopeWords.Values(state.Subject)).FirstOrDefault(value => value.First == BudgetScope.Tenant).Second;

    // What is thrown of a limit, a subject or an amount says what would be right.
    private static async Task<T> Known<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (ArgumentException cause)
        {
            throw ApiFields.Bad(ReadFailures.Text(cause));
        }
    }

    private static Task<bool> Known(Func<Task> ask) => Known(async () =>
    {
        await ask().ConfigureAwait(false);
        return true;
    });
}
