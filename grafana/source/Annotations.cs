using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>What happened, as lines across the panels.</summary>
internal static class Annotations
{
    public static JsonArray All() =>
    [
        Of("Alerts", "red", "ALERTS{alertname=~\"Llm.+\", alertstate=\"firing\"}", "{{alertname}}", "{{severity}} {{llm_budget_name}} {{llm_budget_scope}} {{llm_budget_subject}} {{gen_ai_provider_name}} {{llm_feature}}"),

        // A version is new where it was not there in the day before: a gap of some minutes, or a restart, brings no new prices.
        Of(
            "Price book changes", "blue", "count by (llm_price_version) (llm_prices_age_seconds) unless count by (llm_price_version) (count_over_time(llm_prices_age_seconds[1d] offset 5m))",
            "Prices changed", "{{llm_price_version}}"),
    ];

    private static JsonObject Of(string name, string colour, string expression, string title, string text) => new()
    {
        ["name"] = name,
        ["datasource"] = Panels.DataSource,
        ["enable"] = true,
        ["iconColor"] = colour,
        ["target"] = new JsonObject { ["expr"] = expression, ["refId"] = "Anno", ["interval"] = "60s" },
        ["titleFormat"] = title,
        ["textFormat"] = text,
    };
}
