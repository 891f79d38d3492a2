using System.Security.Claims;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.AspNetChat;

/// <summary>What the caller may still use: the same figures that <c>llmtelemetry budget show --user ... --tier ...</c> prints.</summary>
internal static class Quota
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/quota", async (ClaimsPrincipal caller, BudgetGuard budgets, CancellationToken cancellationToken) =>
    {
        // The claims that calls are attributed by.
        var quota = await budgets.GetQuotaAsync(caller.FindFirstValue("sub")!, caller.FindFirstValue("plan"), cancellationToken);
        return new
        {
            quota.User,
            quota.Tier,
            Limits = quota.Limits.Where(limit => limit.Limit is not null).Select(limit => new { limit.Name, limit.Unit, limit.Window, limit.Limit, limit.Used, limit.Remaining, limit.ResetsAt }),
        };
    }).RequireAuthorization();
}
