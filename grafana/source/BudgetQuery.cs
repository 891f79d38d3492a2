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

    /// <summary>A day, a month, or a length of days (7.00:00:00): what is shorter limits the rate, and is full and empty again within the hour.</summary>
    private const string IsBudget = $"{Window}=~\"day|month|[0-9]+[.].+\"";

    /// <summary>What the rules recorded of budgets, without limits of the rate.</summary>
    public static string Recorded(string name, string at = "") => $"{name}{{{Chosen}, {IsBudget}}}{at}";

    /// <summary>The same of those that are first at the end of the time range, so that no line comes and goes with its rank.</summary>
    public static string Foremost(string name, int count) => $"{Recorded(name)} and on ({Whose}) topk({count}, {Recorded(name, " @ end()")})";

    /// <summary>A gauge of the limits themselves, from one publisher.</summary>
    public static string Of(string gauge, string units) => $"sum by ({Whose}) ({OnePublisher(gauge, $"{Chosen}, {units}")})";

    /// <summary>The part of each limit that is used: works without the rules.</summary>
    public static string UsedOf(string units) => $"{Of("llm_budget_spent", units)} / ({Of("llm_budget_limit", units)} > 0)";

    /// <summary>How many calls a counter of decisions counted in the time range shown; 0 where there were decisions and none such.</summary>
    public static string Decided(string counter) => $"round(sum({InRange(counter, Decisions)})) or 0 * sum(last_over_time(llm_budget_admissions_total{{{Decisions}}}[$__range]))";

    /// <summary>Counters of decisions know who asked.</summary>
    public static string Decisions => $"job=~\"$service\", {Query.Environment}=~\"$environment\", {Chosen}";
}
