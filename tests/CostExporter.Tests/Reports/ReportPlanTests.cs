using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class ReportPlanTests
{
    [Theory]
    [InlineData("2026-11-01", "2026-11-30", "Month 2026-11-01..2026-11-01")]
    [InlineData("2026-11-01", "2026-11-29", "Day 2026-11-01..2026-11-29")]
    [InlineData("2026-11-05", "2026-11-05", "Day 2026-11-05..2026-11-05")]
    [InlineData("2026-01-01", "2026-12-31", "Month 2026-01-01..2026-12-01")]
    [InlineData("2026-01-31", "2026-03-01", "Month 2026-02-01..2026-02-01|Day 2026-01-31..2026-01-31|Day 2026-03-01..2026-03-01")]
    [InlineData("2024-02-01", "2024-02-28", "Day 2024-02-01..2024-02-28")]
    [InlineData("2024-02-01", "2024-02-29", "Month 2024-02-01..2024-02-01")]
    [InlineData("0001-01-01", "9999-12-31", "Month 0001-01-01..9999-12-01")]
    [InlineData("9999-11-15", "9999-12-31", "Month 9999-12-01..9999-12-01|Day 9999-11-15..9999-11-30")]
    public void Whole_months_are_read_as_months_and_the_rest_as_days(string from, string to, string expected)
    {
        var reads = ReportPlan.Reads(DateOnly.Parse(from), DateOnly.Parse(to), byDay: false, new HashSet<SpendDimension>());

        Assert.Equal(expected, string.Join('|', reads.Select(read => $"{read.Grain} {read.From:yyyy-MM-dd}..{read.To:yyyy-MM-dd}")));
    }

    [Fact]
    public void A_report_by_day_reads_days_alone()
    {
        var read = Assert.Single(ReportPlan.Reads(new(2026, 1, 1), new(2026, 12, 31), byDay: true, new HashSet<SpendDimension>()));

        Assert.Equal(SpendGrain.Day, read.Grain);
    }

    [Fact]
    public async Task Any_range_has_the_sum_of_its_days_however_it_is_asked()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var store = new RowStore();
            var start = new DateOnly(2025, 11, 1).AddDays(random.Next(120));
            for (var i = random.Next(60); i >= 0; i--)
            {
                store.Add(start.AddDays(random.Next(150)), new("p", "m" + random.Next(3), "u" + random.Next(3), null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Output), random.NextInt64(long.MaxValue)));
            }

            var reports = new UsageReports(store, TimeZoneInfo.Utc, new ManualTime());
            var from = start.AddDays(random.Next(100));
            var to = from.AddDays(random.Next(100));
            var whole = await reports.QueryAsync(new() { From = from, To = to, By = [SpendDimension.User, SpendDimension.Model] }, TestContext.Current.CancellationToken);
            var byDay = await reports.QueryAsync(new() { From = from, To = to, By = [SpendDimension.Day, SpendDimension.Model] }, TestContext.Current.CancellationToken);
            decimal singly = 0;
            for (var day = from; day <= to; day = day.AddDays(1))
            {
                singly += (await reports.QueryAsync(new() { From = day, To = day }, TestContext.Current.CancellationToken)).Total.Cost!.Value;
            }

            var sums = new[] { whole.Total.Cost, byDay.Total.Cost, whole.Rows.Sum(row => row.Cost), byDay.Rows.Sum(row => row.Cost), singly };
            Assert.True(sums.Distinct().Count() == 1, $"seed {seed}, round {round}: {string.Join(", ", sums)}");
        }
    }
}
