using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What costs the most, from events to reports, with the store's lists and without.</summary>
public sealed class TopReportTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Calls.Noon.UtcDateTime);
    private static readonly SpendDimension[] Listed = [SpendDimension.User, SpendDimension.Model, SpendDimension.Feature];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_are_the_dearest_and_the_others_are_summed_beside_the_total_of_all()
    {
        await using var ledger = new Ledger("sqlite::memory:");
        await ledger.AddAsync(Call("ada", 5), Call("bob", 4), Call("ada", 1), Call(null, 3), Call("eve", 2), Call("eve", 1, CostQuality.Unpriced));

        var report = await ledger.Reports.TopAsync(SpendDimension.User, Today, Today, 2, cancellationToken: Stop);

        Assert.Equal([("ada", 2L), ("bob", 1L)], report.Rows.Select(row => (row[SpendDimension.User]!, row.Calls)));
        Assert.Equal((3L, 1L), (report.Other!.Calls, report.Other.Unpriced));
        Assert.Equal(report.Total.Cost, report.Other.Cost + report.Rows.Sum(row => row.Cost));
        Assert.Contains("(other)", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("\"other\": {", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_did_not_say_is_a_row_and_nothing_is_beside_all_rows()
    {
        await using var ledger = new Ledger("sqlite::memory:");
        await ledger.AddAsync(Call(null, 5), Call("bob", 4));

        var report = await ledger.Reports.TopAsync(SpendDimension.User, Today, Today, 10, cancellationToken: Stop);

        Assert.Equal([null, "bob"], report.Rows.Select(row => row[SpendDimension.User]));
        Assert.Null(report.Other);
        Assert.DoesNotContain("(other)", report.ToTable(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Answer_is_the_beginning_of_the_whole_report_whatever_the_range_and_the_tenant(string kind)
    {
        await using var redis = kind == "redis" ? await RedisServer.StartAsync() : null;
        await using var ledger = new Ledger(redis?.Address ?? "sqlite::memory:", redis is null ? Calls.Noon : TimeProvider.System.GetUtcNow());
        var random = new Random(20261123);
        string?[] names = [null, "a", "b", "c:d", "e f", "g"];
        await ledger.AddAsync([.. Enumerable.Range(0, 600).Select(_ => Calls.Make(
            user: names[random.Next(6)], model: names[random.Next(6)], feature: names[random.Next(6)], tenant: names[random.Next(3)], input: random.Next(3), output: 0,
            at: ledger.Now.AddDays(-random.Next(45)), quality: random.Next(4) == 0 ? CostQuality.Unpriced : CostQuality.Reported))]);
        var today = ledger.Reports.Today;

        foreach (var (from, to) in new[] { (today, today), (today.AddDays(-9), today.AddDays(-3)), (today.AddDays(-44), today), (new DateOnly(today.Year, 1, 1), today) })
        {
            foreach (var dimension in Listed.Append(SpendDimension.Provider).Append(SpendDimension.Quality))
            {
                foreach (var tenant in new[] { null, "a", "nobody" })
                {
                    var where = new Dictionary<SpendDimension, string?>();
                    if (tenant is not null)
                    {
                        where.Add(SpendDimension.Tenant, tenant);
                    }

                    var whole = await ledger.Reports.QueryAsync(new() { From = from, To = to, By = [dimension], Where = where }, Stop);
                    var top = await ledger.Reports.TopAsync(dimension, from, to, 3, tenant, Stop);

                    Assert.Equal(whole.Rows.Take(3).Select(row => (row[dimension], row.Cost, row.Calls)), top.Rows.Select(row => (row[dimension], row.Cost, row.Calls)));
                    Assert.Equal((whole.Total.Cost, whole.Total.Calls), (top.Total.Cost, top.Total.Calls));
                    Assert.Equal(whole.Rows.Skip(3).Sum(row => row.Calls), top.Other?.Calls ?? 0);
                }
            }
        }
    }

    [Fact]
    public async Task Store_without_lists_is_added_up()
    {
        var store = new RowStore();
        store.Add(Today, new SpendKey("p", "m", "ada", null, null), (SpendMeasure.Calls, 2), (SpendMeasure.Cost(UsageBucket.Input), 7));
        store.Add(Today, new SpendKey("p", "m", "bob", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), 9));
        var reports = new UsageReports(store, TimeZoneInfo.Utc, new ManualTime(Calls.Noon));

        var report = await reports.TopAsync(SpendDimension.User, Today, Today, 1, cancellationToken: Stop);

        Assert.Equal("bob", Assert.Single(report.Rows)[SpendDimension.User]);
        Assert.Equal((2L, 3L), (report.Other!.Calls, report.Total.Calls));
    }

    [Fact]
    public async Task What_has_no_order_of_cost_and_no_count_is_refused()
    {
        var reports = new UsageReports(new RowStore(), TimeZoneInfo.Utc, new ManualTime(Calls.Noon));

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await reports.TopAsync(SpendDimension.User, Today, Today, 0, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(async () => await reports.TopAsync(SpendDimension.Day, Today, Today, 1, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(async () => await reports.TopAsync(SpendDimension.User, Today, Today.AddDays(-1), 1, cancellationToken: Stop));
    }

    private static UsageEvent Call(string? user, long input, CostQuality quality = CostQuality.Reported) => Calls.Make(user: user, input: input, output: 0, quality: quality);

    private sealed class Ledger : IAsyncDisposable
    {
        private readonly CostExporterHost _host;
        private readonly UsageHub _hub = new();

        public Ledger(string store, DateTimeOffset? now = null)
        {
            Now = now ?? Calls.Noon;
            _host = new CostExporterHost(new CostExporterOptions { Store = store, Hub = _hub, Interval = Timeout.InfiniteTimeSpan, TimeProvider = new ManualTime(Now) });
        }

        public DateTimeOffset Now { get; }

        public UsageReports Reports => _host.Reports;

        public async Task AddAsync(params UsageEvent[] calls)
        {
            await _host.StartAsync(subscribe: true, Stop);
            Array.ForEach(calls, call => _hub.Publish(in call));
            Assert.Null((await _host.FlushAsync(Stop)).Error);
        }

        public ValueTask DisposeAsync() => _host.DisposeAsync();
    }
}
