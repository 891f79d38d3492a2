using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Keeps what a caller asks for within the caller's tenant.</summary>
internal static class TenantScope
{
    /// <summary>The filters of a query, with the caller's tenant among them where the caller has one.</summary>
    /// <exception cref="ApiProblem">They ask for another tenant.</exception>
    public static IReadOnlyDictionary<SpendDimension, string?> Within(this ApiCaller caller, IReadOnlyDictionary<SpendDimension, string?> where)
    {
        if (caller.Tenant is not { } tenant)
        {
            return where;
        }

        return where.TryGetValue(SpendDimension.Tenant, out var asked) && asked != tenant
            ? throw Other()
            : new Dictionary<SpendDimension, string?>(where) { [SpendDimension.Tenant] = tenant };
    }

    /// <summary>The tenant that is asked for: the caller's, where the caller has one.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="asked">For which; null: for none in particular.</param>
    /// <exception cref="ApiProblem">It is another one.</exception>
    public static string? Within(this ApiCaller caller, string? asked) =>
        caller.Tenant is not { } tenant ? asked : asked is null || asked == tenant ? tenant : throw Other();

    private static ApiProblem Other() => new(StatusCodes.Status403Forbidden, "The key is of another tenant than the one that is asked for.");
}
