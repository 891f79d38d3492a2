namespace LlmTelemetry.EndToEnd.Tests.Watching.History;

/// <summary>
/// More than a week of a ledger, over a month's end. Alice spends 0.75 USD an hour and Bob 0.25, day and night; on April 1, from 10:00 to 11:00, Alice spends 12 USD more.
/// A call a minute is Alice's, one in three minutes Bob's. The service and an application publish the same ledger; the application is restarted at noon of
/// March 31, and the service dies two minutes before midnight, so that what it said last stands into the new day and month.
/// </summary>
internal static class CompanyHistory
{
    public const string Provider = "anthropic";
    public const string Model = "claude-sonnet-4-5-20250929";

    public static readonly DateTimeOffset From = new(2026, 3, 24, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset To = From.AddDays(8).AddHours(13);
    public static readonly DateTimeOffset Restart = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Midnight = new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Spike = Midnight.AddHours(10);

    /// <summary>When tests ask for what nothing else is made of.</summary>
    public static readonly DateTimeOffset Asked = Spike.AddMinutes(50);

    private static readonly string[] Users = ["alice", "bob"];
    private static readonly string[] Periods = ["hour", "day", "month"];

    // Between two readings of a publisher.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    public static void Write(OpenMetricsFile file)
    {
        Publish(file, "watched/shop", "first", Times(From, Restart));
        Publish(file, "watched/shop", "second", Times(Restart.AddMinutes(1), To));
        Publish(file, "llmtelemetry", "service", Times(From.AddSeconds(30), Midnight.AddMinutes(-2)));
        Count(file, "first", Times(From, Restart), From);
        Count(file, "second", Times(Restart.AddMinutes(1), To), Restart);
    }

    /// <summary>What was spent in the period so far.</summary>
    public static double Spent(string period, DateTimeOffset at) => Users.Sum(user => Of(period, user, at, Usd));

    public static DateTimeOffset StartOf(string period, DateTimeOffset at) => period switch
    {
        "hour" => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero),
        "day" => new(at.Year, at.Month, at.Day, 0, 0, 0, TimeSpan.Zero),
        _ => new(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero),
    };

    private static DateTimeOffset EndOf(string period, DateTimeOffset at) => period switch
    {
        "hour" => StartOf(period, at).AddHours(1),
        "day" => StartOf(period, at).AddDays(1),
        _ => StartOf(period, at).AddMonths(1),
    };

    private static void Publish(OpenMetricsFile file, string job, string instance, DateTimeOffset[] times)
    {
        Dictionary<string, string> publisher = new() { ["job"] = job, ["instance"] = instance };
        foreach (var period in Periods)
        {
            Dictionary<string, string> of = new(publisher) { ["llm_ledger_period"] = period };
            foreach (var user in Users)
            {
                Amounts("llm_ledger", new(of) { ["gen_ai_provider_name"] = Provider, ["gen_ai_response_model"] = Model, ["user_id"] = user }, user);
                Amounts("llm_ledger_feature", new(of) { ["llm_feature"] = FeatureOf(user) }, user);
                Amounts("llm_ledger_tenant", new(of) { ["llm_tenant"] = user + "-and-partners" }, user);
            }

            file.Add("llm_ledger_reset_seconds", of, times, at => (EndOf(period, at) - at).TotalSeconds);

            void Amounts(string gauge, Dictionary<string, string> labels, string user)
            {
                file.Add(gauge + "_spend_USD", labels, times, at => Of(period, user, at, Usd));
                file.Add(gauge + "_calls", labels, times, at => Of(period, user, at, Calls));
                file.Add(gauge + "_tokens", labels, times, at => 1_000 * Of(period, user, at, Calls));
            }
        }

        // The forecast is of the day; 30 USD a day, and 900 a month, may be spent.
        file.Add("llm_ledger_forecast_USD", new Dictionary<string, string>(publisher) { ["llm_ledger_period"] = "day" }, times, at => Spent("day", at) + (EndOf("day", at) - at).TotalHours);
        file.Add("llm_ledger_forecast_USD", new Dictionary<string, string>(publisher) { ["llm_ledger_period"] = "month" }, times, at => Spent("month", at) + (EndOf("month", at) - at).TotalHours);
        file.Add("llm_ledger_budget_USD", new Dictionary<string, string>(publisher) { ["llm_ledger_period"] = "day", ["llm_budget_scope"] = "total" }, times, _ => 30);
        Dictionary<string, string> monthly = new(publisher) { ["llm_budget_name"] = "monthly", ["llm_budget_unit"] = "usd", ["llm_budget_window"] = "month" };
        file.Add("llm_budget_limit", monthly, times, _ => 900);
        file.Add("llm_budget_spent", monthly, times, at => Spent("month", at));
        file.Add("llm_budget_held", monthly, times, _ => 0);
        file.Add("llm_budget_remaining", monthly, times, at => 900 - Spent("month", at));
        file.Add("llm_budget_reset_seconds", monthly, times, at => (EndOf("month", at) - at).TotalSeconds);
    }

    // A process counts from 0.
    private static void Count(OpenMetricsFile file, string instance, DateTimeOffset[] times, DateTimeOffset since)
    {
        foreach (var user in Users)
        {
            Dictionary<string, string> of = new()
            {
                ["job"] = "watched/shop",
                ["instance"] = instance,
                ["deployment_environment_name"] = "production",
                ["gen_ai_operation_name"] = "chat",
                ["gen_ai_provider_name"] = Provider,
                ["gen_ai_request_model"] = "claude-sonnet-4-5",
                ["gen_ai_response_model"] = Model,
                ["user_id"] = user,
                ["llm_feature"] = FeatureOf(user),
                ["llm_tenant"] = user + "-and-partners",
                ["llm_cost_quality"] = "reported",
            };
            file.Add("llm_usage_calls_total", new Dictionary<string, string>(of) { ["llm_outcome"] = "completed" }, times, at => Calls(user, at) - Calls(user, since));
            file.Add("llm_usage_cost_USD_total", new Dictionary<string, string>(of) { ["llm_usage_type"] = "input" }, times, at => Usd(user, at) - Usd(user, since));
            file.Add("llm_usage_tokens_total", new Dictionary<string, string>(of) { ["llm_usage_type"] = "input" }, times, at => 1_000 * (Calls(user, at) - Calls(user, since)));
        }
    }

    private static string FeatureOf(string user) => user == "alice" ? "search" : "chat";

    // The ledger begins with this history.
    private static double Of(string period, string user, DateTimeOffset at, Func<string, DateTimeOffset, double> sum) => sum(user, at) - sum(user, StartOf(period, at) is var start && start < From ? From : start);

    private static double Usd(string user, DateTimeOffset at) => user == "alice"
        ? (0.75 * (at - From).TotalHours) + (12 * Math.Clamp((at - Spike).TotalHours, 0, 1))
        : 0.25 * (at - From).TotalHours;

    private static double Calls(string user, DateTimeOffset at) => Math.Floor((at - From).TotalMinutes / (user == "alice" ? 1 : 3));

    private static DateTimeOffset[] Times(DateTimeOffset from, DateTimeOffset to) => [.. Enumerable.Range(0, (int)((to - from) / Step)).Select(n => from + (n * Step))];
}
