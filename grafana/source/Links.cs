using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>From each dashboard to the others, with time range and choices, and to the records of single calls.</summary>
internal static class Links
{
    /// <summary>Every dashboard of ours has it: the links go to all that have.</summary>
    public const string Tag = "llmtelemetry";

    public static JsonArray All() =>
    [
        new JsonObject
        {
            ["type"] = "dashboards", ["title"] = "LLM", ["tags"] = new JsonArray(Tag), ["asDropdown"] = false, ["icon"] = "external link",
            ["keepTime"] = true, ["includeVars"] = true, ["targetBlank"] = false, ["tooltip"] = "", ["url"] = "",
        },
        new JsonObject
        {
            ["type"] = "link", ["title"] = "Records and reports", ["url"] = "${records}", ["icon"] = "doc", ["tags"] = new JsonArray(), ["asDropdown"] = false,
            ["keepTime"] = false, ["includeVars"] = false, ["targetBlank"] = true, ["tooltip"] = "The page of `llmtelemetry serve`: exact figures, single calls.",
        },
    ];
}
