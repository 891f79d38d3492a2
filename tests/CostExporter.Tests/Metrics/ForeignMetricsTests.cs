using System.Diagnostics.Metrics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

[Collection(PublicMeter.Name)]
public sealed class ForeignMetricsTests : IAsyncDisposable
{
    private const string Sonnet = "claude-sonnet-4-5";
    private readonly MeteredProcess _process = new();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [Fact]
    public async Task Calls_of_another_library_are_priced_here_and_marked_as_estimated()
    {
        var library = new OtherLibrary(_process.Foreign);

        // Two collections: 3 calls of 1,000 in and 200 out, then one of 50 and 7.
        for (var i = 0; i < 3; i++)
        {
            library.Call("anthropic", Sonnet, 1_000, 200, seconds: 2);
        }

        _process.Collect();
        library.Call("anthropic", Sonnet, 50, 7, seconds: 4);
        var row = Assert.Single((await _process.ReportAsync(SpendDimension.Provider, SpendDimension.Model)).Rows);

        Assert.Equal(("anthropic", Sonnet), (row[SpendDimension.Provider], row[SpendDimension.Model]));
        Assert.Equal((4L, 0L, 4L), (row.Calls, row.Failed, row.Estimated));
        Assert.Equal((3_050L, 607L), (row.InputTokens, row.OutputTokens));

        // 3,050 x 3 USD and 607 x 15 USD per million.
        Assert.Equal((0.00915m, 0.009105m, 0.018255m), (row.CostOf(UsageBucket.Input), row.CostOf(UsageBucket.Output), row.Cost));
        Assert.Equal(TimeSpan.FromSeconds(2.5), row.AverageDuration);
    }

    [Fact]
    public async Task Calls_of_another_library_are_charged_on_by_the_same_rules()
    {
        using var ignored = new MeasurementSums("LlmTelemetry.CostExporter", "llm.exporter.ignored", "llm.exporter.reason");
        await using var process = new MeteredProcess(markup: new()
        {
            Features = new Dictionary<string, decimal> { ["my-package"] = 10 },
            Providers = new Dictionary<string, decimal> { ["anthropic"] = -50 },
            FeatureModes = new Dictionary<string, TrackingMode> { ["secret"] = TrackingMode.None, ["internal"] = TrackingMode.Usage },
        });
        var library = new OtherLibrary(process.Foreign);
        foreach (var feature in new[] { "my-package", "search", "internal", "secret" })
        {
            library.Tokens.Record(1_000, OtherLibrary.Tags("anthropic", Sonnet, "input", ("llm.feature", feature)));
            library.Tokens.Record(100, OtherLibrary.Tags("anthropic", Sonnet, "output", ("llm.feature", feature)));
        }

        library.Tokens.Record(1_000, OtherLibrary.Tags("acme", "acme-secret-1", "input", ("llm.feature", "my-package")));

        var report = await process.ReportAsync(SpendDimension.Feature, SpendDimension.Provider);

        // 1,000 x 3 and 100 x 15 per million USD: 0.0045.
        Assert.Equal(
            [("internal", "anthropic", 0.0045m, null, 0L), ("my-package", "acme", null, null, 0L), ("my-package", "anthropic", 0.0045m, 0.00495m, 1L), ("search", "anthropic", 0.0045m, (decimal?)0.00225m, 1L)],
            report.Rows.Select(row => (row[SpendDimension.Feature]!, row[SpendDimension.Provider]!, row.Cost, row.Charged, row.ChargedCalls)).Order());
        Assert.Equal(0.0072m, report.Total.Charged);
        Assert.Equal([("not_tracked", 2)], ignored.ByTag);
    }

    [Fact]
    public async Task Many_short_calls_are_not_priced_like_one_long_one()
    {
        var library = new OtherLibrary(_process.Foreign);
        for (var i = 0; i < 30; i++)
        {
            library.Call("anthropic", Sonnet, 100_000, 0);
        }

        // 3 million tokens at 3 USD; above 200,000 tokens in one call they cost 6.
        Assert.Equal(9m, (await _process.ReportAsync()).Total.Cost);
    }

    [Fact]
    public async Task Long_calls_are_priced_at_the_long_context_rate()
    {
        var library = new OtherLibrary(_process.Foreign);
        library.Call("anthropic", Sonnet, 300_000, 1_000);
        library.Call("anthropic", Sonnet, 300_000, 1_000);

        // 600,000 x 6 + 2,000 x 22.50 per million.
        Assert.Equal(3.645m, (await _process.ReportAsync()).Total.Cost);
    }

    [Fact]
    public async Task A_model_without_a_price_has_tokens_and_no_cost()
    {
        var library = new OtherLibrary(_process.Foreign);
        library.Call("acme", "acme-secret-1", 10, 5);
        library.Call("acme", "acme-secret-1", 10, 5);

        var total = (await _process.ReportAsync()).Total;

        Assert.Null(total.Cost);
        Assert.Equal((2L, 2L, 30L, 20L), (total.Calls, total.Unpriced, total.UnpricedTokens, total.InputTokens));
    }

    [Fact]
    public async Task A_call_with_an_error_type_is_failed_and_without_usage()
    {
        var library = new OtherLibrary(_process.Foreign);
        library.Call("anthropic", Sonnet, 10, 5);
        library.Durations.Record(1, new("gen_ai.provider.name", "anthropic"), new("gen_ai.request.model", Sonnet), new("error.type", "429"));

        var total = (await _process.ReportAsync()).Total;

        Assert.Equal((2L, 1L, 1L, 1L), (total.Calls, total.Failed, total.Unmeasured, total.Estimated));
        var rows = (await _process.ReportAsync(SpendDimension.Outcome, SpendDimension.Quality)).Rows;
        Assert.Equal(
            [("completed", "estimated", 1L, 0L), ("failed", "unmeasured", 1L, 1L)],
            rows.Select(row => (row[SpendDimension.Outcome]!, row[SpendDimension.Quality]!, row.Calls, row.Failed)));
        Assert.Equal(0.000105m, total.Cost); // 10 x 3 + 5 x 15 per million.
    }

    [Fact]
    public async Task The_response_model_names_the_row_and_the_request_model_prices_it_where_the_other_is_not_known()
    {
        new OtherLibrary(_process.Foreign).Tokens.Record(100_000, OtherLibrary.Tags("anthropic", Sonnet, "input", ("gen_ai.response.model", "in-house-name")));

        var row = Assert.Single((await _process.ReportAsync(SpendDimension.Model)).Rows);

        Assert.Equal(("in-house-name", 0.3m), (row[SpendDimension.Model], row.Cost));
    }

    [Fact]
    public async Task Users_tenants_and_features_are_kept_where_the_library_says_them()
    {
        new OtherLibrary(_process.Foreign).Tokens.Record(1_000, OtherLibrary.Tags("anthropic", Sonnet, "input", ("user.id", "ada"), ("llm.tenant", "acme"), ("llm.feature", "search")));

        var row = Assert.Single((await _process.ReportAsync(SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature)).Rows);

        Assert.Equal(("ada", "acme", "search"), (row[SpendDimension.User], row[SpendDimension.Tenant], row[SpendDimension.Feature]));
    }

    [Fact]
    public async Task Integers_doubles_and_counters_are_all_read()
    {
        using var ints = new Meter(_process.Foreign.Name, "int");
        ints.CreateHistogram<int>("gen_ai.client.token.usage").Record(100, OtherLibrary.Tags("p", "int", "input"));
        using var doubles = new Meter(_process.Foreign.Name, "double");
        doubles.CreateHistogram<double>("gen_ai.client.token.usage").Record(200, OtherLibrary.Tags("p", "double", "output"));
        using var counters = new Meter(_process.Foreign.Name, "counter");
        counters.CreateCounter<long>("gen_ai.client.token.usage").Add(3_000_000_000, OtherLibrary.Tags("anthropic", Sonnet, "input"));

        var report = await _process.ReportAsync(SpendDimension.Model);

        Assert.Equal([(Sonnet, 3_000_000_000L), ("double", 200L), ("int", 100L)], report.Rows.Select(row => (row[SpendDimension.Model]!, row.InputTokens + row.OutputTokens)));
        Assert.Equal(9_000m, report.Rows[0].Cost); // How many calls it were is not known: the lowest tier.
    }

    [Fact]
    public async Task What_cannot_be_added_up_is_ignored_and_counted_by_its_reason()
    {
        using var ignored = new MeasurementSums("LlmTelemetry.CostExporter", "llm.exporter.ignored", "llm.exporter.reason");
        var library = new OtherLibrary(_process.Foreign);
        library.Tokens.Record(10, OtherLibrary.Tags("anthropic", Sonnet, "input_audio"));
        library.Tokens.Record(10, OtherLibrary.Tags("anthropic", Sonnet, "input", ("gen_ai.operation.name", "invoke_agent")));
        library.Durations.Record(10, OtherLibrary.Tags("anthropic", Sonnet, "input", ("gen_ai.operation.name", "execute_tool")));
        using var other = new Meter(_process.Foreign.Name, "nan");
        other.CreateCounter<double>("gen_ai.client.token.usage").Add(double.NaN, OtherLibrary.Tags("anthropic", Sonnet, "input"));
        using var gauge = new Meter(_process.Foreign.Name, "gauge");
        gauge.CreateGauge<long>("gen_ai.client.token.usage").Record(5, OtherLibrary.Tags("anthropic", Sonnet, "input"));

        var total = (await _process.ReportAsync()).Total;

        Assert.Equal((0L, 0L, 0m), (total.Calls, total.InputTokens, total.Cost));
        Assert.Equal([("not_a_sum", 2), ("not_inference", 2), ("token_type", 1)], ignored.ByTag);
    }

    [Fact]
    public async Task What_passes_the_cardinality_limit_is_booked_as_unattributed()
    {
        await using var process = new MeteredProcess(builder => builder.AddView("gen_ai.client.token.usage", new MetricStreamConfiguration { CardinalityLimit = 3 }));
        var library = new OtherLibrary(process.Foreign);
        for (var i = 0; i < 10; i++)
        {
            library.Tokens.Record(100, OtherLibrary.Tags("anthropic", Sonnet, "input", ("user.id", "user " + i)));
        }

        var report = await process.ReportAsync(SpendDimension.User, SpendDimension.Feature, SpendDimension.Model);

        Assert.Equal(1_000, report.Total.InputTokens);
        var overflow = Assert.Single(report.Rows, row => row[SpendDimension.User] == "unattributed");
        Assert.Equal(("unattributed", null), (overflow[SpendDimension.Feature], overflow[SpendDimension.Model]));
        Assert.Null(overflow.Cost);
        Assert.Equal(1_000 - (100 * (report.Rows.Count - 1)), overflow.UnpricedTokens);
        Assert.True(overflow.InputTokens > 0);
    }

    [Fact]
    public async Task A_store_that_fails_loses_nothing()
    {
        var library = new OtherLibrary(_process.Foreign);
        _process.Store.Failure = new TimeoutException("The store is away.");
        for (var i = 0; i < 5; i++)
        {
            library.Call("anthropic", Sonnet, 1_000, 0);
            _process.Collect(isSent: false);
            Assert.NotNull((await _process.Host.FlushAsync(TestContext.Current.CancellationToken)).Error);
        }

        _process.Store.Failure = null;
        await Eventually.HoldsAsync(async () => (await _process.Host.FlushAsync(TestContext.Current.CancellationToken)).PendingRows == 0, "everything is sent");

        var total = (await _process.QueryAsync()).Total;
        Assert.Equal((5L, 0.015m), (total.Calls, total.Cost));
    }

    [Fact]
    public async Task Garbage_is_left_out_and_stops_nothing()
    {
        var library = new OtherLibrary(_process.Foreign);
        library.Call("anthropic", Sonnet, 900_000_000_000_000_000, 900_000_000_000_000_000);
        library.Call("anthropic", "claude-haiku-4-5", 1_000, 0);

        var report = await _process.ReportAsync(SpendDimension.Model);

        Assert.Equal([("claude-haiku-4-5", 1_000L, 0.001m), (Sonnet, 0L, 0m)], report.Rows.Select(row => (row[SpendDimension.Model]!, row.InputTokens, row.Cost ?? -1)));
    }
}
