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
    public async Task Rows_are_the_dearest_and_the_others_are_one_row_more()
    {
        await using var ledger = new Ledger("sqlite::memory:");
        await ledger.AddAsync(Call("ada", 5), Call("bob", 4), Call("ada", 1), Call(null, 3), Call("eve", 2), Call("eve", 1, CostQuality.Unpriced));

        var report = await ledger.Reports.QueryAsync(TopUsers(2), Stop);

        Assert.Equal([("ada", 2L, 0L, false), ("bob", 1L, 0L, false), (null, 3L, 1L, true)], report.Rows.Select(row => (row[SpendDimension.User], row.Calls, row.Unpriced, row.IsOther)));
        Assert.Equal(report.Total.Cost, report.Rows.Sum(row => row.Cost));
        Assert.Contains("(other)", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("\"other\": true", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_did_not_say_is_a_row_and_nothing_is_beside_all_rows()
    {
        await using var ledger = new Ledger("sqlite::memory:");
        await ledger.AddAsync(Call(null, 5), Call("bob", 4));

        var report = await ledger.Reports.QueryAsync(TopUsers(10), Stop);

        Assert.Equal([(null, false), ("bob", false)], report.Rows.Select(row => (row[SpendDimension.User], row.IsOther)));
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

                    var query = new UsageReportQuery { From = from, To = to, By = [dimension], Where = where };
                    var whole = await ledger.Reports.QueryAsync(query, Stop);
                    var top = await ledger.Reports.QueryAsync(query with { Top = 3 }, Stop);

                    Assert.Equal(whole.Rows.Take(3).Select(row => (row[dimension], row.Cost, row.Calls)), top.Rows.Where(row => !row.IsOther).Select(row => (row[dimension], row.Cost, row.Calls)));
                    Assert.Equal((whole.Total.Cost, whole.Total.Calls), (top.Total.Cost, top.Total.Calls));
                    Assert.Equal(whole.Rows.Skip(3).Sum(row => row.Calls), top.Rows.Where(row => row.IsOther).Sum(row => row.Calls));
                    Assert.Equal(whole.Rows.Count > 3 ? 4 : whole.Rows.Count, top.Rows.Count);
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

        var report = await reports.QueryAsync(TopUsers(1), Stop);

        Assert.Equal([("bob", 1L, false), (null, 2L, true)], report.Rows.Select(row => (row[SpendDimension.User], row.Calls, row.IsOther)));
        Assert.Equal(3, report.Total.Calls);
    }

    [Fact]
    public async Task Lists_answer_only_what_they_hold()
    {
        await using var ledger = new Ledger("sqlite::memory:");
        await ledger.AddAsync(Call("ada", 5), Call("bob", 4), Call("bob", 4), Call("eve", 9, CostQuality.Unpriced));
        UsageReportQuery[] queries =
        [
            TopUsers(1) with { Sort = UsageReportSort.Tokens }, TopUsers(1) with { Sort = UsageReportSort.Name }, TopUsers(1) with { By = [SpendDimension.User, SpendDimension.Model] },
            TopUsers(1) with { By = [SpendDimension.User, SpendDimension.User] }, TopUsers(1) with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Tenant] = null } },
            TopUsers(1) with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "ada" } }, TopUsers(1) with { WhereTags = new Dictionary<string, string?> { ["plan"] = null } },
            TopUsers(1) with { ByTags = ["plan"] }, TopUsers(1) with { Succeeded = true }, TopUsers(1) with { TimeZone = TimeZoneInfo.CreateCustomTimeZone("+1", TimeSpan.FromHours(1), null, null) },
            ledger.Reports.Last(TimeSpan.FromHours(2)) with { By = [SpendDimension.User], Top = 1 },
        ];

        foreach (var query in queries)
        {
            var (whole, top) = (await ledger.Reports.QueryAsync(query with { Top = null }, Stop), await ledger.Reports.QueryAsync(query, Stop));

            Assert.Equal((whole.Rows[0][SpendDimension.User], whole.Rows[0].Calls), (top.Rows[0][SpendDimension.User], top.Rows[0].Calls));
            Assert.Equal((whole.Total.Calls, whole.Total.Cost), (top.Rows.Sum(row => row.Calls), top.Rows.Sum(row => row.Cost)));
        }
    }

    private static UsageReportQuery TopUsers(int count) => new() { From = Today, To = Today, By = [SpendDimension.User], Top = count };

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
