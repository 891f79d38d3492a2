using LlmTelemetry.EndToEnd.Tests.Receiving;
using LlmTelemetry.EndToEnd.Tests.Watching.Applications;
using LlmTelemetry.EndToEnd.Tests.Watching.Ledger;
using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>
/// Everything, connected as we say it should be: three applications -> the Collector -> Prometheus with our rules, the ledger in Redis, llmtelemetry serve
/// that is scraped; beside it a Prometheus that only scrapes. One for the tests of a collection, with traffic of all kinds behind it. Starts when
/// first asked to: a fixture that is made cannot skip a test.
/// </summary>
public sealed class WatchedSystem : IAsyncDisposable
{
    // What each publisher said last: of a user that went to the others meanwhile, it said something before.
    private const string Published = "sum by (job) (llm_ledger_calls{llm_ledger_period=\"month\"} and timestamp(llm_ledger_calls) == on (job, instance) group_left () max by (job, instance) (timestamp(llm_ledger_calls)))";
    private const string OfWhatBroke = "llm_exporter_dropped_total|llm_events_dropped_total|llm_budget_dropped_settlements_total|llm_prices_reloads_total";

    // Fewer than there are, so that there are others.
    private static readonly (string Name, string Value)[] Publishing =
    [
        ("LlmTelemetry__LedgerGaugeUsers", "4"), ("LlmTelemetry__DailyBudgets__total", "0.001"), ("LlmTelemetry__DailyBudgets__provider:anthropic", "0.001"),
        ("LlmTelemetry__DailyBudgets__model:" + ScriptedModels.Sonnet, "0.001"), ("LlmTelemetry__DailyBudgets__user:" + ApplicationTraffic.User, "0.001"),
        ("LlmTelemetry__DailyBudgets__feature:" + ApplicationTraffic.Feature, "0.001"), ("LlmTelemetry__DailyBudgets__tenant:" + ApplicationTraffic.Tenant, "0.001"),
    ];

    private readonly Stack<IAsyncDisposable> _running = new();
    private Task? _started;

    /// <summary>Takes what is pushed, and scrapes the service.</summary>
    internal PrometheusServer Prometheus { get; private set; } = null!;

    /// <summary>Scrapes the service, and nothing else.</summary>
    internal PrometheusServer Scraping { get; private set; } = null!;

    internal LedgerAmounts Ledger { get; private set; } = null!;

    internal ServiceServer Service { get; private set; } = null!;

    /// <summary>The queries that had something to show before there was anything.</summary>
    internal IReadOnlyList<string> ShownOfNothing { get; private set; } = null!;

    internal Task StartAsync() => _started ??= RunAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var server))
        {
            await server.DisposeAsync();
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var redis = Started(await RedisServer.StartAsync());
        var every = new PrometheusTargets { IsQuick = true };
        Prometheus = Started(await PrometheusServer.StartAsync(every, cancellationToken));
        ShownOfNothing = await ShownAsync(Prometheus.Api, cancellationToken);

        Service = Started(await ServiceServer.StartAsync(redis.Address, Publishing));
        Scraping = Started(await PrometheusServer.StartAsync(every with { TakesOtlp = false }, cancellationToken));
        var metricsPort = Server.FreePort();
        var collector = Started(await CollectorServer.StartAsync(Prometheus.OtlpEndpoint, metricsPort, Service.Endpoint.ToString()));
        var shop = Started(ApplicationProcess.Start("shop", collector.Endpoint, redis.Address, [("LlmTelemetry__LedgerGauges", "true"), .. Publishing, .. BudgetTraffic.Settings]));
        var desk = Started(ApplicationProcess.Start("desk", collector.Endpoint, redis.Address, [("LlmTelemetry__LedgerGauges", "true"), .. Publishing]));
        var remote = Started(ApplicationProcess.Start("remote", collector.Endpoint, redis.Address, [(WatchedApplication.SendsEvents, "true")]));
        await Prometheus.ScrapeAsync("otel-collector", $"127.0.0.1:{metricsPort}");
        await Prometheus.ScrapeAsync("llmtelemetry", Service.Endpoint.Authority);
        await Scraping.ScrapeAsync("llmtelemetry", Service.Endpoint.Authority);

        Ledger = Started(await LedgerAmounts.OpenAsync(redis.Address, cancellationToken));
        await Task.WhenAll(shop.DoAsync(ApplicationTraffic.Round), desk.DoAsync(ApplicationTraffic.Few), remote.DoAsync(ApplicationTraffic.Few));
        await AllIsThereAsync(cancellationToken);

        // Once more, some points later: rates need two.
        await Task.WhenAll(shop.DoAsync(ApplicationTraffic.Round), desk.DoAsync(ApplicationTraffic.Few), remote.DoAsync(ApplicationTraffic.Few));
        await AllIsThereAsync(cancellationToken);
        await desk.DoAsync(ApplicationTraffic.Break);
        await desk.DoAsync(ApplicationTraffic.Lose);
        await AllIsThereAsync(cancellationToken);
        await Eventually.HoldsAsync(
            async () => await Prometheus.QueryAsync($"count by (__name__) ({{__name__=~\"{OfWhatBroke}\"}})", cancellationToken) is { Count: 4 },
            "what broke and was lost is in Prometheus",
            TimeSpan.FromMinutes(1));
    }

    // Every call that was counted is in the ledger, and every one of them in Prometheus, by both ways.
    private async Task AllIsThereAsync(CancellationToken cancellationToken)
    {
        var state = "";
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    double booked = (await Ledger.ReadAsync("month", cancellationToken)).Sum(row => row.Calls);
                    var counted = await Prometheus.QueryAsync("sum by (job) (llm_usage_calls_total)", cancellationToken);
                    var published = await Prometheus.QueryAsync(Published, cancellationToken);
                    state = $"{booked} calls are booked; counted: {Told(counted)}; published: {Told(published)}";
                    return counted.Sum(application => application.Value) == booked && published.Count == 3 && published.All(publisher => publisher.Value == booked);
                },
                "what was counted is in the ledger, and in Prometheus",
                TimeSpan.FromMinutes(1));
        }
        catch (TimeoutException)
        {
            Assert.Fail(state);
        }
    }

    private static string Told(IEnumerable<Sample> samples) => string.Join(", ", samples.Select(sample => $"{sample["job"]} {sample.Value}"));

    private static async Task<IReadOnlyList<string>> ShownAsync(PrometheusApi prometheus, CancellationToken cancellationToken)
    {
        List<string> shown = [];
        foreach (var dashboard in GrafanaDashboard.All)
        {
            var choices = await Choices.ReadAsync(dashboard, prometheus, cancellationToken);
            shown.AddRange(choices.OfTheDataSource.Where(offered => offered.Options.Count > 0).Select(offered => $"{dashboard.Uid}, variable {offered.Variable.Name}"));
            foreach (var query in dashboard.Queries)
            {
                if (await prometheus.QueryAsync(choices.All(query), at: null, cancellationToken) is not [])
                {
                    shown.Add(query.Where);
                }
            }
        }

        return shown;
    }

    private T Started<T>(T server)
        where T : IAsyncDisposable
    {
        _running.Push(server);
        return server;
    }
}

/// <summary>The tests that share the one system.</summary>
[CollectionDefinition(Name)]
public sealed class OfTheWatchedSystem : ICollectionFixture<WatchedSystem>
{
    public const string Name = "watched system";
}
