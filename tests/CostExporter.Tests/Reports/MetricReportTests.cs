using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>From further figures to their reports, and nowhere else, through each real store. Time starts at the real present: Redis expires by its own clock.</summary>
public abstract class MetricReportTests
{
    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected abstract string Address { get; }

    private protected ManualTime Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected UsageHub Hub { get; } = new();

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task Tenths_add_up_to_the_whole_in_every_grain_and_whatever_they_are_apart_by()
    {
        await using var exporter = await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            Record("rating", 0.1, "{point}", new(User: $"u{i % 2}", Tenant: i % 3 == 0 ? "acme" : null, Session: $"s{i}"));
            await exporter.FlushAsync(Stop); // Added up by the store, not in one batch.
        }

        foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [SpendDimension.Day], [SpendDimension.Session], [SpendDimension.Tenant, SpendDimension.Feature] })
        {
            var report = await exporter.Reports.QueryMetricsAsync(Query(by: by), "rating", Stop);
            var total = Assert.Single(report.Totals);
            Assert.Equal(("rating", "{point}", 10L, 1m, 0.1m), (total.Metric, total.Unit, total.Count, total.Sum, total.Average));
            Assert.Equal((10L, 1m), (report.Rows.Sum(row => row.Count), report.Rows.Sum(row => row.Sum)));
            Assert.Equal(by is [] or [SpendDimension.Day] ? 1 : by is [SpendDimension.Session] ? 10 : 2, report.Rows.Count);
        }

        var month = await exporter.Reports.QueryMetricsAsync(new() { From = new(Today.Year, Today.Month, 1), To = new(Today.Year, Today.Month, DateTime.DaysInMonth(Today.Year, Today.Month)) }, "rating", Stop);
        Assert.Equal(1m, Assert.Single(month.Rows).Sum);
    }

    [Fact]
    public async Task Negative_figures_fractions_and_zeros_have_their_exact_sum_and_mean()
    {
        await using var exporter = await StartAsync();
        foreach (var value in new[] { -2.5, 0.000000001, 999_999_999_999_999, -0.25, 0, -999_999_999_999_999, 1e-12 })
        {
            Record("balance", value);
        }

        await exporter.FlushAsync(Stop);
        var row = Assert.Single((await exporter.Reports.QueryMetricsAsync(Query(), cancellationToken: Stop)).Rows);
        Assert.Equal(("balance", null, 7L, -2.749999999m, -0.392857143m), (row.Metric, row.Unit, row.Count, row.Sum, row.Average));
    }

    [Fact]
    public async Task Figures_are_in_no_report_of_usage_no_session_and_no_sum_beside_the_rows()
    {
        await using var exporter = await StartAsync();
        Record("rating", 5, attribution: new("bob", Session: "s1"));
        var call = Calls.Make(user: "ann", at: Time.GetUtcNow());
        Hub.Publish(in call);
        await exporter.FlushAsync(Stop);

        foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [SpendDimension.Model], [SpendDimension.User, SpendDimension.Model], [SpendDimension.Session], [SpendDimension.Day] })
        {
            var report = await exporter.Reports.QueryAsync(Query(by: by), Stop);
            Assert.Equal((1L, by.Length == 0 ? 0 : 1), (report.Total.Calls, report.Rows.Count));
            Assert.DoesNotContain("bob", report.ToJson(), StringComparison.Ordinal);
        }

        Assert.Null(await exporter.Reports.GetSessionAsync("s1", Stop));
        Assert.Equal(5m, Assert.Single((await exporter.Reports.QueryMetricsAsync(Query(by: [SpendDimension.Session]), cancellationToken: Stop)).Rows).Sum);
    }

    [Fact]
    public async Task Each_dimension_and_each_tag_is_a_column_and_a_filter()
    {
        await using var exporter = await StartAsync(o => o.Tags = ["plan"]);
        var full = new Attribution("ada", "acme", "search", "talk", "s1", "gold", new Dictionary<string, string> { ["plan"] = "pro" }, "app1", "staging");
        Record("wait", 1.5, "s", full, ("route", "a|b"), ("plan", "of the figure"));
        Record("wait", 0.5, "s", full, ("route", "c"));
        Record("wait", 4, "s");
        Record("wait", 8, "ms");
        await exporter.FlushAsync(Stop);

        foreach (var (dimension, value) in new[]
        {
            (SpendDimension.User, "ada"), (SpendDimension.Tenant, "acme"), (SpendDimension.Feature, "search"), (SpendDimension.Conversation, "talk"), (SpendDimension.Session, "s1"),
            (SpendDimension.Tier, "gold"), (SpendDimension.Client, "app1"), (SpendDimension.Environment, "staging"),
        })
        {
            var report = await exporter.Reports.QueryMetricsAsync(Query(by: [dimension]), "wait", Stop);
            Assert.Equal([("ms", null, 8m), ("s", null, 4m), ("s", value, 2m)], report.Rows.Select(row => (row.Unit, row[dimension], row.Sum)));
            var only = await exporter.Reports.QueryMetricsAsync(Query() with { Where = new Dictionary<SpendDimension, string?> { [dimension] = value } }, "wait", Stop);
            Assert.Equal([("s", (string?)null, 2m)], only.Rows.Select(row => (row.Unit!, row[dimension], row.Sum)));
        }

        var tags = await exporter.Reports.QueryMetricsAsync(Query() with { ByTags = ["plan", "route"], WhereTags = new Dictionary<string, string?> { ["plan"] = "pro" } }, "wait", Stop);
        Assert.Equal([("pro", "c", 0.5m)], tags.Rows.Select(row => (row.Tag("plan"), row.Tag("route"), row.Sum)));
        var routes = await exporter.Reports.QueryMetricsAsync(Query() with { ByTags = ["route"] }, "wait", Stop);
        Assert.Equal([("ms", null, 8m), ("s", null, 4m), ("s", "a|b", 1.5m), ("s", "c", 0.5m)], routes.Rows.Select(row => (row.Unit, row.Tag("route"), row.Sum)));
        var other = await exporter.Reports.QueryMetricsAsync(Query(), "other", Stop);
        Assert.Empty(other.Rows);
        Assert.EndsWith("No figures match. Names are compared letter by letter.\n", other.ToTable(), StringComparison.Ordinal);
        Assert.DoesNotContain("No figures", tags.ToTable(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_figures_do_not_have_is_refused_with_its_name()
    {
        await using var exporter = await StartAsync();

        foreach (var (dimension, name) in new[] { (SpendDimension.Provider, "provider"), (SpendDimension.Model, "model"), (SpendDimension.Operation, "operation") })
        {
            var refusal = await Assert.ThrowsAsync<ArgumentException>(() => exporter.Reports.QueryMetricsAsync(Query(by: [dimension]), cancellationToken: Stop));
            Assert.Contains($"no {name}:", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Figure_that_cannot_be_added_up_is_left_out_and_stops_nothing()
    {
        await using var exporter = await StartAsync();
        foreach (var value in new[] { double.NaN, double.PositiveInfinity, 1e15, -1e300 })
        {
            Record("rating", value);
        }

        Record("\u0001", 1);
        Record("rating", 3);
        Assert.Equal((0L, null), await exporter.FlushAsync(Stop) is var flushed ? (flushed.PendingRows, flushed.Error) : default);

        Assert.Equal([(1L, 3m)], (await exporter.Reports.QueryMetricsAsync(Query(), cancellationToken: Stop)).Rows.Select(row => (row.Count, row.Sum)));
    }

    private protected async Task<CostExporterHost> StartAsync(Action<CostExporterOptions>? configure = null)
    {
        var options = new CostExporterOptions { Store = Address, Hub = Hub, TimeProvider = Time, Interval = Timeout.InfiniteTimeSpan };
        configure?.Invoke(options);
        var exporter = new CostExporterHost(options);
        await exporter.StartAsync(subscribe: true, Stop);
        return exporter;
    }

    private protected void Record(string name, double value, string? unit = null, Attribution attribution = default, params (string Key, string Value)[] tags) =>
        Hub.Publish(new MetricEvent(name, value, unit, Time.GetUtcNow(), attribution, [.. tags.Select(tag => new KeyValuePair<string, string>(tag.Key, tag.Value))]));

    private UsageReportQuery Query(params SpendDimension[] by) => new() { From = Today, To = Today, By = by };
}

public sealed class SqliteMetricReportTests : MetricReportTests
{
    private protected override string Address => "sqlite::memory:";
}

public sealed class RedisMetricReportTests : MetricReportTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => _redis!.Address;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync() => await _redis!.DisposeAsync();

    [Fact]
    public async Task Figures_are_in_hashes_of_their_own_that_expire_and_a_report_of_all_users_reads_one_of_them()
    {
        await using var exporter = await StartAsync();
        Record("rating", 5, attribution: new("bob", "acme"));
        Record("rating", 6, attribution: new("eve", "acme"));
        await exporter.FlushAsync(Stop);

        var day = $"llm:{{=acme:0}}:d:{Time.GetUtcNow():yyyyMMdd}";
        Assert.Equal(":1\r\n", await _redis!.CommandAsync("HLEN", day + ":figures"));
        Assert.Equal(":2\r\n", await _redis.CommandAsync("HLEN", day + ":figures_by_user"));
        Assert.DoesNotContain(":by_user\r\n", (await _redis.CommandAsync("KEYS", "*")).Replace("figures_by_user", "figures", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(":u:", await _redis.CommandAsync("KEYS", "*"), StringComparison.Ordinal);
        await RedisLedger.AssertEveryKeyExpiresAsync(_redis);
    }
}
