using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>One query of a panel.</summary>
internal sealed record PanelQuery(string Panel, string Expression)
{
    /// <summary>The expression as Grafana sends it: variables and intervals filled in.</summary>
    public string Filled(string provider = ".*", string model = ".*", string user = ".*") =>
        Expression
            .Replace("$__rate_interval_ms", "240000", StringComparison.Ordinal)
            .Replace("$__rate_interval", "240s", StringComparison.Ordinal)
            .Replace("$__range", "3600s", StringComparison.Ordinal)
            .Replace("$provider", provider, StringComparison.Ordinal)
            .Replace("$model", model, StringComparison.Ordinal)
            .Replace("$user", user, StringComparison.Ordinal);
}

/// <summary>The dashboards that we ship.</summary>
internal static class Dashboard
{
    public const string Folder = "grafana/dashboards";

    public static IReadOnlyList<JsonElement> Panels { get; } =
        [.. Repository.Files(Folder, "*.json").SelectMany(file => Parse(file).GetProperty("panels").EnumerateArray())];

    public static IReadOnlyList<PanelQuery> Queries { get; } =
    [
        .. from panel in Panels
           from target in panel.GetProperty("targets").EnumerateArray()
           select new PanelQuery(panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!),
    ];

    public static JsonElement Parse(string file) => JsonDocument.Parse(Repository.Read(file)).RootElement;
}
