using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>An exporter with a hub and a clock of its own, whose reports see everything that was recorded.</summary>
internal sealed class ReportLedger : IAsyncDisposable
{
    private readonly UsageHub _hub;

    private ReportLedger(CostExporterHost host, CostExporterOptions options)
    {
        (Host, _hub) = (host, options.Hub);
        Time = (ManualTime)options.TimeProvider;
    }

    public CostExporterHost Host { get; }

    public ManualTime Time { get; }

    public UsageReports Reports => Host.Reports;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<ReportLedger> StartAsync(string store, DateTimeOffset now, Action<CostExporterOptions>? configure = null)
    {
        var options = new CostExporterOptions { Store = store, Hub = new UsageHub(), Interval = Timeout.InfiniteTimeSpan, TimeProvider = new ManualTime(now) };
        configure?.Invoke(options);
        var host = new CostExporterHost(options);
        await host.StartAsync(subscribe: true, Stop);
        return new ReportLedger(host, options);
    }

    public static Task<ReportLedger> StartAsync(Action<CostExporterOptions>? configure = null) => StartAsync("sqlite::memory:", Calls.Noon, configure);

    public void Publish(in UsageEvent call) => _hub.Publish(in call);

    public void Publish(in MetricEvent figure) => _hub.Publish(in figure);

    /// <summary>A call of a model that costs a pico-dollar for each input token.</summary>
    public void Call(DateTimeOffset at, long tokens, Attribution whose, string operation = "chat", string model = "m", CallOutcome outcome = CallOutcome.Completed)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = tokens;
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = at,
            Operation = operation,
            Provider = "p",
            ResponseModel = model,
            Attribution = whose,
            Outcome = outcome,
        };
        call.SetUsage(in usage);
        call.SetCost(Calls.Cost((UsageBucket.Input, tokens)));
        _hub.Publish(in call);
    }

    /// <summary>A session that ended.</summary>
    public void Session(DateTimeOffset at, double seconds, Attribution whose, string operation = "session") =>
        _hub.Publish(new MetricEvent("session.duration", seconds, "s", at, whose, [new("operation", operation), new("outcome", "completed")]));

    public async Task<UsageReport> QueryAsync(UsageReportQuery query)
    {
        Assert.Null((await Host.FlushAsync(Stop)).Error);
        return await Reports.QueryAsync(query, Stop);
    }

    public async Task<string> RefusalAsync(UsageReportQuery query) => (await Assert.ThrowsAsync<ArgumentException>(() => QueryAsync(query))).Message;

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
