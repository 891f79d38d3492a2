using LlmTelemetry.Usage;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

[Collection(PublicMeter.Name)]
public sealed class OwnMetricsTests : IAsyncDisposable
{
    private readonly OwnMeter _own = new();
    private readonly MeteredProcess _process = new();

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _own.Dispose();
    }

    [Fact]
    public async Task The_public_meter_makes_the_same_rows_as_the_events_it_is_made_of()
    {
        _own.Call("ada", input: 100, cost: 0.0003);
        _own.Call("ada", input: 50, cost: 0.00015, outcome: "cancelled", quality: "partial");
        _own.Call("bob", input: 7, quality: "unpriced");
        _own.Call("eve", quality: "unmeasured", outcome: "failed");

        var report = await _process.ReportAsync(SpendDimension.User, SpendDimension.Model, SpendDimension.Feature);

        Assert.Equal(["ada", "bob", "eve"], report.Rows.Select(row => row[SpendDimension.User]));
        var (ada, bob, eve) = (report.Rows[0], report.Rows[1], report.Rows[2]);
        Assert.Equal(("claude-sonnet-4-5", "search"), (ada[SpendDimension.Model], ada[SpendDimension.Feature]));
        Assert.Equal((2L, 1L, 1L, 2_150L, 2_000L), (ada.Calls, ada.Cancelled, ada.Partial, ada.InputTokens, ada.UsageOf(UsageBucket.CacheRead)));
        Assert.Equal((0.00045m, TimeSpan.FromSeconds(1.5)), (ada.CostOf(UsageBucket.Input), ada.AverageDuration));
        Assert.Equal((1L, 1L, 1_007L, null), (bob.Calls, bob.Unpriced, bob.UnpricedTokens, bob.Cost));
        Assert.Equal((1L, 1L, 1L, 0L, null), (eve.Calls, eve.Failed, eve.Unmeasured, eve.InputTokens, eve.Cost));
    }

    [Fact]
    public async Task Cost_beyond_belief_is_left_out_and_stops_nothing()
    {
        _own.Call("ada", cost: 1e18);
        _own.Call("bob", cost: 0.0003);

        var report = await _process.ReportAsync(SpendDimension.User);

        Assert.Equal([("bob", 0.0003m), ("ada", 0m)], report.Rows.Select(row => (row[SpendDimension.User]!, row.Cost ?? -1)));
    }

    [Fact]
    public async Task Sums_over_many_collections_are_those_of_the_counters()
    {
        var random = new Random(20261122);
        var (tokens, pico) = (0L, (Int128)0);
        for (var i = 0; i < 200; i++)
        {
            var call = random.Next(1, 1_000_000_000);
            tokens += call % 1_000;
            pico += call;
            _own.Call("user " + (i % 7), input: call % 1_000, cost: call / 1e12);
            if (i % 3 == 0)
            {
                _process.Collect();
            }
        }

        var total = (await _process.ReportAsync()).Total;

        Assert.Equal((200L, tokens), (total.Calls, total.UsageOf(UsageBucket.Input)));
        Assert.Equal(Cost.ToUsd(pico), total.Cost);
    }

    [Fact]
    public async Task Where_a_sink_takes_the_events_the_meter_made_of_them_counts_nothing()
    {
        using var ignored = new MeasurementSums("LlmTelemetry.CostExporter", "llm.exporter.ignored", "llm.exporter.reason");
        using (_process.Host.Folder.SubscribeTo(_process.Options.Hub))
        {
            Publish("ada");
            _own.Call("ada");

            var total = (await _process.ReportAsync()).Total;
            Assert.Equal((1L, 100L), (total.Calls, total.UsageOf(UsageBucket.Input)));
            Assert.Equal([("sink", 5)], ignored.ByTag); // Calls, duration, cost and two buckets of tokens.
        }
    }

    [Fact]
    public async Task Calls_before_and_after_a_sink_are_taken_from_the_meter_and_those_between_from_the_sink()
    {
        _own.Call("before");
        using (_process.Host.Folder.SubscribeTo(_process.Options.Hub))
        {
            Publish("between");
            _own.Call("between");
        }

        _own.Call("after");

        Assert.Equal([("after", 1L), ("before", 1L), ("between", 1L)], (await _process.ReportAsync(SpendDimension.User)).Rows.Select(row => (row[SpendDimension.User]!, row.Calls)).Order());
    }

    [Fact]
    public async Task What_an_earlier_provider_has_booked_is_not_booked_again()
    {
        _own.Call("ada");
        Assert.Equal(1, (await _process.ReportAsync()).Total.Calls);

        await using var next = new MeteredProcess();
        _own.Call("ada", input: 3, cost: 0.000009);
        _own.Call("bob", input: 4);
        var report = await next.ReportAsync(SpendDimension.User);

        Assert.Equal([("ada", 1L, 3L), ("bob", 1L, 4L)], report.Rows.Select(row => (row[SpendDimension.User]!, row.Calls, row.UsageOf(UsageBucket.Input))).Order());
        Assert.Equal(0.000009m, report.Rows.Single(row => row[SpendDimension.User] == "ada").Cost);
    }

    [Theory]
    [InlineData("anthropic", "claude-sonnet-4-5", "anthropic", "Claude-Sonnet-4-5")]
    [InlineData("azure.ai.openai", "gpt-5.2", "openai", "gpt-5.2")]
    [InlineData("gcp.gemini", "gemini-3-pro", "gcp.gen_ai", "gemini-3-pro")]
    [InlineData("acme", "_other", "acme", "never-heard-of")]
    public async Task What_another_library_says_of_a_model_that_our_tracker_reports_is_the_same_call(string provider, string model, string otherProvider, string otherModel)
    {
        using var ignored = new MeasurementSums("LlmTelemetry.CostExporter", "llm.exporter.ignored", "llm.exporter.reason");
        var library = new OtherLibrary(_process.Foreign);
        _own.Call("ada", model: model, provider: provider);
        library.Call(otherProvider, otherModel, 100, 5);
        library.Call("anthropic", "claude-haiku-4-5", 7, 5);

        var report = await _process.ReportAsync(SpendDimension.Model);

        Assert.Equal([("claude-haiku-4-5", 7L), (model, 100L)], report.Rows.Select(row => (row[SpendDimension.Model]!, row.UsageOf(UsageBucket.Input))).OrderBy(row => row.Item2));
        Assert.Equal([("tracked", 3)], ignored.ByTag); // Durations, input and output.
    }

    [Theory]
    [InlineData("openai", "gpt-4o-mini")] // An agent that shows its client.
    [InlineData(null, "gpt-4o-mini")]
    [InlineData("openai", null)]
    [InlineData(null, null)] // One that hides it, and whose answers do not name their model.
    public async Task What_an_agent_says_of_its_whole_run_is_the_same_calls_once_more(string? provider, string? model)
    {
        using var ignored = new MeasurementSums("LlmTelemetry.CostExporter", "llm.exporter.ignored", "llm.exporter.reason");
        var library = new OtherLibrary(_process.Foreign);
        _own.Call("ada", input: 100, model: "gpt-4o-mini", provider: "openai");
        library.Call("openai", "gpt-4o-mini", 100, 5); // The telemetry client that the agent put around the tracked one,
        library.Call(provider, model, 100, 5); // and the agent's own, which says chat too.

        var report = await _process.ReportAsync(SpendDimension.Model);

        Assert.Equal(("gpt-4o-mini", 1L, 100L), (report.Rows.Single()[SpendDimension.Model], report.Total.Calls, report.Total.UsageOf(UsageBucket.Input)));
        Assert.Equal(provider == "openai" && model is not null ? [("tracked", 3)] : [("tracked", 6)], ignored.ByTag);
    }

    [Fact]
    public async Task Model_that_only_another_library_reports_is_booked_though_its_provider_is_tracked()
    {
        _own.Call("ada", input: 100, model: "gpt-4o-mini", provider: "openai");
        new OtherLibrary(_process.Foreign).Call(null, "claude-haiku-4-5", 7, 5);

        Assert.Equal(107, (await _process.ReportAsync()).Total.UsageOf(UsageBucket.Input));
    }

    [Fact]
    public async Task Our_own_standard_metrics_are_not_booked_beside_the_ones_they_repeat()
    {
        using var meter = new System.Diagnostics.Metrics.Meter("LlmTelemetry");
        new OtherLibrary(meter).Call("anthropic", "claude-sonnet-4-5", 100, 5);

        Assert.Equal(0, (await _process.ReportAsync()).Total.InputTokens);
    }

    [Fact]
    public async Task What_passes_the_cardinality_limit_keeps_its_money()
    {
        await using var process = new MeteredProcess(builder => builder.AddView("llm.usage.*", new MetricStreamConfiguration { CardinalityLimit = 3 }));
        for (var i = 0; i < 10; i++)
        {
            _own.Call("user " + i);
        }

        var report = await process.ReportAsync(SpendDimension.User);

        Assert.Equal((10L, 0.003m, 11_000L), (report.Total.Calls, report.Total.Cost, report.Total.InputTokens));
        Assert.Contains(report.Rows, row => row[SpendDimension.User] == "unattributed" && row.Calls > 0 && row.Cost > 0);
    }

    private void Publish(string user)
    {
        var call = Calls.Make(user: user);
        _process.Options.Hub.Publish(in call);
    }
}
