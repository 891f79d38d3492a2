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
