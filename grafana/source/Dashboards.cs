namespace LlmTelemetry.Grafana;

/// <summary>The dashboards that we ship, in the order in which a person asks.</summary>
internal static class Dashboards
{
    public static IReadOnlyList<DashboardFile> All { get; } = [OverviewDashboard.Make(), ModelsDashboard.Make(), UsersDashboard.Make(), BudgetsDashboard.Make(), PipelineDashboard.Make()];
}
