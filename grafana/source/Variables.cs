using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>What the reader chooses at the top: on every dashboard the same, so that links carry the choice along.</summary>
internal static class Variables
{
    // Models, users and features are known to the ledger, to the counters, or to both.
    private const string Ledger = "llm_ledger_spend_USD|llm_ledger_calls";
    private const string Calls = Query.Calls;

    /// <summary>The choices of every dashboard, and those of one alone.</summary>
    public static JsonArray All(params JsonObject[] more) =>
    [
        new JsonObject
        {
            ["type"] = "datasource", ["name"] = "datasource", ["label"] = "Prometheus", ["query"] = "prometheus", ["refresh"] = 1,
            ["current"] = new JsonObject { ["selected"] = true, ["text"] = "default", ["value"] = "default" }, ["options"] = new JsonArray(), ["hide"] = 0,
        },
        Values("service", "Service", $"label_values({Calls}, job)"),
        Values("environment", "Environment", $"label_values({Calls}, {Query.Environment})"),
        Values("provider", "Provider", $"label_values({{__name__=~\"{Ledger}|{Calls}\"}}, {Query.Provider})"),
        Values("model", "Model", $$"""label_values({__name__=~"{{Ledger}}|{{Calls}}", {{Query.Provider}}=~"$provider"}, {{Query.Model}})"""),
        Values("user", "User", $"label_values({{__name__=~\"{Ledger}|{Calls}\"}}, {Query.User})"),
        Values("feature", "Feature", $"label_values({{__name__=~\"llm_ledger_feature_spend_USD|llm_ledger_feature_calls|{Calls}\"}}, {Query.Feature})"),
        Values("tenant", "Tenant", $"label_values({{__name__=~\"llm_ledger_tenant_spend_USD|llm_ledger_tenant_calls|{Calls}\"}}, {Query.Tenant})"),
        .. more,
        Interval(),
        new JsonObject
        {
            ["type"] = "textbox", ["name"] = "records", ["label"] = "Page of records", ["query"] = "http://127.0.0.1:4320",
            ["current"] = new JsonObject { ["selected"] = false, ["text"] = "http://127.0.0.1:4320", ["value"] = "http://127.0.0.1:4320" },
            ["options"] = new JsonArray(), ["hide"] = 0,
        },
    ];

    // .* as All also finds series that do not have the label.
    public static JsonObject Values(string name, string label, string query) => new()
    {
        ["type"] = "query",
        ["name"] = name,
        ["label"] = label,
        ["datasource"] = Panels.DataSource,
        ["query"] = new JsonObject { ["query"] = query, ["refId"] = name },
        ["refresh"] = 2,
        ["sort"] = 1,
        ["multi"] = true,
        ["includeAll"] = true,
        ["allValue"] = ".*",
        ["current"] = new JsonObject { ["selected"] = true, ["text"] = new JsonArray("All"), ["value"] = new JsonArray("$__all") },
        ["options"] = new JsonArray(),
        ["hide"] = 0,
    };

    // The least distance between two points of a line: each target's "Min step", and a quarter of what a rate is of. Grafana takes more where the range is
    // long. A minute would make a rate of four minutes, in which a rare failure is 100 %, and a line of few calls a comb.
    private static JsonObject Interval()
    {
        const int Usual = 1;
        string[] steps = ["1m", "5m", "15m", "1h", "6h", "1d"];
        return new()
        {
            ["type"] = "interval",
            ["name"] = "interval",
            ["label"] = "Interval",
            ["query"] = string.Join(',', steps),
            ["refresh"] = 2,
            ["current"] = Option(steps[Usual], true),
            ["options"] = new JsonArray([.. steps.Select((step, index) => Option(step, index == Usual))]),
            ["hide"] = 0,
        };
    }

    private static JsonObject Option(string text, bool selected) => new() { ["selected"] = selected, ["text"] = text, ["value"] = text };
}
