using LlmTelemetry.Budgets;

namespace LlmTelemetry.Demo;

/// <summary>What the company allows itself.</summary>
internal static class CompanyBudgets
{
    /// <summary>Spent within seconds of live traffic, whatever the time of day; in shadow, so that traffic goes on.</summary>
    public const string Trial = "trial";

    /// <summary>Amounts of a day that alerts compare the ledger with (<c>llm.ledger.budget</c>), in USD; they refuse nothing.</summary>
    public static IReadOnlyDictionary<string, decimal> Daily { get; } = new Dictionary<string, decimal>
    {
        ["total"] = 9m,
        ["provider:anthropic"] = 7.5m,
        ["model:gpt-5.4"] = 1.2m,
        ["user:" + Person.Runaway] = 0.8m,

        // Spent within seconds of live traffic, as the limit "trial" is.
        ["user:" + Person.Tester.User] = 0.05m,
    };

    /// <summary>The limits that calls are made within.</summary>
    public static void AddTo(BudgetOptions options)
    {
        options.Limits.Add(new("company", BudgetUnit.Usd, 150m, BudgetWindow.Month));
        options.Limits.Add(new("tenant", BudgetUnit.Usd, 60m, BudgetWindow.Month, BudgetScope.Tenant));
        options.Limits.Add(new("person", BudgetUnit.Usd, 1m, BudgetWindow.Day, BudgetScope.User));
        options.Limits.Add(new("feature-tokens", BudgetUnit.Tokens, 3_000_000m, BudgetWindow.Day, BudgetScope.Feature) { Shadow = true });
        options.Limits.Add(new(Trial, BudgetUnit.Usd, 0.05m, BudgetWindow.Day, BudgetScope.Feature) { Shadow = true, Only = new Dictionary<BudgetScope, string> { [BudgetScope.Feature] = Feature.Trial.Name } });
    }
}
