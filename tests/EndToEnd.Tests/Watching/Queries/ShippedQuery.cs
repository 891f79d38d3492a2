namespace LlmTelemetry.EndToEnd.Tests.Watching.Queries;

/// <summary>A query of a panel or an annotation, as the dashboard's file has it.</summary>
/// <param name="Where">Dashboard, panel and query: llm-overview, Spend today, A.</param>
/// <param name="Expression">With variables and Grafana's macros still in it.</param>
/// <param name="IsInstant">Asked once, for now; else for a line.</param>
internal sealed record ShippedQuery(string Where, string Expression, bool IsInstant)
{
    /// <summary>The variables that it asks for, Grafana's own left out.</summary>
    public IReadOnlyList<string> Variables => GrafanaText.VariablesIn(Expression);

    /// <summary>Those that choose what is shown, not only whether there is a 0 in the place of nothing.</summary>
    public IReadOnlyList<string> Filters => GrafanaText.VariablesIn(Expression.Split(" or 0 * ")[0]);

    public override string ToString() => Where;
}
