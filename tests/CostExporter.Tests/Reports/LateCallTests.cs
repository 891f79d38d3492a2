using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Calls that are flushed long after they ended, from the event to the report, through each real store. Time is the real present: Redis expires by its own clock.</summary>
public abstract class LateCallTests
{
    private protected abstract string Address { get; }

    [Fact]
    public async Task Call_counts_in_the_hour_it_ended_however_late_it_is_flushed_and_past_retention_it_is_counted_as_dropped()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var dropped = new MeasurementRecorder(Vocabulary.CostExporter);
        await using var ledger = await ReportLedger.StartAsync(Address, now, options =>
        {
            options.KeyPrefix = "late";
            (options.HourRetention, options.DayRetention, options.MonthRetention) = (TimeSpan.FromDays(2), TimeSpan.FromDays(5), TimeSpan.FromDays(3653));
        });
        var (late, older) = (now.AddHours(-47), now.AddDays(-90));
        ledger.Call(late, 1, new("ada", Session: "s1"));
        ledger.Call(now.AddDays(-4), 10, new("ada", Session: "s1")); // The hour is gone: 1 row.
        ledger.Call(older, 100, new("ada", Session: "s1")); // The hour and the day are gone: 2 rows.

        var hours = await ledger.QueryAsync(ledger.Reports.Last(TimeSpan.FromHours(47)) with { By = [SpendDimension.Session] });
        var days = await ledger.QueryAsync(new() { From = Day(now).AddDays(-5), To = Day(now), By = [SpendDimension.Day] });
        var month = new DateOnly(older.Year, older.Month, 1);
        var months = await ledger.QueryAsync(new() { From = month, To = month.AddMonths(1).AddDays(-1) });

        Assert.Equal((1L, 11L, 100L), (hours.Total.InputTokens, days.Total.InputTokens, months.Total.InputTokens));
        Assert.Equal([(Day(now.AddDays(-4)), 10L), (Day(late), 1L)], days.Rows.Select(row => (row.Day!.Value, row.InputTokens)));
        Assert.Equal(3, dropped.Of(Vocabulary.Metrics.ExporterDropped).Where(one => Equals(one.Tags[Vocabulary.Attributes.Reason], Vocabulary.DropReasons.Expired)).Sum(one => one.Value));
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}

[Collection<ProcessWide>] // What is dropped is counted for the process.
public sealed class SqliteLateCallTests : LateCallTests
{
    private protected override string Address => "sqlite::memory:";
}

[Collection<ProcessWide>]
public sealed class RedisLateCallTests : LateCallTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => _redis!.Address;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync() => await _redis!.DisposeAsync();
}
