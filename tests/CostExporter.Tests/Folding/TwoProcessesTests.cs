using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class TwoProcessesTests
{
    private const int CallsEach = 3_000;

    [Fact]
    public async Task Two_exporter_processes_on_one_Redis_add_up()
    {
        await using var redis = await RedisServer.StartAsync();
        await AssertTwoAddUpAsync(redis.Address);
        await RedisLedger.AssertEveryKeyExpiresAsync(redis);
    }

    [Fact]
    public async Task Two_exporter_processes_on_one_file_add_up()
    {
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-two-");
        try
        {
            await AssertTwoAddUpAsync("sqlite:" + Path.Combine(folder.FullName, "spend.db"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AssertTwoAddUpAsync(string address)
    {
        var tallies = await Task.WhenAll(RunAsync(address), RunAsync(address));

        var expected = tallies[0] + tallies[1];
        Assert.Equal(2 * CallsEach, expected.Calls);
        foreach (var (grain, users) in await RedisLedger.ReadAsync(address, TestContext.Current.CancellationToken))
        {
            Assert.True(expected == users.Values.Aggregate((sum, user) => sum + user), $"The {grain} rows hold {users.Values.Aggregate((sum, user) => sum + user)}, not {expected}.");
            Assert.Equal(20, users.Count);
        }

        await AssertSessionsAddUpAsync(address, expected);
        await AssertFiguresAddUpAsync(address);
    }

    private static async Task AssertFiguresAddUpAsync(string address)
    {
        await using var reports = await UsageReports.OpenAsync(address, cancellationToken: TestContext.Current.CancellationToken);
        var query = new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today, By = [SpendDimension.User], ByTags = ["kind"] };
        var figures = await reports.QueryMetricsAsync(query, "rating", TestContext.Current.CancellationToken);

        Assert.Equal((2 * CallsEach, 600m), (figures.Totals.Single().Count, figures.Totals.Single().Sum));
        Assert.Equal((10, 2L * CallsEach / 10, 60m), (figures.Rows.Count, figures.Rows[0].Count, figures.Rows[0].Sum));
    }

    // One session that both processes book to, under two tenants, read here: in a third.
    private static async Task AssertSessionsAddUpAsync(string address, Tally expected)
    {
        await using var reports = await UsageReports.OpenAsync(address, cancellationToken: TestContext.Current.CancellationToken);
        var acme = await reports.GetSessionAsync("shared", "acme", TestContext.Current.CancellationToken);
        var none = await reports.GetSessionAsync("shared", null, TestContext.Current.CancellationToken);
        var sum = default(Tally).Plus(acme!.Report.Total.Measures) + default(Tally).Plus(none!.Report.Total.Measures);

        Assert.Equal(expected, sum);
        Assert.Equal(2 * CallsEach / 3, acme.Report.Total.Calls);
        Assert.InRange(acme.LastAt - acme.FirstAt, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        var several = await Assert.ThrowsAsync<InvalidOperationException>(() => reports.GetSessionAsync("shared", TestContext.Current.CancellationToken));
        Assert.Contains("(none), acme", several.Message, StringComparison.Ordinal);
    }

    private static async Task<Tally> RunAsync(string address)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.ExporterProcess.dll");
        await using var process = Server.Start("dotnet", [program, address, CallsEach.ToString(CultureInfo.InvariantCulture)]);
        await Eventually.HoldsAsync(() => Task.FromResult(process.HasExited), "the process ends", TimeSpan.FromSeconds(90));
        Assert.Contains("tally ", process.Output, StringComparison.Ordinal);
        var words = process.Output.Split('\n').Single(line => line.StartsWith("tally ", StringComparison.Ordinal)).Split(' ');
        return new Tally(Parse(words[1]), Parse(words[2]), Parse(words[3]));
    }

    private static Int128 Parse(string word) => Int128.Parse(word, CultureInfo.InvariantCulture);
}
