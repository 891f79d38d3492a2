using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>One dashboard: its question, its panels, and what all dashboards have alike.</summary>
/// <param name="Uid">The file's name, and part of the address in Grafana: never changed, links depend on it.</param>
/// <param name="Title">What it is called in the list of dashboards.</param>
/// <param name="Question">What it answers; stands under the title.</param>
/// <param name="Panels">What it shows, from top to bottom.</param>
internal sealed record DashboardFile(string Uid, string Title, string Question, Panels Panels)
{
    // Grafana 12 and 13 bring it up to date themselves when they load it.
    private const int SchemaVersion = 39;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public string FileName => Uid + ".json";

    /// <summary>The time range that it opens with, until now.</summary>
    public string From { get; init; } = "now-6h";

    /// <summary>What the reader chooses on this one alone.</summary>
    public JsonObject[] Choices { get; init; } = [];

    public string ToJson() => new JsonObject
    {
        ["uid"] = Uid,
        ["title"] = Title,
        ["description"] = $"{Question} Guide: docs/dashboards.md.",
        ["tags"] = new JsonArray(Links.Tag, "llm", "cost"),
        ["schemaVersion"] = SchemaVersion,
        ["version"] = 1,
        ["editable"] = true,
        ["graphTooltip"] = 1,
        ["refresh"] = "30s",
        ["timezone"] = "browser",
        ["time"] = new JsonObject { ["from"] = From, ["to"] = "now" },
        ["templating"] = new JsonObject { ["list"] = Variables.All([.. Choices.Select(choice => choice.DeepClone().AsObject())]) },
        ["annotations"] = new JsonObject { ["list"] = Annotations.All() },
        ["links"] = Links.All(),
        ["panels"] = Panels.All.DeepClone(),
    }.ToJsonString(Readable) + "\n";
}
