using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Every query that we ship, against a real Prometheus that got real telemetry by the real way.</summary>
[Collection(OfTheWatchedSystem.Name)]
public sealed class QueriesTests(WatchedSystem system)
{
    private static readonly TimeSpan[] Steps = [TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)];

    // Of the dashboard that a test is about.
    private Choices? _choices;

    public static TheoryData<string> Dashboards => [.. GrafanaDashboard.All.Select(dashboard => dashboard.Uid)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_shown_of_what_is_absent()
    {
        await system.StartAsync();
        Assert.Empty(system.ShownOfNothing);
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Each_query_of_a_dashboard_returns_data(string uid)
    {
        var dashboard = await ReadAsync(uid);
        await AllReturnDataAsync(dashboard.Queries.Select(query => (query.Where, Asked(query, Choices(query)))));

        IEnumerable<string> Choices(ShippedQuery query) => [_choices!.All(query), .. _choices.Otherwise(query)];
    }

    /// <summary>As Grafana writes what a reader chose: one value, some, all of them one by one.</summary>
    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Each_query_of_a_dashboard_returns_data_for_what_a_reader_chose(string uid)
    {
        var dashboard = await ReadAsync(uid);
        Assert.All(_choices!.OfTheDataSource, offered => Assert.True(offered.Options.Count > 0, $"there is no {offered.Variable.Name} to choose"));
        await AllReturnDataAsync(
            from query in dashboard.Queries
            from offered in _choices.OfTheDataSource
            where query.Variables.Contains(offered.Variable.Name)
            select ($"{query.Where}, with a chosen {offered.Variable.Name}", Asked(query, [_choices.With(query, offered.Variable, offered.Options)])));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Each_query_of_a_dashboard_shows_nothing_or_zero_of_a_value_that_nothing_has(string uid)
    {
        var dashboard = await ReadAsync(uid);
        foreach (var query in dashboard.Queries)
        {
            foreach (var (variable, _) in _choices!.OfTheDataSource.Where(offered => query.Filters.Contains(offered.Variable.Name)))
            {
                var shown = await system.Prometheus.QueryAsync(_choices.WithNone(query, variable), Cancellation);
                Assert.True(shown.All(sample => sample.Value == 0), $"{query.Where} does not care which {variable.Name} is chosen");
            }
        }
    }

    [Fact]
    public async Task Each_rule_returns_data()
    {
        await system.StartAsync();
        await AllReturnDataAsync(AlertRules.All.Select(rule => (rule.Name, (IEnumerable<Func<Task<bool>>>)[() => HasDataAsync(rule.Measured)])));
    }

    [Fact]
    public async Task A_query_without_data_is_found()
    {
        await system.StartAsync();
        Assert.False(await HasDataAsync("llm_usage_calls_total{user_id=\"nobody\"}"));
        Assert.False(await HasDataAsync("0 / (0 * sum(llm_usage_calls_total))"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => HasDataAsync("sum(llm_usage_calls_total"));
    }

    private async Task<GrafanaDashboard> ReadAsync(string uid)
    {
        await system.StartAsync();
        var dashboard = GrafanaDashboard.All.Single(dashboard => dashboard.Uid == uid);
        _choices = await Queries.Choices.ReadAsync(dashboard, system.Prometheus.Api, Cancellation);
        return dashboard;
    }

    // Panels that ask for a line get one, at steps as they come with long and short ranges.
    private IEnumerable<Func<Task<bool>>> Asked(ShippedQuery query, IEnumerable<string> expressions) =>
        from expression in expressions
        from ask in query.IsInstant ? [() => HasDataAsync(expression)] : Steps.Select(step => (Func<Task<bool>>)(() => HasLineAsync(expression, step)))
        select ask;

    // Some take another scrape or evaluation. What is expected to show nothing here must show nothing to the end.
    private static async Task AllReturnDataAsync(IEnumerable<(string Name, IEnumerable<Func<Task<bool>>> Questions)> queries)
    {
        var waiting = queries.ToList();
        Assert.NotEmpty(waiting);
        var quiet = new List<string>();
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    quiet.Clear();
                    foreach (var (name, questions) in waiting)
                    {
                        foreach (var hasData in questions)
                        {
                            if (!await hasData())
                            {
                                quiet.Add(name);
                                break;
                            }
                        }
                    }

                    waiting.RemoveAll(query => !quiet.Contains(query.Name));
                    return quiet.All(QuietQueries.IsOne);
                },
                "every query has data");
        }
        catch (TimeoutException)
        {
            var unexpected = quiet.Where(name => !QuietQueries.IsOne(name)).ToArray();
            Assert.True(unexpected.Length == 0, $"These show nothing:\n{string.Join('\n', unexpected)}");
        }
    }

    private async Task<bool> HasDataAsync(string expression)
    {
        await system.Prometheus.Api.ParseAsync(expression, Cancellation);
        return (await system.Prometheus.QueryAsync(expression, Cancellation)).Any(sample => !double.IsNaN(sample.Value));
    }

    private async Task<bool> HasLineAsync(string expression, TimeSpan step)
    {
        await system.Prometheus.Api.ParseAsync(expression, Cancellation);
        var now = DateTimeOffset.UtcNow;
        return (await system.Prometheus.Api.RangeAsync(expression, now - (30 * step), now, step, Cancellation)).Any(sample => !double.IsNaN(sample.Value));
    }
}
