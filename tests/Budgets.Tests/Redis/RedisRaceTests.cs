using System.Globalization;
using LlmTelemetry.BudgetProcess;
using LlmTelemetry.TestKit;
using Xunit.Sdk;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>64 callers in four processes want what a limit has, beside other limits, on a real Redis: exactly as many get it as it has room for.</summary>
public sealed class RedisRaceTests(ITestOutputHelper output)
{
    private const int Processes = 4;
    private const int Callers = 16;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1";

    // ./test.sh --long. A seed of an earlier run is tried again with LLMTELEMETRY_SEED.
    private static readonly int Seeds = IsLong ? 200 : 12;

    private static int FirstSeed =>
        int.TryParse(Environment.GetEnvironmentVariable("LLMTELEMETRY_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Environment.TickCount & 0xFFFFFF;

    [Fact]
    public async Task Exactly_as_many_are_admitted_as_there_is_room_for()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        var first = FirstSeed;

        var races = await RunAsync(redis, first, Seeds, AlteredScripts.Own);

        var summary = $"{races.Count} seeds from {first}: {races.Values.Sum()} calls admitted";
        output.WriteLine(summary);
        TestContext.Current.SendDiagnosticMessage(summary);
        await AssertExactAsync(redis, races);
        await RedisBudgets.AssertEveryKeyExpiresAsync(redis);
    }

    [Theory]
    [InlineData(AlteredScripts.Unchecked)]
    [InlineData(AlteredScripts.Unheld)]
    public async Task Script_without_the_check_or_the_hold_is_noticed(string scripts)
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        var first = FirstSeed;

        var races = await RunAsync(redis, first, 6, scripts);

        output.WriteLine($"6 seeds from {first}: {races.Values.Sum()} calls admitted, {races.Keys.Sum(seed => RacePlan.Of(seed).Admits)} had room");
        Assert.Contains(races, race => race.Value > RacePlan.Of(race.Key).Admits);
        await Assert.ThrowsAnyAsync<XunitException>(() => AssertExactAsync(redis, races));
    }

    private static async Task AssertExactAsync(RedisServer redis, SortedDictionary<int, int> races)
    {
        foreach (var (seed, admitted) in races)
        {
            var plan = RacePlan.Of(seed);
            Assert.True(admitted == plan.Admits, $"{plan}: {admitted} calls were admitted.");
            await using var ledger = RedisBudgets.Open(redis.Address, plan.Prefix);
            var answer = await ledger.ReadAsync(plan.Lines, TestContext.Current.CancellationToken);
            for (var i = 0; i < plan.Lines.Count; i++)
            {
                var all = plan.Admits * plan.Lines[i].Amount;
                var (used, held) = plan.Mode == RaceMode.Hold ? (0L, all) : (all, 0L);
                Assert.True((used, held) == (answer.Lines[i].Used, answer.Lines[i].Held), $"{plan}: limit {i} has {answer.Lines[i]}.");
            }
        }
    }

    /// <summary>How many calls were admitted in each race.</summary>
    private static async Task<SortedDictionary<int, int>> RunAsync(RedisServer redis, int first, int count, string scripts)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.BudgetProcess.dll");
        string[] arguments = [program, Race.Word, redis.Address, Text(first), Text(count), Text(Processes), Text(Callers), scripts];
        var processes = Enumerable.Range(0, Processes).Select(_ => Server.Start("dotnet", arguments)).ToArray();
        try
        {
            var races = new SortedDictionary<int, int>();
            foreach (var process in processes)
            {
                await Eventually.HoldsAsync(() => Task.FromResult(process.HasExited), "a process has run its races", TimeSpan.FromMinutes(IsLong ? 10 : 1));
                var lines = process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Assert.True(lines.Length == count, process.Output);
                foreach (var words in lines.Select(line => line.Split(' ')))
                {
                    var seed = int.Parse(words[0], CultureInfo.InvariantCulture);
                    races[seed] = races.GetValueOrDefault(seed) + int.Parse(words[1], CultureInfo.InvariantCulture);
                }
            }

            return races;
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
