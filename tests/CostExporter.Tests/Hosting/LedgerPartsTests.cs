using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Sums and single sessions, each switched off.</summary>
public sealed class LedgerPartsTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly UsageReportQuery Today = new() { From = DateOnly.FromDateTime(Now.UtcDateTime), To = DateOnly.FromDateTime(Now.UtcDateTime) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite", true, false)]
    [InlineData("sqlite", false, true)]
    [InlineData("sqlite", false, false)]
    [InlineData("redis", true, false)]
    [InlineData("redis", false, true)]
    [InlineData("redis", false, false)]
    public async Task What_is_switched_off_is_not_kept_and_its_report_says_so_also_to_another_process(string kind, bool aggregates, bool sessions)
    {
        await using var redis = kind == "redis" ? await RedisServer.StartAsync() : null;
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-parts-");
        try
        {
            var address = redis?.Address ?? $"sqlite:{Path.Combine(folder.FullName, "ledger.db")}";
            var hub = new UsageHub();
            await using var exporter = new CostExporterHost(new CostExporterOptions
            {
                Store = address,
                Hub = hub,
                Interval = Timeout.InfiniteTimeSpan,
                TimeProvider = new ManualTime(Now),
                Aggregates = aggregates,
                LiveSessions = sessions,
            });
            await exporter.StartAsync(subscribe: true, Stop);
            hub.Publish(Calls.Make(user: "ada", at: Now));
            hub.Publish(Calls.Make(user: "ada", at: Now) with { Attribution = new Attribution("ada", Session: "s1") });
            Assert.Null((await exporter.FlushAsync(Stop)).Error);
            await using var other = await UsageReports.OpenAsync(address, cancellationToken: Stop);

            foreach (var reports in new[] { exporter.Reports, other })
            {
                await CheckAsync(aggregates, "Aggregates", async () => (await reports.QueryAsync(Today, Stop)).Total.Calls, 2);
                await CheckAsync(aggregates, "Aggregates", async () => (await reports.QueryAsync(Today with { By = [SpendDimension.User], Top = 1 }, Stop)).Total.Calls, 2);
                await CheckAsync(sessions, "LiveSessions", async () => (await reports.GetSessionAsync("s1", Stop))!.Report.Total.Calls, 1);
            }

            if (redis is not null)
            {
                Assert.Equal(sessions, (await redis.CommandAsync("EXISTS", "llm:{:0}:s:=s1")).StartsWith(":1", StringComparison.Ordinal));
                Assert.Equal(aggregates, (await redis.CommandAsync("EXISTS", $"llm:{{:0}}:d:{Now:yyyyMMdd}:by_user")).StartsWith(":1", StringComparison.Ordinal));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CheckAsync(bool isKept, string option, Func<Task<long>> read, long calls)
    {
        if (isKept)
        {
            Assert.Equal(calls, await read());
            return;
        }

        Assert.Contains(option, (await Assert.ThrowsAsync<InvalidOperationException>(read)).Message, StringComparison.Ordinal);
    }
}
