using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>An exporter with a hub, a clock, a log and a store of its own.</summary>
internal sealed class ExporterUnderTest : IAsyncDisposable
{
    private ExporterUnderTest(FlakySpendStore store, CostExporterOptions options, ManualTime time)
    {
        Store = store;
        Time = time;
        Hub = options.Hub;
        Host = new CostExporterHost(options, Log, store, new Random(1));
    }

    public FlakySpendStore Store { get; }

    public ManualTime Time { get; }

    public UsageHub Hub { get; }

    public ListLogger<CostExporterHost> Log { get; } = new();

    public CostExporterHost Host { get; }

    public static async Task<ExporterUnderTest> StartAsync(Action<CostExporterOptions>? configure = null, FlakySpendStore? store = null)
    {
        var time = new ManualTime(Calls.Noon);
        var options = new CostExporterOptions { Hub = new UsageHub(), TimeProvider = time };
        configure?.Invoke(options);
        var exporter = new ExporterUnderTest(store ?? new FlakySpendStore(), options, time);
        await exporter.Host.StartAsync(subscribe: true, TestContext.Current.CancellationToken);
        return exporter;
    }

    public void Call(string user = "alice", string? tenant = null, long input = 100)
    {
        var call = Calls.Make(user: user, tenant: tenant, input: input);
        Hub.Publish(in call);
    }

    public Task<FlushResult> FlushAsync() => Host.FlushAsync(TestContext.Current.CancellationToken);

    /// <summary>Moves the clock on, a little at a time as pauses and limits begin while it moves, until the condition holds.</summary>
    public Task PassTimeUntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            if (condition())
            {
                return Task.FromResult(true);
            }

            Time.Advance(TimeSpan.FromSeconds(0.5));
            return Task.FromResult(false);
        },
        what);

    public static Task UntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(() => Task.FromResult(condition()), what);

    public async ValueTask DisposeAsync()
    {
        var ending = Host.DisposeAsync().AsTask();
        await PassTimeUntilAsync(() => ending.IsCompleted, "the exporter ends");
        await ending;
    }
}
