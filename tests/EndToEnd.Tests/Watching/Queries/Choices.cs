namespace LlmTelemetry.EndToEnd.Tests.Watching.Queries;

/// <summary>What the variables of a dashboard offer now, and how queries are filled with what a reader chose.</summary>
internal sealed class Choices
{
    /// <summary>No value that anything has.</summary>
    private const string Nothing = "nothing-has-this";

    private readonly Dictionary<string, string> _all = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (GrafanaVariable Variable, IReadOnlyList<string> Options)> _offered = new(StringComparer.Ordinal);

    private Choices()
    {
    }

    public static async Task<Choices> ReadAsync(GrafanaDashboard dashboard, PrometheusApi prometheus, CancellationToken cancellationToken)
    {
        var choices = new Choices();
        foreach (var variable in dashboard.Variables)
        {
            var options = await variable.OptionsAsync(prometheus, choices._all, cancellationToken);
            choices._offered[variable.Name] = (variable, options);
            choices._all[variable.Name] = variable.All(options);
        }

        return choices;
    }

    /// <summary>The variables whose values come from the data source, with what it has.</summary>
    public IEnumerable<(GrafanaVariable Variable, IReadOnlyList<string> Options)> OfTheDataSource => _offered.Values.Where(offered => offered.Variable.IsOfTheDataSource);

    /// <summary>The query with All in every variable.</summary>
    public string All(ShippedQuery query) => GrafanaText.Fill(query.Expression, _all);

    /// <summary>The query with these values of one variable, and All of the others.</summary>
    public string With(ShippedQuery query, GrafanaVariable variable, params IReadOnlyList<string> values) =>
        GrafanaText.Fill(query.Expression, new Dictionary<string, string>(_all, StringComparer.Ordinal) { [variable.Name] = variable.Of(values) });

    /// <summary>The query with a value of one variable that no series has.</summary>
    public string WithNone(ShippedQuery query, GrafanaVariable variable) => With(query, variable, Nothing);

    /// <summary>The query with each other value of those variables that are no label's: intervals, periods.</summary>
    public IEnumerable<string> Otherwise(ShippedQuery query) =>
        from offered in _offered.Values
        where !offered.Variable.IsOfTheDataSource && query.Variables.Contains(offered.Variable.Name)
        from option in offered.Options.Skip(1)
        select With(query, offered.Variable, option);
}
