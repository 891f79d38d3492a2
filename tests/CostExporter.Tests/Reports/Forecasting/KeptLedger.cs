using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A ledger in memory behind the exporter's own door, at noon of 22 November 2026.</summary>
internal sealed class KeptLedger : IAsyncDisposable
{
    private readonly UsageHub _hub = new();
    private readonly CostExporterHost _host;

    public KeptLedger(TimeZoneInfo? zone = null, DateTimeOffset? now = null)
    {
        Time = new ManualTime(now ?? Calls.Noon);
        _host = CostExporterHost.Start(options =>
        {
            options.Store = "sqlite::memory:";
            options.Hub = _hub;
            options.TimeProvider = Time;
            options.TimeZone = zone ?? TimeZoneInfo.Utc;
            options.Interval = Timeout.InfiniteTimeSpan;
        });
    }

    public ManualTime Time { get; }

    public UsageReports Reports => _host.Reports;

    public async Task AddAsync(params IEnumerable<UsageEvent> calls)
    {
        foreach (var call in calls)
        {
            _hub.Publish(in call);
        }

        Assert.Null((await _host.FlushAsync(TestContext.Current.CancellationToken)).Error);
    }

    /// <summary>A call that cost so many USD.</summary>
    public static UsageEvent Usd(long usd, DateTimeOffset at, string? feature = "search", long input = 1, string? user = "alice") =>
        Calls.Make(user, at, input: input, output: 0, picoPerInput: usd * (Cost.PicoPerUsd / input), feature: feature);

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
