using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Queries;

/// <summary>A dashboard that we ship, as far as it asks a Prometheus something.</summary>
internal sealed class GrafanaDashboard
{
    public const string Folder = "grafana/dashboards";

    private GrafanaDashboard(string file)
    {
        using var json = JsonDocument.Parse(Repository.Read(file));
        Uid = json.RootElement.GetProperty("uid").GetString()!;
        Variables = [.. List(json.RootElement, "templating").Select(variable => new GrafanaVariable(variable.Clone()))];
        Queries =
        [
            .. from panel in Panels(json.RootElement)
               from target in Array(panel, "targets")
               select new ShippedQuery($"{Uid}, {Text(panel, "title")}, {Text(target, "refId")}", Text(target, "expr"), IsTrue(target, "instant")),
            .. from annotation in List(json.RootElement, "annotations")
               let expression = ExpressionOf(annotation)
               where expression is not null
               select new ShippedQuery($"{Uid}, annotation {Text(annotation, "name")}", expression, IsInstant: false),
        ];
    }

    public static IReadOnlyList<GrafanaDashboard> All { get; } = [.. Repository.Files(Folder, "*.json").Select(file => new GrafanaDashboard(file))];

    public string Uid { get; }

    /// <summary>In their order: later ones may ask for values of earlier ones.</summary>
    public IReadOnlyList<GrafanaVariable> Variables { get; }

    /// <summary>Of panels and annotations.</summary>
    public IReadOnlyList<ShippedQuery> Queries { get; }

    // Those of a closed row are in the row.
    private static IEnumerable<JsonElement> Panels(JsonElement parent) => Array(parent, "panels").SelectMany(panel => Panels(panel).Prepend(panel));

    // Grafana's own (annotations that people write) ask nobody.
    private static string? ExpressionOf(JsonElement annotation) =>
        annotation.TryGetProperty("expr", out var direct) ? direct.GetString()
        : annotation.TryGetProperty("target", out var target) && target.TryGetProperty("expr", out var inTarget) ? inTarget.GetString()
        : null;

    private static JsonElement.ArrayEnumerator List(JsonElement root, string name) => root.TryGetProperty(name, out var owner) ? Array(owner, "list") : default;

    private static JsonElement.ArrayEnumerator Array(JsonElement owner, string name) => owner.TryGetProperty(name, out var array) ? array.EnumerateArray() : default;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static bool IsTrue(JsonElement element, string name) => element.TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;
}
