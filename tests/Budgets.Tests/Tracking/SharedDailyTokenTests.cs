using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

public sealed class SharedDailyTokenTests : IDisposable
{
    private const int Guards = 4;
    private const int Increments = 250;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-daily-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Many_callers_over_one_redis_get_each_total_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await TotalsAsync(redis.Address);
    }

    [Fact]
    public Task Many_callers_over_one_file_get_each_total_once() => TotalsAsync("sqlite:" + Path.Combine(_folder.FullName, "spend.db"));

    // Were an increment lost, made twice or read apart from its addition, two would have the same total or one would be missing.
    private static async Task TotalsAsync(string store)
    {
        var stop = TestContext.Current.CancellationToken;
        var guards = Enumerable.Range(0, Guards).Select(_ => BudgetGuard.Start(options => (options.Store, options.StoreTimeout) = (store, TimeSpan.FromMinutes(1)))).ToArray();
        try
        {
            var totals = await Task.WhenAll(guards.SelectMany(guard => Enumerable.Range(0, Increments).Select(_ => Task.Run(() => guard.DailyTokens.IncrementAsync(3, stop), stop))));
            var day = await Task.WhenAll(guards.Select(guard => guard.DailyTokens.GetStatsAsync(stop)));

            // Around midnight the day begins anew.
            Assert.SkipWhen(day[0].Usage < totals.Max(), "It became midnight.");
            Assert.Equal(Enumerable.Range(1, Guards * Increments).Select(i => 3L * i), totals.Order());
            Assert.All(day, stats => Assert.Equal(3L * Guards * Increments, stats.Usage));
        }
        finally
        {
            foreach (var guard in guards)
            {
                await guard.DisposeAsync();
            }
        }
    }
}
