using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>The PromQL of limits. Plain amounts come from the limits' own gauges; what takes history comes from the rules.</summary>
internal static class BudgetQuery
{
    public const string Name = "llm_budget_name";
    public const string Window = "llm_budget_window";
    public const string Scope = "llm_budget_scope";
    public const string Subject = "llm_budget_subject";
    public const string Units = "llm_budget_unit";

    /// <summary>What tells one limit of one subject from all others.</summary>
    public const string Whose = $"{Name}, {Window}, {Scope}, {Subject}, {Units}";

    /// <summary>Whose it is comes first: the end of a long name is cut.</summary>
    public const string Legend = $"{{{{{Scope}}}}} {{{{{Subject}}}}}: {{{{{Name}}}}}, {{{{{Window}}}}}";

    public const string Used = "llm:budget_used:ratio";
    public const string Forecast = "llm:budget_forecast:ratio";
    public const string Burn = "llm:budget_burn:ratio";

    /// <summary>The ledger's daily amounts, among the budgets that the rules recorded.</summary>
    public const string OfLedger = "ledger";

    public const string Usd = $"{Units}=\"usd\"";
    public const string NotUsd = $"{Units}!=\"usd\"";

    private const string Chosen = $"{Name}=~\"$budget\"";

    // What the rules watch. A day, a month, or a length of days (7.00:00:00): what is shorter limits the rate, and is full and empty again within the hour.
    // What each user may use is the product's business: that it is used up is no news, but for an amount that was set for this user in the ledger.
    private const string IsBudget = $"{Window}=~\"day|month|[0-9]+[.][0-9]{{2}}:.*\"";
    private const string OwnScopes = "\".*(user|session).*\"";

    /// <summary>What the rules recorded of the budgets that alerts watch: not limits of the rate, nor each user's own.</summary>
    public static string Watched(string name, string chosen = Chosen, string at = "") =>
        $"({name}{{{chosen}, {IsBudget}, {Scope}!~{OwnScopes}}}{at} or {name}{{{chosen}, {Name}=\"{OfLedger}\"}}{at})";

    /// <summary>The same of those that are first at the end of the time range, so that no line comes and goes with its rank.</summary>
    public static string Foremost(string name, int count) => $"{Watched(name)} and on ({Whose}) topk({count}, {Watched(name, at: " @ end()")})";

    /// <summary>What the rules recorded of what each user may use.</summary>
    public static string Own(string name) => $"{name}{{{Chosen}, {IsBudget}, {Scope}=~{OwnScopes}, {Name}!=\"{OfLedger}\"}}";

    /// <summary>A gauge of the limits themselves, from one publisher.</summary>
    public static string Of(string gauge, string units) => $"sum by ({Whose}) ({OnePublisher(gauge, $"{Chosen}, {units}")})";

    /// <summary>The part of each limit that is used: works without the rules.</summary>
    public static string UsedOf(string units) => $"{Of("llm_budget_spent", units)} / ({Of("llm_budget_limit", units)} > 0)";

    /// <summary>How many calls a counter of decisions counted in the time range shown; 0 where there were decisions and none such.</summary>
    public static string Decided(string counter) => $"round(sum({InRange(counter, Decisions)})) or 0 * sum(last_over_time(llm_budget_admissions_total{{{Decisions}}}[$__range]))";

    /// <summary>Counters of decisions know who asked.</summary>
    public static string Decisions => $"job=~\"$service\", {Query.Environment}=~\"$environment\", {Chosen}";
}
