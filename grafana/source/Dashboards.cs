namespace LlmTelemetry.Grafana;

/// <summary>The dashboards that we ship, in the order in which a person asks.</summary>
internal static class Dashboards
{
    public static IReadOnlyList<DashboardFile> All { get; } = [LlmSpendDashboard.Make(), ModelsDashboard.Make(), PipelineDashboard.Make()];
}
