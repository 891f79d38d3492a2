using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.CostExporter.Tests;

[Collection(PublicMeter.Name)]
public sealed class RealTrackerTests
{
    [Fact]
    public async Task What_the_tracker_meters_makes_the_ledger_that_its_events_would_make()
    {
        await using var process = new MeteredProcess();
        var tally = new Tally();
        using var subscription = process.Options.Hub.Subscribe(tally);
        using var provider = new ScriptedChatClient
        {
            Metadata = new("anthropic", new Uri("https://api.anthropic.com"), "claude-sonnet-4-5"),
            OnResponse = (options, _) => options?.Temperature > 1
                ? throw new InvalidOperationException("Too hot.")
                : Task.FromResult(ScriptedChatClient.Answer(new() { InputTokenCount = 1_000, CachedInputTokenCount = 400, OutputTokenCount = 70 }, options?.ModelId ?? "claude-sonnet-4-5")),
        };
        using var client = provider.UseUsageTracking(options => options.Hub = process.Options.Hub);

        Assert.True(process.Options.Hub.HasLedger, "whoever receives these metrics must know that they are booked");
        for (var i = 0; i < 30; i++)
        {
            using (UsageScope.Begin(user: "user " + (i % 3), feature: "search"))
            {
                await client.GetResponseAsync("Hello", new() { ModelId = i % 5 == 0 ? "secret-model" : null }, TestContext.Current.CancellationToken);
            }

            if (i % 7 == 0)
            {
                process.Collect();
            }
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("Hello", new() { Temperature = 2 }, TestContext.Current.CancellationToken));
        var report = await process.ReportAsync(SpendDimension.User);

        Assert.Equal((31L, 1L, 6L, 1L), (report.Total.Calls, report.Total.Failed, report.Total.Unpriced, report.Total.Unmeasured));
        Assert.Equal((31L, tally.Pico, 30_000L, 2_100L), (tally.Calls, (Int128)(report.Total.Cost!.Value * Cost.PicoPerUsd), report.Total.InputTokens, report.Total.OutputTokens));

        // 24 priced calls of 600 x 3, 400 x 0.30 and 70 x 15 per million USD.
        Assert.Equal(24 * (0.0018m + 0.00012m + 0.00105m), report.Total.Cost);
        Assert.Equal(["user 0", "user 1", "user 2", null], report.Rows.Select(row => row[SpendDimension.User]).Order(Comparer<string?>.Create((a, b) => a is null ? 1 : b is null ? -1 : string.CompareOrdinal(a, b))));
    }

    [Fact]
    public async Task What_the_tracker_charges_reaches_the_ledger_through_its_meter()
    {
        var rules = new MarkupRules { Default = 10, FeatureModes = new Dictionary<string, TrackingMode> { ["secret"] = TrackingMode.None, ["internal"] = TrackingMode.Usage } };
        await using var process = new MeteredProcess(markup: rules);
        using var provider = new ScriptedChatClient
        {
            Metadata = new("anthropic", new Uri("https://api.anthropic.com"), "claude-sonnet-4-5"),
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new() { InputTokenCount = 1_000, OutputTokenCount = 70 }, "claude-sonnet-4-5")),
        };
        using var client = provider.UseUsageTracking(options => (options.Hub, options.Markup) = (process.Options.Hub, rules));
        foreach (var feature in new[] { "search", "internal", "secret", "search" })
        {
            using (UsageScope.Begin(user: "charged", feature: feature))
            {
                await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
            }
        }

        var report = await process.ReportAsync(SpendDimension.User, SpendDimension.Feature);

        // 1,000 x 3 and 70 x 15 per million USD: 0.00405 for each call, and 10 % more for those that are charged on.
        var rows = report.Rows.Where(row => row[SpendDimension.User] == "charged").Select(row => (row[SpendDimension.Feature]!, row.Cost, row.Charged)).Order();
        Assert.Equal([("internal", 0.00405m, null), ("search", 0.0081m, (decimal?)0.00891m)], rows);
    }

    [Fact]
    public async Task What_a_cache_saved_reaches_the_ledger_through_the_trackers_meter()
    {
        await using var process = new MeteredProcess();
        using var provider = new ScriptedChatClient
        {
            Metadata = new("anthropic", new Uri("https://api.anthropic.com"), "claude-sonnet-4-5"),
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new() { InputTokenCount = 1_000, OutputTokenCount = 70 }, "claude-sonnet-4-5")),
        };
        using var inner = provider.UseUsageTracking(options => options.Hub = process.Options.Hub);
        using var client = new OneAnswer(inner).UseUsageTracking(options => (options.Hub, options.SavedCost) = (process.Options.Hub, true));
        using (UsageScope.Begin(user: "saver"))
        {
            for (var i = 0; i < 3; i++)
            {
                await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
            }
        }

        var row = (await process.ReportAsync(SpendDimension.User)).Rows.Single(row => row[SpendDimension.User] == "saver");

        Assert.Equal((1L, 0.00405m, 2L, (decimal?)0.0081m), (row.Calls, row.Cost, row.CacheHits, row.Saved));
    }

    /// <summary>A cache of one answer.</summary>
    private sealed class OneAnswer(IChatClient inner) : DelegatingChatClient(inner)
    {
        private ChatResponse? _kept;

        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            _kept ??= await base.GetResponseAsync(messages, options, cancellationToken);
    }

    private sealed class Tally : IUsageSink
    {
        public long Calls { get; private set; }

        public Int128 Pico { get; private set; }

        public void Record(in UsageEvent usageEvent)
        {
            Calls++;
            Pico += usageEvent.HasCost ? usageEvent.Cost.TotalPico : 0;
        }
    }
}
