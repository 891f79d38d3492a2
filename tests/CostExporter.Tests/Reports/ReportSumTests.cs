using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>
/// The sum of single days is the range, and both are what was recorded, added up apart from the ledger: for random zones, ranges, filters and grains, through
/// each real store. Time is the real present: Redis expires by its own clock.
/// </summary>
public abstract class ReportSumTests
{
    private const int DaysBack = 20;

    private static readonly string[] Ledgers = ["UTC", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Auckland"];
    private static readonly string[] Asked = ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin", "Asia/Beirut", "America/Sao_Paulo", "Pacific/Apia"];

    private protected abstract string Address { get; }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sum_of_single_days_is_the_range_in_any_zone_with_any_filter(int round)
    {
        var seed = Environment.TickCount + round;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        var now = TimeProvider.System.GetUtcNow();
        await using var ledger = await ReportLedger.StartAsync(Address, now, options =>
        {
            options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById(Pick(Ledgers));
            options.HourRetention = TimeSpan.FromDays(60);
            options.KeyPrefix = "r" + round;
            options.Tags = ["plan"];
        });
        var calls = Enumerable.Range(0, 300).Select(_ => new Recorded(
            now.AddSeconds(-random.Next(DaysBack * 24 * 3600)), random.Next(1, 1 << 30), Pick(["ada", "bob", null]), Pick(["s1", "s2", null]), Pick(["gold", null]), Pick(["m1", "m2"]), Pick(["chat", "embeddings"]))).ToArray();
        foreach (var call in calls)
        {
            ledger.Call(call.At, call.Tokens, new(call.User, Pick(["acme", null]), Session: call.Session, Tags: call.Plan is null ? null : new Dictionary<string, string> { ["plan"] = call.Plan }), call.Operation, call.Model);
        }

        for (var ask = 0; ask < 8; ask++)
        {
            var zone = random.Next(3) == 0 ? null : TimeZoneInfo.FindSystemTimeZoneById(Pick(Asked));
            var days = zone ?? ledger.Reports.TimeZone;
            var to = ReportPlan.DayOf(now, days).AddDays(-random.Next(DaysBack / 2));
            var query = Filtered(new UsageReportQuery { From = to.AddDays(-random.Next(DaysBack / 2)), To = to, TimeZone = zone });
            var expected = calls.Where(call => call.Matches(query)).Where(call => ReportPlan.DayOf(call.At, days) is var day && day >= query.From && day <= query.To).ToArray();

            var whole = await ledger.QueryAsync(query with { By = [Pick([SpendDimension.User, SpendDimension.Model, SpendDimension.Session, SpendDimension.Operation]), SpendDimension.Tenant] });
            var byDay = await ledger.QueryAsync(query with { By = [SpendDimension.Day, SpendDimension.Model] });
            var singly = 0m;
            for (var day = query.From; day <= query.To; day = day.AddDays(1))
            {
                singly += (await ledger.QueryAsync(query with { From = day, To = day })).Total.Cost!.Value;
            }

            var sum = expected.Sum(call => (decimal)call.Tokens) / Cost.PicoPerUsd;
            var sums = new[] { whole.Total.Cost, whole.Rows.Sum(row => row.Cost), byDay.Total.Cost, byDay.Rows.Sum(row => row.Cost), singly };
            Assert.True(Array.TrueForAll(sums, one => one == sum), $"seed {seed}, {days.Id} in {ledger.Reports.TimeZone.Id}, {query.From} to {query.To}: {string.Join(", ", sums)} instead of {sum}");
            Assert.Equal(
                expected.GroupBy(call => ReportPlan.DayOf(call.At, days)).OrderBy(group => group.Key).Select(group => (group.Key, group.Sum(call => call.Tokens))),
                byDay.Rows.GroupBy(row => row.Day!.Value).Select(group => (group.Key, group.Sum(row => row.InputTokens))));
        }

        var last = ledger.Reports.Last(TimeSpan.FromHours(random.Next(1, 24 * DaysBack)));
        Assert.Equal(calls.Where(call => call.At >= last.Since && call.At < last.Until).Sum(call => call.Tokens), (await ledger.QueryAsync(last)).Total.InputTokens);

        T Pick<T>(T[] from) => from[random.Next(from.Length)];

        UsageReportQuery Filtered(UsageReportQuery query) => random.Next(6) switch
        {
            0 => query with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = Pick(["ada", null]) } },
            1 => query with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Session] = Pick(["s1", null]), [SpendDimension.Model] = "m1" } },
            2 => query with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Operation] = Pick(["chat", "embeddings"]) } },
            3 => query with { WhereTags = new Dictionary<string, string?> { ["plan"] = Pick(["gold", null]) } },
            _ => query,
        };
    }

    private sealed record Recorded(DateTimeOffset At, long Tokens, string? User, string? Session, string? Plan, string Model, string Operation)
    {
        public bool Matches(UsageReportQuery query) =>
            query.WhereTags.All(tag => Plan == tag.Value)
            && query.Where.All(one => one.Value == one.Key switch { SpendDimension.User => User, SpendDimension.Session => Session, SpendDimension.Model => Model, _ => Operation });
    }
}

public sealed class SqliteReportSumTests : ReportSumTests
{
    private protected override string Address => "sqlite::memory:";
}

public sealed class RedisReportSumTests : ReportSumTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => _redis!.Address;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync() => await _redis!.DisposeAsync();
}
