using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Receivers that are killed while they book, two at a time, and whose deliveries come again: nothing is lost, nothing is there twice.</summary>
public sealed class KilledReceiverTests : IAsyncLifetime
{
    private const int Deliveries = 60;
    private const int Receivers = 2;

    private static readonly int Seeds = Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1" ? 200 : 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-killed-");
    private RedisServer? _redis;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Receivers_killed_between_store_and_answer_lose_nothing_and_count_nothing_twice_in_Redis() => await RunAsync(_ => _redis!.Address, Seeds / 2);

    [Fact]
    public async Task Receivers_killed_between_store_and_answer_lose_nothing_and_count_nothing_twice_in_SQLite() =>
        await RunAsync(seed => $"sqlite:{Path.Combine(_folder.FullName, $"{seed}.db")}", Seeds / 2);

    private async Task RunAsync(Func<int, string> address, int seeds)
    {
        var (kills, midway) = (0, 0);
        for (var seed = 1; seed <= seeds; seed++)
        {
            var (random, at) = (new Random(seed), TimeProvider.System.GetUtcNow().AddMinutes(-1));
            var told = Enumerable.Range(0, Receivers).Select(_ => Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N"))).ToArray();
            var results = await Task.WhenAll(told.Select((file, i) => Task.Run(() => LivesAsync(address(seed), seed, file, at, new Random((seed * 10) + i)), Token)));
            kills += results.Sum(result => result.Kills);
            midway += results.Sum(result => result.Midway);
            await HoldsAsync(address(seed), seed, at);
        }

        TestContext.Current.SendDiagnosticMessage($"{seeds} seeds, {kills} kills, {midway} of them with deliveries answered and others not");
        Assert.InRange(midway, 1, kills);
    }

    // Both receivers get all deliveries: what one answered is a duplicate for the other.
    private static async Task<(int Kills, int Midway)> LivesAsync(string address, int seed, string told, DateTimeOffset at, Random random)
    {
        var (kills, midway) = (0, 0);
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.ExporterProcess.dll"), ExporterProcess.Deliveries.Word, address, $"k{seed}", told,
            seed.ToString(CultureInfo.InvariantCulture), Deliveries.ToString(CultureInfo.InvariantCulture), at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        ];
        for (var life = 0; ; life++)
        {
            await using var process = Server.Start("dotnet", arguments);
            var last = life == 2;
            var goal = last ? Deliveries : Answered(told) + random.Next(0, Deliveries / 3);
            await Eventually.HoldsAsync(() => Task.FromResult(process.HasExited || (!last && Answered(told) >= goal)), $"{goal} deliveries are answered: {process.Output}", Patience);
            if (process.HasExited)
            {
                Assert.True(Answered(told) == Deliveries, process.Output);
                return (kills, midway);
            }

            await Task.Delay(random.Next(0, 12), Token);
            process.Signal("KILL");
            await process.KillAsync();
            kills++;
            midway += Answered(told) is > 0 and < Deliveries ? 1 : 0;
        }
    }

    private static int Answered(string told)
    {
        if (!File.Exists(told))
        {
            return 0;
        }

        using var file = new FileStream(told, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[Deliveries];
        return file.ReadAtLeast(bytes, Deliveries, throwOnEndOfStream: false) == Deliveries ? bytes.Sum(one => one) : 0;
    }

    private static async Task HoldsAsync(string address, int seed, DateTimeOffset at)
    {
        await using var reports = await UsageReports.OpenAsync(address, o => o.KeyPrefix = $"k{seed}", Token);
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        var report = await reports.QueryAsync(new UsageReportQuery { From = day.AddDays(-1), To = day.AddDays(1), By = [SpendDimension.Feature, SpendDimension.User] }, Token);
        var expected = Enumerable.Range(0, ExporterProcess.Deliveries.Users).SelectMany(user => new[]
        {
            $"/user-{user}: {Deliveries * ExporterProcess.Deliveries.Calls / ExporterProcess.Deliveries.Users} {Tokens(user)}",
            $"cumulative/user-{user}: 0 {Deliveries * 10}",
            $"delta/user-{user}: 0 {Deliveries * 7}",
        });
        Assert.Equal(expected.Order(StringComparer.Ordinal), report.Rows.Select(row => $"{row[SpendDimension.Feature]}/{row[SpendDimension.User]}: {row.Calls} {row.InputTokens}").Order(StringComparer.Ordinal));
    }

    private static long Tokens(int user) =>
        Enumerable.Range(0, Deliveries).Sum(number => Enumerable.Range(0, ExporterProcess.Deliveries.Calls).Where(i => i % ExporterProcess.Deliveries.Users == user).Sum(i => (long)number + i));
}
