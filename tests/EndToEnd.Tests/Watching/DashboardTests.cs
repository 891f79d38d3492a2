using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>What a person would stumble over in the dashboards.</summary>
public sealed class DashboardTests
{
    private const int GridWidth = 24;
    private const string AnyDataSource = "${datasource}";

    // What our own picture of the dashboard can draw, and what every Grafana has.
    private static readonly string[] PanelTypes = ["timeseries", "stat", "table", "bargauge"];

    [Fact]
    public void Each_panel_says_what_it_shows_and_in_which_unit() => Assert.All(Dashboard.Panels, panel =>
    {
        Assert.Contains(Text(panel, "type"), PanelTypes);
        Assert.NotEmpty(Text(panel, "title"));
        Assert.EndsWith(".", Text(panel, "description"), StringComparison.Ordinal);
        Assert.NotEmpty(Text(panel.GetProperty("fieldConfig").GetProperty("defaults"), "unit"));
    });

    [Fact]
    public void Titles_and_ids_are_unique_in_a_dashboard() => Assert.All(Boards(), panels =>
    {
        Assert.NotEmpty(panels);
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(panels.Length, panels.Select(panel => Text(panel, "title")).Distinct().Count());
    });

    [Fact]
    public void Panels_lie_in_the_grid_and_do_not_overlap() => Assert.All(Boards(), panels =>
    {
        var cells = panels.Select(panel => panel.GetProperty("gridPos")).SelectMany(Cells).ToArray();
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, GridWidth - 1));
        Assert.Equal(cells.Length, cells.Distinct().Count());
    });

    [Fact]
    public void The_data_source_is_the_readers_choice()
    {
        var uids = Repository.Files(Dashboard.Folder, "*.json").SelectMany(file => Uids(Dashboard.Parse(file))).ToArray();
        Assert.NotEmpty(uids);
        Assert.All(uids, uid => Assert.Equal(AnyDataSource, uid));
    }

    [Fact]
    public void Absence_is_never_shown_as_zero() =>
        Assert.All(Dashboard.Queries, query => Assert.DoesNotContain("vector(", query.Expression, StringComparison.Ordinal));

    private static IEnumerable<JsonElement[]> Boards() =>
        Repository.Files(Dashboard.Folder, "*.json").Select(file => Dashboard.Parse(file).GetProperty("panels").EnumerateArray().ToArray());

    private static IEnumerable<(int X, int Y)> Cells(JsonElement grid) =>
        from x in Enumerable.Range(grid.GetProperty("x").GetInt32(), grid.GetProperty("w").GetInt32())
        from y in Enumerable.Range(grid.GetProperty("y").GetInt32(), grid.GetProperty("h").GetInt32())
        select (x, y);

    private static IEnumerable<string?> Uids(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.Name == "datasource" ? [Text(property.Value, "uid")] : Uids(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Uids),
        _ => [],
    };

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;
}
