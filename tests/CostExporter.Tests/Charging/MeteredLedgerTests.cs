using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What a meter books, through a real store to a report.</summary>
[Collection(PublicMeter.Name)] // Its trackers report to our public meter.
public sealed class MeteredLedgerTests
{
    [Fact]
    public async Task Api_is_a_provider_of_the_ledger_with_its_requests_bytes_cost_and_charge()
    {
        await using var host = await StartAsync("sqlite::memory:");
        var meter = host.Meter();
        using (UsageScope.Begin(user: "ada", feature: "maps"))
        {
            meter.RecordApi(new ApiUsage("geocoding") { Requests = 3, Bytes = 12_000, PricePerRequest = 0.005m, PricePerMegabyte = 0.09m, MarkupPercent = 10 });
            meter.RecordApi(new ApiUsage("geocoding") { Bytes = 3, PricePerMegabyte = 0.00000001m });
        }

        var row = Assert.Single((await host.QueryAsync(SpendDimension.Provider, SpendDimension.Model, SpendDimension.User, SpendDimension.Feature)).Rows);

        Assert.Equal(("geocoding", null, "ada", "maps"), (row[SpendDimension.Provider], row[SpendDimension.Model], row[SpendDimension.User], row[SpendDimension.Feature]));
        Assert.Equal((4, 4, 12_003), (row.Calls, row.UsageOf(UsageBucket.Request), row.UsageOf(UsageBucket.DataByte)));
        Assert.Equal((0, 0, 0), (row.InputTokens, row.OutputTokens, row.Unpriced));
        Assert.Equal((0.015m, 0.00108m, 0.017688m), (row.CostOf(UsageBucket.Request), row.CostOf(UsageBucket.DataByte), row.Charged)); // 0.03 pico-USD for 3 bytes are 0.
    }

    [Fact]
    public async Task Call_that_ended_yesterday_is_in_yesterdays_row()
    {
        await using var host = await StartAsync("sqlite::memory:");
        var call = new MeteredCall { Provider = "openai", Model = "gpt-4o-mini", Tokens = new() { Input = 1_000 } };

        host.Meter().Record(call with { EndedAt = Calls.Noon.AddDays(-1) });
        host.Meter().Record(call with { Cost = 2 });

        var days = (await host.QueryAsync(SpendDimension.Day)).Rows.OrderBy(row => row.Day).Select(row => (row.Day, row.Calls, row.Cost));
        var today = DateOnly.FromDateTime(Calls.Noon.UtcDateTime);
        Assert.Equal([(today.AddDays(-1), 1L, 0.00015m), (today, 1L, 2m)], days);
    }

    [Fact]
    public async Task Redis_keeps_bytes_and_their_cost()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var host = await StartAsync(redis.Address, TimeProvider.System.GetUtcNow());

        host.Meter().RecordApi(new ApiUsage("maps") { Bytes = 1_000_000_000_000_000, PricePerMegabyte = 0.09m });

        var total = (await host.QueryAsync()).Total;
        Assert.Equal((1_000_000_000_000_000, 90_000_000m), (total.UsageOf(UsageBucket.DataByte), total.CostOf(UsageBucket.DataByte)));
    }

    private static async Task<Ledger> StartAsync(string store, DateTimeOffset? now = null)
    {
        var options = new CostExporterOptions { Store = store, Hub = new UsageHub(), Interval = Timeout.InfiniteTimeSpan, TimeProvider = new ManualTime(now ?? Calls.Noon) };
        var host = new CostExporterHost(options);
        await host.StartAsync(subscribe: true, TestContext.Current.CancellationToken);
        return new Ledger(host, options);
    }

    private sealed record Ledger(CostExporterHost Host, CostExporterOptions Options) : IAsyncDisposable
    {
        public UsageMeter Meter() => new(options => (options.Hub, options.TimeProvider) = (Options.Hub, Options.TimeProvider));

        public async Task<UsageReport> QueryAsync(params SpendDimension[] by)
        {
            Assert.Null((await Host.FlushAsync(TestContext.Current.CancellationToken)).Error);
            var today = DateOnly.FromDateTime(Options.TimeProvider.GetUtcNow().UtcDateTime);
            return await Host.Reports.QueryAsync(new() { From = today.AddDays(-2), To = today, By = by }, TestContext.Current.CancellationToken);
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
