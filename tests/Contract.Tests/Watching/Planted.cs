namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Dashboards in which something is wrong, for the checks to find.</summary>
internal static class Planted
{
    public const string Right = """{ "uid": "${datasource}", "type": "prometheus" }""";

    public static string Panel(
        string query = "sum(llm_usage_calls_total)", string legend = "", string unit = "short", string title = "Calls", string description = "Finished calls.", string type = "timeseries", string grid = "0,0,12,8", int id = 1,
        string source = Right, string overrides = "", string more = "")
    {
        var place = grid.Split(',');
        return $$"""
            {
              "id": {{id}}, "type": "{{type}}", "title": "{{title}}", "description": "{{description}}", "datasource": {{source}},
              "gridPos": { "x": {{place[0]}}, "y": {{place[1]}}, "w": {{place[2]}}, "h": {{place[3]}} },
              "targets": [{ "refId": "A", "datasource": {{source}}, "expr": "{{query}}", "legendFormat": "{{legend}}" }],
              "fieldConfig": { "defaults": { "unit": "{{unit}}" }, "overrides": [{{overrides}}] }{{more}}
            }
            """;
    }

    public static WatchedDashboard Dashboard(
        string panels, string uid = "planted", string variable = "label_values(llm_usage_calls_total, user_id)", string annotation = "up", string links = "", string description = "What is it?") => new($$"""
        {
          "uid": "{{uid}}", "title": "Planted", "description": "{{description}}", "tags": ["planted"],
          "templating": { "list": [
            { "type": "datasource", "name": "datasource", "query": "prometheus" },
            { "type": "query", "name": "user", "datasource": {{Right}}, "query": { "query": "{{variable}}", "refId": "user" }, "definition": "{{variable}}" }
          ] },
          "annotations": { "list": [{ "name": "Alerts", "datasource": {{Right}}, "target": { "expr": "{{annotation}}" } }] },
          "links": [{{links}}],
          "panels": [{{panels}}]
        }
        """);
}
