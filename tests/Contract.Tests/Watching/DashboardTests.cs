namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>What a person would stumble over in the dashboards.</summary>
public sealed class DashboardTests
{
    private static readonly IReadOnlyList<WatchedDashboard> Ours = WatchedDashboard.Ours;

    [Fact]
    public void Panels_lie_in_the_grid_and_not_on_each_other()
    {
        Assert.NotEmpty(Ours);
        Faults.None(Ours.SelectMany(DashboardChecks.Misplaced));
    }

    [Fact]
    public void Ids_titles_and_uids_are_unique() => Faults.None(DashboardChecks.Ambiguous(Ours));

    [Fact]
    public void Links_lead_to_dashboards_that_are_there() => Faults.None(DashboardChecks.DeadLinks(Ours));

    [Fact]
    public void Each_panel_says_what_it_shows() => Faults.None(Ours.SelectMany(DashboardChecks.Unexplained));

    [Fact]
    public void The_data_source_is_the_readers_choice() => Faults.None(Ours.SelectMany(DashboardChecks.FixedDataSources));

    [Fact]
    public void Variables_are_those_of_the_dashboard() => Faults.None(Ours.SelectMany(DashboardChecks.UndeclaredVariables));

    [Fact]
    public void A_dashboard_without_a_fault_passes()
    {
        var dashboard = Planted.Dashboard(
            Planted.Panel(query: "sum(llm_usage_calls_total{user_id=~\\\"$user\\\"})", more: """, "links": [{ "url": "/d/planted?var-user=${user}" }]""") + "," + Planted.Panel(title: "More", grid: "12,0,12,8", id: 2),
            links: """{ "type": "dashboards", "tags": ["planted"] }""");
        string[] faults =
        [
            .. DashboardChecks.Misplaced(dashboard), .. DashboardChecks.Ambiguous([dashboard]), .. DashboardChecks.DeadLinks([dashboard]), .. DashboardChecks.Unexplained(dashboard),
            .. DashboardChecks.FixedDataSources(dashboard), .. DashboardChecks.UndeclaredVariables(dashboard), .. QueryChecks.StrangersIn(dashboard, WatchedSeries.Ours), .. PanelUnits.Wrong(dashboard, WatchedSeries.Ours),
        ];
        Faults.None(faults);
    }

    [Theory]
    [InlineData("0,0,12,8", "11,7,12,8", "Second lies on First")]
    [InlineData("0,0,12,8", "12,0,13,8", "Second is not in the grid")]
    [InlineData("0,0,12,8", "12,-1,12,8", "Second is not in the grid")]
    [InlineData("0,0,12,8", "12,0,0,8", "Second is not in the grid")]
    public void A_misplaced_panel_is_found(string first, string second, string what) =>
        Assert.Equal([what], DashboardChecks.Misplaced(Planted.Dashboard(Planted.Panel(title: "First", grid: first) + "," + Planted.Panel(title: "Second", grid: second))));

    [Fact]
    public void Panels_of_a_folded_row_are_looked_at_too()
    {
        var row = Planted.Dashboard(Planted.Panel(type: "row", title: "Row", grid: "0,0,24,1", more: $$""", "panels": [{{Planted.Panel(title: "First")}}, {{Planted.Panel(title: "Second")}}]"""));
        Assert.Equal(["Second lies on First"], DashboardChecks.Misplaced(row));
        Assert.Equal(["planted: id 1"], DashboardChecks.Ambiguous([row]));
    }

    [Fact]
    public void Ids_titles_and_uids_that_are_there_twice_are_found() => Assert.Equal(
        ["uid planted", "planted: id 1", "planted: title Calls"],
        DashboardChecks.Ambiguous([Planted.Dashboard(Planted.Panel() + "," + Planted.Panel()), Planted.Dashboard(Planted.Panel(title: "Other"))]));

    [Fact]
    public void A_link_to_nowhere_is_found() => Assert.Equal(
        ["planted: gone", "planted: absent", "planted: planted has no variable model"],
        DashboardChecks.DeadLinks([Planted.Dashboard(
            Planted.Panel(more: """, "links": [{ "url": "/d/gone/title" }, { "url": "d/planted?orgId=1&var-user=x&var-model=y" }]"""), links: """{ "type": "dashboards", "tags": ["absent"] }""")]));

    [Fact]
    public void What_is_not_explained_is_found()
    {
        Assert.Equal(["planted: the dashboard"], DashboardChecks.Unexplained(Planted.Dashboard(Planted.Panel(), description: "")));
        Assert.Equal(["planted: panel Calls"], DashboardChecks.Unexplained(Planted.Dashboard(Planted.Panel(description: ""))));
        Assert.Equal(["planted: panel "], DashboardChecks.Unexplained(Planted.Dashboard(Planted.Panel(title: ""))));
        Assert.Equal(["planted: type heatmap"], DashboardChecks.Unexplained(Planted.Dashboard(Planted.Panel(type: "heatmap"))));
    }

    [Theory]
    [InlineData("""{ "uid": "PBFA97CFB590B2093", "type": "prometheus" }""")]
    [InlineData("\"Prometheus\"")]
    [InlineData("null")]
    [InlineData("""{ "uid": "${source}" }""")]
    public void A_fixed_data_source_is_found(string source) => Assert.Equal(2, DashboardChecks.FixedDataSources(Planted.Dashboard(Planted.Panel(source: source))).Count());

    [Fact]
    public void A_query_without_a_data_source_is_found() =>
        Assert.Equal(["planted: none: A"], DashboardChecks.FixedDataSources(Planted.Dashboard(Planted.Panel(more: """, "targets": [{ "refId": "A", "expr": "up" }]"""))));

    [Fact]
    public void A_variable_that_is_not_there_is_found() => Assert.Equal(
        ["planted: $provider", "planted: $page"],
        DashboardChecks.UndeclaredVariables(Planted.Dashboard(Planted.Panel(query: "rate(up{job=~\\\"$provider\\\", instance=~\\\"$user\\\"}[$__rate_interval])", more: """, "links": [{ "url": "${page}?from=${__from}" }]"""))));
}
