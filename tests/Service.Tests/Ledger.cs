using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>Fills a real ledger through the exporter's public door, as an application does. Its clock stands in November 2026.</summary>
internal static class Ledger
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static async Task FillAsync(string store, Action<CostExporterOptions>? configure = null, params UsageEvent[] calls)
    {
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(options =>
        {
            options.Store = store;
            options.Hub = hub;
            options.TimeProvider = new ManualTime(Noon);
            configure?.Invoke(options);
        });
        foreach (var call in calls)
        {
            hub.Publish(in call);
        }

        Assert.Equal((0L, null), await exporter.FlushAsync(TestContext.Current.CancellationToken) is var flushed ? (flushed.PendingRows, flushed.Error) : default);
    }

    /// <summary>One call, priced by the embedded book: Sonnet 4.5 costs 3 USD per million input tokens and 15 per million output tokens.</summary>
    public static UsageEvent Call(string? user, long input = 1_000, long output = 0, string model = "claude-sonnet-4-5", DateTimeOffset? at = null, Int128? charge = null, Attribution? whose = null)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.Output] = output;
        var isPriced = PriceBook.Embedded.TryQuote("anthropic", model, in usage, at ?? Noon, null, null, out var cost);
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = at ?? Noon,
            Duration = TimeSpan.FromSeconds(0.5),
            Operation = "chat",
            Provider = "anthropic",
            ResponseModel = model,
            ChargePico = charge,
            Attribution = whose ?? new Attribution(user, Feature: "search"),
            Quality = isPriced ? CostQuality.Reported : CostQuality.Unpriced,
        };
        call.SetUsage(in usage);
        if (isPriced)
        {
            call.SetCost(in cost);
        }

        return call;
    }
}
