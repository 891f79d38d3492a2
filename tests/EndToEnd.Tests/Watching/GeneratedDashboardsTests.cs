using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.Grafana;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The JSON that is kept is what the source makes: nobody edits the one and forgets the other.</summary>
public sealed class GeneratedDashboardsTests
{
    private static Dictionary<string, string> Made => Dashboards.All.ToDictionary(dashboard => dashboard.FileName, dashboard => dashboard.ToJson());

    private static Dictionary<string, string> Kept => Repository.Files(GrafanaDashboard.Folder, "*.json").ToDictionary(file => Path.GetFileName(file), Repository.Read);

    [Fact]
    public void The_dashboards_are_what_their_source_makes() => Assert.Empty(Stale(Made, Kept));

    [Fact]
    public void A_dashboard_that_was_edited_by_hand_is_found()
    {
        var kept = Made;
        var (name, json) = kept.First();
        kept[name] = json.Replace("\"editable\": true", "\"editable\": false", StringComparison.Ordinal);
        Assert.Equal([name], Stale(Made, kept));
    }

    [Fact]
    public void A_dashboard_that_was_not_written_or_is_made_no_more_is_found()
    {
        var kept = Made;
        var missing = kept.Keys.First();
        kept.Remove(missing);
        kept["llm-old.json"] = "{}";
        Assert.Equal([.. new[] { "llm-old.json", missing }.Order(StringComparer.Ordinal)], Stale(Made, kept));
    }

    /// <summary>The names of those that <c>dotnet run --project grafana/source</c> would change, or leave behind.</summary>
    private static IEnumerable<string> Stale(Dictionary<string, string> made, Dictionary<string, string> kept) =>
        made.Keys.Union(kept.Keys).Where(name => made.GetValueOrDefault(name) != kept.GetValueOrDefault(name)).Order(StringComparer.Ordinal);
}
