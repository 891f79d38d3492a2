using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Quickstart;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Line = LlmTelemetry.EndToEnd.Tests.Quickstart.WorkedFigures.Line;

namespace LlmTelemetry.EndToEnd.Tests.Quickstart;

/// <summary>The README's first command, run as a process: its figures are those of <see cref="WorkedFigures"/>.</summary>
public sealed class QuickstartTests : IDisposable
{
    private const string DefaultFile = "llmtelemetry.db";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-quickstart-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_run_prints_and_stores_the_figures_worked_out_by_hand()
    {
        var ended = await RunAsync();

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        AssertPrinted(ended.Output, runs: 1);
        await AssertStoredAsync("sqlite:" + Path.Combine(_folder.FullName, DefaultFile), runs: 1);
        Assert.Contains("This run:      12 calls, 40,982 input tokens, 3,021 output tokens, $0.171664", ended.Output, StringComparison.Ordinal);
        Assert.Contains("In the store:  12 calls, 40,982 input tokens, 3,021 output tokens, $0.171664", ended.Output, StringComparison.Ordinal);
        Assert.Contains("12 requests reached the loopback endpoint", ended.Output, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder.FullName, DefaultFile), ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_run_says_what_was_cached_what_has_no_price_and_what_was_not_measured()
    {
        var ended = await RunAsync();

        // Read: 6,000 x 0.20 + 9,000 x 0.50 = 5,700 micro-dollars; written: 6,000 x 2.50 + 9,000 x 10 = 105,000.
        Assert.Contains("15,000 tokens read from the provider's cache for $0.005700, 15,000 written to it for $0.105000", ended.Output, StringComparison.Ordinal);
        Assert.Contains("1 call with 1,150 tokens: the price book does not know claude-unlisted-preview", ended.Output, StringComparison.Ordinal);
        Assert.Contains("1 call without any usage reported", ended.Output, StringComparison.Ordinal);
        Assert.Contains("1 call cut before the provider told all of the usage", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', ended.Output);
    }

    [Fact]
    public async Task Second_run_adds_to_the_first()
    {
        await RunAsync();
        var ended = await RunAsync();

        Assert.Contains("(holds 12 calls of earlier runs: this one adds to them)", ended.Output, StringComparison.Ordinal);
        Assert.Equal(0, ended.ExitCode);
        AssertPrinted(ended.Output, runs: 2);
        await AssertStoredAsync("sqlite:" + Path.Combine(_folder.FullName, DefaultFile), runs: 2);
        Assert.Contains("This run:      12 calls, 40,982 input tokens, 3,021 output tokens, $0.171664", ended.Output, StringComparison.Ordinal);
        Assert.Contains("In the store:  24 calls, 81,964 input tokens, 6,042 output tokens, $0.343328", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_gets_the_same_figures()
    {
        await using var redis = await RedisServer.StartAsync();
        var store = string.Create(CultureInfo.InvariantCulture, $"redis:127.0.0.1:{redis.Port}");

        var ended = await RunAsync("--store", store);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        AssertPrinted(ended.Output, runs: 1);
        await AssertStoredAsync(store, runs: 1);
        Assert.False(File.Exists(Path.Combine(_folder.FullName, DefaultFile)));
    }

    [Fact]
    public async Task Sqlite_file_of_another_name_gets_the_run()
    {
        var ended = await RunAsync("--store=sqlite:other.db");

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        await AssertStoredAsync("sqlite:" + Path.Combine(_folder.FullName, "other.db"), runs: 1);
        Assert.Contains("report --by user --store sqlite:other.db", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--stroe", "redis:127.0.0.1:6379")]
    [InlineData("--store", "mongodb://127.0.0.1")]
    [InlineData("--store")]
    [InlineData("redis:127.0.0.1:6379")]
    public async Task Wrong_arguments_end_with_one_line_and_exit_code_2(params string[] arguments)
    {
        var ended = await RunAsync(arguments);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.EndsWith("Usage: " + Arguments.Usage + Environment.NewLine, ended.Error, StringComparison.Ordinal);
        Assert.Single(ended.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Store_that_is_down_ends_with_a_clear_message_and_exit_code_1()
    {
        var ended = await RunAsync("--store", string.Create(CultureInfo.InvariantCulture, $"redis:127.0.0.1:{Server.FreePort()}"));

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("The store redis://127.0.0.1:", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provider_that_cannot_be_reached_ends_with_a_clear_message_and_exit_code_1()
    {
        var ended = await QuickstartProcess.RunAsync(_folder.FullName, [], $"http://127.0.0.1:{Server.FreePort()}", Token);

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("No call succeeded: ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_is_not_there_is_named()
    {
        var ended = await RunAsync("--store", "sqlite:nowhere/llm.db");

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"The store sqlite:nowhere/llm.db cannot be used: There is no folder {Path.Combine(_folder.FullName, "nowhere")}.", ended.Error.TrimEnd());
    }

    [Fact]
    public async Task With_an_api_key_every_request_is_a_call_in_the_ledger_and_carries_none_of_our_keys()
    {
        await using var provider = await LoopbackProvider.StartAsync(ScriptedAnswers.To, Token);

        var ended = await QuickstartProcess.RunAsync(_folder.FullName, [], provider.Address, Token);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        var report = await ReportAsync("sqlite:" + Path.Combine(_folder.FullName, DefaultFile), [SpendDimension.User, SpendDimension.Tenant]);
        Assert.Equal((12, 12), (provider.Requests.Count, report.Total.Calls));
        Assert.Equal((1, 1, 0), (report.Total.Failed, report.Total.Abandoned, report.Total.Unpriced));
        Assert.Contains(report.Rows, row => row[SpendDimension.User] == "eve" && row[SpendDimension.Tenant] == "globex" && row.Calls == 1);
        Assert.All(provider.Requests, body => Assert.DoesNotContain("llm.", body, StringComparison.Ordinal));
        Assert.All(provider.Requests, body => Assert.DoesNotContain("\"eve\"", body, StringComparison.Ordinal));
        Assert.Contains("the provider itself (ANTHROPIC_API_KEY is set)", ended.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<QuickstartProcess.Ended> RunAsync(params string[] arguments) =>
        QuickstartProcess.RunAsync(_folder.FullName, arguments, provider: null, Token);

    private static async Task<UsageReport> ReportAsync(string store, IReadOnlyList<SpendDimension> by)
    {
        await using var reports = await UsageReports.OpenAsync(store, cancellationToken: Token);
        return await reports.QueryAsync(new() { From = reports.Today.AddDays(-1), To = reports.Today, By = by }, Token);
    }

    private static async Task AssertStoredAsync(string store, int runs)
    {
        foreach (var (dimension, expected) in new[]
        {
            (SpendDimension.Provider, WorkedFigures.ByProvider), (SpendDimension.Model, WorkedFigures.ByModel),
            (SpendDimension.User, WorkedFigures.ByUser), (SpendDimension.Feature, WorkedFigures.ByFeature),
        })
        {
            var report = await ReportAsync(store, [dimension]);
            Assert.Equal(
                expected.Select(line => line.Times(runs)),
                report.Rows.Select(row => new Line(
                    row[dimension]!, row.Calls, row.Failed, row.InputTokens, row.UsageOf(UsageBucket.CacheRead), row.OutputTokens, row.Cost, row.Unpriced, row.Unmeasured, row.Partial)));
        }

        var details = await ReportAsync(store, [SpendDimension.Model, SpendDimension.User]);
        foreach (var expected in WorkedFigures.CostByBucket)
        {
            var row = Assert.Single(details.Rows, row => row[SpendDimension.Model] == expected.Model && row[SpendDimension.User] == expected.User);
            Assert.Equal(expected.Input * runs, row.CostOf(UsageBucket.Input));
            Assert.Equal(expected.CacheRead * runs, row.CostOf(UsageBucket.CacheRead));
            Assert.Equal(expected.CacheWrite5m * runs, row.CostOf(UsageBucket.CacheWrite5m));
            Assert.Equal(expected.CacheWrite1h * runs, row.CostOf(UsageBucket.CacheWrite1h));
            Assert.Equal(expected.Output * runs, row.CostOf(UsageBucket.Output));
        }

        Assert.Equal(WorkedFigures.Total.Cost * runs, details.Total.Cost);
    }

    private static void AssertPrinted(string output, int runs)
    {
        foreach (var (title, dimension, expected) in new[]
        {
            ("By provider", "provider", WorkedFigures.ByProvider), ("By model", "model", WorkedFigures.ByModel), ("By user", "user", WorkedFigures.ByUser),
        })
        {
            Line[] lines = [.. expected, WorkedFigures.Total];
            Assert.Equal(lines.Select(line => line.Times(runs)), PrintedTable.Below(title, output).Rows.Select(row => Printed(row, dimension)));
        }

        var buckets = PrintedTable.Below("Cost by bucket", output).Rows;
        foreach (var expected in WorkedFigures.CostByBucket.Append(WorkedFigures.AllBuckets))
        {
            var row = Assert.Single(buckets, row => row["model"] == expected.Model && row["user"] == expected.User);
            Assert.Equal(expected.Input * runs, PrintedTable.Money(row["input"]));
            Assert.Equal(expected.CacheRead * runs, PrintedTable.Money(row["cache_read"]));
            Assert.Equal(expected.CacheWrite5m * runs, PrintedTable.Money(row["cache_write_5m"]));
            Assert.Equal(expected.CacheWrite1h * runs, PrintedTable.Money(row["cache_write_1h"]));
            Assert.Equal(expected.Output * runs, PrintedTable.Money(row["output"]));
        }
    }

    private static Line Printed(IReadOnlyDictionary<string, string> row, string dimension)
    {
        long Count(string heading) => PrintedTable.Count(row[heading]);
        return new(
            row[dimension], Count("calls"), Count("failed"), Count("input"), Count("cached"), Count("output"), PrintedTable.Money(row["cost USD"]),
            Count("unpriced"), Count("unmeasured"), Count("partial"));
    }
}
