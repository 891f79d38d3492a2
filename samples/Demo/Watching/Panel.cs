using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Demo;

/// <summary>One query of a panel, as Grafana sends it where nothing is chosen at the top.</summary>
/// <param name="Expression">The query.</param>
/// <param name="Step">How far its points are apart; null: only the last one is wanted.</param>
internal sealed record PanelQuery(string Expression, TimeSpan? Step);

/// <summary>One panel of a dashboard.</summary>
/// <param name="Dashboard">The dashboard's file.</param>
/// <param name="Title">The panel's title.</param>
/// <param name="Queries">Its queries.</param>
internal sealed partial record Panel(string Dashboard, string Title, IReadOnlyList<PanelQuery> Queries)
{
    /// <summary>Whether it reads the gauges that are scraped, or what rules make of them, and nothing that arrives by OTLP.</summary>
    public bool IsOfLedger => Queries.All(query => Scraped().IsMatch(query.Expression) && !Pushed().IsMatch(query.Expression));

    /// <summary>The panels with queries of all dashboards in a folder.</summary>
    public static IReadOnlyList<Panel> Read(string folder) => [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).SelectMany(Of)];

    private static IEnumerable<Panel> Of(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var variables = json.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray().ToDictionary(variable => variable.GetProperty("name").GetString()!, Chosen);
        return [.. WithQueries(json.RootElement, Path.GetFileNameWithoutExtension(file), variables)];
    }

    private static IEnumerable<Panel> WithQueries(JsonElement of, string dashboard, Dictionary<string, string> variables)
    {
        foreach (var panel in of.GetProperty("panels").EnumerateArray())
        {
            // Of a row that is folded up.
            if (panel.TryGetProperty("panels", out _))
            {
                foreach (var inner in WithQueries(panel, dashboard, variables))
                {
                    yield return inner;
                }
            }

            if (panel.TryGetProperty("targets", out var targets) && targets.GetArrayLength() > 0)
            {
                yield return new(dashboard, panel.GetProperty("title").GetString()!, [.. targets.EnumerateArray().Select(target => QueryOf(target, variables))]);
            }
        }
    }

    private static PanelQuery QueryOf(JsonElement target, Dictionary<string, string> variables)
    {
        var isLast = target.TryGetProperty("instant", out var instant) && instant.GetBoolean();
        var hourly = target.TryGetProperty("interval", out var interval) && interval.GetString() == "1h";
        return new(Filled(target.GetProperty("expr").GetString()!, variables), isLast ? null : hourly ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(1));
    }

    // What is chosen as the dashboard comes; of "All" everything.
    private static string Chosen(JsonElement variable)
    {
        var value = variable.GetProperty("current").GetProperty("value");
        var chosen = value.ValueKind == JsonValueKind.Array ? value[0].GetString()! : value.GetString()!;
        return chosen != "$__all" ? chosen : variable.TryGetProperty("allValue", out var all) && all.GetString() is { Length: > 0 } said ? said : ".*";
    }

    private static string Filled(string expression, Dictionary<string, string> variables) => Variable().Replace(expression, match => match.Groups["name"].Value switch
    {
        "__rate_interval_ms" => "240000",
        "__rate_interval" => "240s",
        "__interval" => "60s",
        "__range" => "3600s",
        "__range_s" => "3600",
        var name => variables.TryGetValue(name, out var value) ? value : throw new FormatException($"No variable {name} for: {expression}"),
    });

    [GeneratedRegex("llm_ledger_|llm_budget_(spent|limit)|llm:(ledger|spend|budget)")]
    private static partial Regex Scraped();

    [GeneratedRegex("llm_usage_|gen_ai_client_|llm_exporter_|llm_budget_.*_total|otelcol_")]
    private static partial Regex Pushed();

    [GeneratedRegex(@"\$\{?(?<name>[a-zA-Z_]\w*)(:\w+)?\}?")]
    private static partial Regex Variable();
}
