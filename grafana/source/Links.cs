using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>Where a click leads.</summary>
internal sealed record Link(string Title, string Url);

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
        Whole(new Link("Records and reports", "${records}"), "The page of `llmtelemetry serve`: exact figures, single calls."),
    ];

    /// <summary>The service's page of one user, feature or tenant of this month: the value that was clicked on.</summary>
    public static Link Records(string dimension) => new($"Exact figures of this {dimension}", $"${{records}}/?period=month&{dimension}=${{__value.text:percentencode}}");

    /// <summary>The service's page of a period.</summary>
    public static Link Page(string period) => new("Exact figures", $"${{records}}/?period={period}");

    /// <summary>Another dashboard of ours, at the same time range, with one choice made: the value that was clicked on.</summary>
    public static Link Dashboard(string uid, string variable) =>
        new("Look closer", $"/d/{uid}?var-datasource=${{datasource}}&var-{variable}=${{__value.text:percentencode}}&${{__url_time_range}}");

    /// <summary>As the values of a column have it.</summary>
    public static JsonObject OfValue(Link link) => new() { ["title"] = link.Title, ["url"] = link.Url, ["targetBlank"] = !link.Url.StartsWith('/') };

    /// <summary>As dashboards and panels have it.</summary>
    public static JsonObject Whole(Link link, string tooltip = "") => new()
    {
        ["type"] = "link",
        ["title"] = link.Title,
        ["url"] = link.Url,
        ["icon"] = "doc",
        ["tags"] = new JsonArray(),
        ["asDropdown"] = false,
        ["keepTime"] = false,
        ["includeVars"] = false,
        ["targetBlank"] = true,
        ["tooltip"] = tooltip,
    };
}
