using System.Globalization;
using LlmTelemetry.BudgetProcess;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>kill -9 of callers and of Redis at random moments: nothing is charged twice, nothing confirmed is lost, nothing stays held.</summary>
public sealed class RedisKillTests(ITestOutputHelper output)
{
    private const int Processes = 3;
    private const int Callers = 8;
    private const int Lifetime = 3_000;

    // While the disk is slow, Redis answers for up to so long before it writes, unless it writes always: what it confirmed then may be lost with it.
    private const long Unsure = 2_500;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1";
    private static readonly int Kills = IsLong ? 150 : 8;

    // So little that there is no room at the end of the run. Where what is certain must be older than a moment, there is room until then.
    private static readonly (int Always, int EverySecond) Limits = IsLong ? (400_000, 1_000_000) : (30_000, 100_000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-killed-");
    private readonly List<KilledLife> _lives = [];
    private readonly List<(long From, long To)> _outages = [];
    private int _limit;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("always")]
    [InlineData("everysec")]
    public async Task Whoever_is_killed_what_was_confirmed_counts_once_and_no_hold_stays(string fsync)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("LLMTELEMETRY_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount & 0xFFFFFF;
        var (random, isDurable) = (new Random(seed), fsync == "always");
        _limit = isDurable ? Limits.Always : Limits.EverySecond;
        await using var redis = await RedisServer.StartAsync("--appendfsync", fsync);
        var callers = Enumerable.Range(0, Processes).Select(_ => Start(redis)).ToArray();
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(callers.All(life => life.Confirmed > 0)), "every process has settled a call", TimeSpan.FromSeconds(60));
            for (var i = 0; i < Kills; i++)
            {
                // Where what was just confirmed may be lost, some must be older than that.
                await Task.Delay(random.Next(20, isDurable ? 400 : 1000), Stop);
                if (i % (isDurable ? 2 : 5) == 0)
                {
                    await KillRedisAsync(redis, random);
                }
                else
                {
                    var which = random.Next(Processes);
                    await callers[which].KillAsync();
                    callers[which] = Start(redis);
                }
            }

            await File.WriteAllTextAsync(End, "", Stop);
            foreach (var life in callers)
            {
                await Eventually.HoldsAsync(() => Task.FromResult(life.HasEnded), $"{life.Name} ends: {life.Tail}", TimeSpan.FromSeconds(60));
            }

            await AssertHoldsAsync(redis, $"seed {seed}, appendfsync {fsync}", isDurable);
        }
        finally
        {
            foreach (var life in _lives)
            {
                await life.DisposeAsync();
            }

            _folder.Delete(recursive: true);
        }
    }

    private string End => Path.Combine(_folder.FullName, "end");

    private KilledLife Start(RedisServer redis)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"life-{_lives.Count}");
        _lives.Add(KilledLife.Start(name, [redis.Address, name, Text(Callers), End, Text(Lifetime), Text(_limit)]));
        return _lives[^1];
    }

    private async Task KillRedisAsync(RedisServer redis, Random random)
    {
        var from = await redis.ClockAsync();
        redis.Process.Signal("KILL");
        await redis.KillAsync();
        await Task.Delay(random.Next(200), Stop);
        await redis.RestartAsync();
        _outages.Add((from - Unsure, await redis.ClockAsync()));
    }

    private async Task AssertHoldsAsync(RedisServer redis, string run, bool isDurable)
    {
        var calls = _lives.SelectMany(life => life.Calls).ToList();
        await using var ledger = RedisBudgets.Open(redis.Address);
        var deadline = await redis.ClockAsync() + Lifetime;
        await Eventually.HoldsAsync(async () => await redis.ClockAsync() > deadline, "the last deadline passes");
        var answer = await ledger.ReadAsync([.. UntilKilled.Lines("", _limit).Where((_, i) => i != 1), .. _lives.Select(life => UntilKilled.Lines(life.Name, _limit)[1])], Stop);
        var summary = string.Create(
            CultureInfo.InvariantCulture,
            $"{run}: {Kills} kills, {_lives.Count} processes, {calls.Count} settlements, {calls.Count(call => call.IsConfirmed)} confirmed, {answer.Lines[0].Used} used of {_limit}, {answer.Expired.Sum(held => held.Holds)} times an expired hold gave room back last");
        output.WriteLine(summary);
        TestContext.Current.SendDiagnosticMessage(summary);

        var certain = 0L;
        for (var i = 0; i < _lives.Count; i++)
        {
            var (used, life) = (answer.Lines[i + 2].Used, _lives[i]);
            var isSure = life.Calls.ToLookup(call => call.IsConfirmed && (isDurable || !_outages.Any(call.Meets)), call => call.Amount);
            var (sure, open) = (isSure[true].Sum(), isSure[false].Where(amount => amount > 0).ToList());
            certain += sure;
            Assert.True(IsSum(open, used - sure), $"{run}: {life.Name} used {used}; {sure} is certain, and of these each may count: {string.Join(' ', open)}.");
        }

        Assert.True(certain > 0, $"{run}: nothing was certain, so nothing is proven.");

        // One that settled after its hold expired had given its room to others.
        var late = calls.Where(call => call.Settled - call.Begun >= Lifetime).Sum(call => call.Amount);
        var errors = Processes * Callers * UntilKilled.Error;
        Assert.InRange(answer.Lines[0].Used, 1, _limit + errors + late);
        Assert.Equal(_lives.Select((_, i) => answer.Lines[i + 2].Used).Sum(), answer.Lines[0].Used);
        Assert.Equal(answer.Lines[0].Used, answer.Lines[1].Used);
        Assert.All(answer.Lines, line => Assert.Equal(0, line.Held));
        Assert.Equal(0, await redis.NumberAsync("EXISTS", "t:{budgets}:holds"));
        await RedisBudgets.AssertEveryKeyExpiresAsync(redis);
    }

    // Whether some of them add up to it.
    private static bool IsSum(IEnumerable<int> amounts, long sum)
    {
        var sums = new HashSet<long> { 0 };
        foreach (var amount in amounts)
        {
            sums.UnionWith(sums.Select(before => before + amount).ToList());
        }

        return sums.Contains(sum);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
