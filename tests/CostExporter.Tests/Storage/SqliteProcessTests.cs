using System.Globalization;
using LlmTelemetry.ExporterProcess;
using LlmTelemetry.TestKit;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>Several real processes write one file, are killed in the middle of it again and again, and are read meanwhile.</summary>
public sealed class SqliteProcessTests : IDisposable
{
    private const int Writers = 4;
    private const int Lives = 6;
    private const int BatchesPerLife = 12;
    private const int LastNumber = Lives * BatchesPerLife;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-sqlite-");

    private string File => Path.Combine(_folder.FullName, "spend.db");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writers_that_are_killed_again_and_again_lose_nothing_count_nothing_twice_and_all_get_their_turn()
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var reader = Task.Run(() => ReadAsync(done.Token), Stop);
        var kills = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer), Stop)));
        await done.CancelAsync();
        var readings = await reader;

        Assert.Equal(Writers * (Lives - 1), kills.Sum());
        Assert.InRange(readings, 1, int.MaxValue);
        foreach (var (instance, (calls, cost)) in await SumsAsync())
        {
            Assert.True((calls, cost) == (20 * LastNumber, 20 * LastNumber * (LastNumber + 1) / 2), $"{instance}: {calls} calls that cost {cost}");
        }

        Assert.Equal(Writers, (await SumsAsync()).Count);
        Assert.Equal("ok", await CheckAsync());
        TestContext.Current.SendDiagnosticMessage($"{kills.Sum()} kills, {readings} readings meanwhile");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Starts a writer as often as it is killed; each life gets some batches further, the last one to the end.</summary>
    private async Task<int> WriteAsync(int writer)
    {
        var (random, kills) = (new Random(20261123 + writer), 0);
        for (var life = 1; life <= Lives; life++)
        {
            var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.ExporterProcess.dll");
            await using var process = Server.Start("dotnet", [program, SqliteBatches.Word, $"sqlite:{File}", $"writer-{writer}", LastNumber.ToString(CultureInfo.InvariantCulture)]);
            if (life == Lives)
            {
                await Eventually.HoldsAsync(() => Task.FromResult(process.HasExited && Last(process) == LastNumber), $"writer {writer} ends: {process.Output}", Patience);
                return kills;
            }

            // Somewhere in the next transaction: nothing between two batches takes as long.
            var until = ((life - 1) * BatchesPerLife) + random.Next(1, BatchesPerLife);
            await Eventually.HoldsAsync(() => Task.FromResult(Last(process) >= until || process.HasExited), $"writer {writer} gets as far as {until}", Patience);
            if (!process.HasExited)
            {
                process.Signal("KILL");
            }

            kills++;
        }

        return kills;
    }

    // A period is read as of one moment: of each writer either all rows of a batch are in it, or none.
    private async Task<int> ReadAsync(CancellationToken done)
    {
        await Eventually.HoldsAsync(async () => System.IO.File.Exists(File) && await IsMadeAsync(), "a writer makes the file", Patience);
        for (var readings = 1; ; readings++)
        {
            foreach (var (instance, (calls, cost)) in await SumsAsync())
            {
                var batches = calls / 20;
                Assert.True((calls % 20, cost) == (0, 20 * batches * (batches + 1) / 2), $"{instance}: {calls} calls that cost {cost}");
            }

            if (done.IsCancellationRequested)
            {
                return readings;
            }
        }
    }

    private async Task<bool> IsMadeAsync()
    {
        try
        {
            return (await SumsAsync()).Count > 0;
        }
        catch (Exception cause) when (cause is SpendStoreMismatchException or TimeoutException or IOException)
        {
            return false;
        }
    }

    private async Task<Dictionary<string, (long Calls, long Cost)>> SumsAsync()
    {
        await using var store = new SqliteSpendStore(File, new CostExporterOptions().ToStoreSettings() with { ReadOnly = true, Timeout = TimeSpan.FromSeconds(20) });
        await store.OpenAsync(Stop);
        var sums = new Dictionary<string, (long Calls, long Cost)>();
        await foreach (var row in store.ReadAsync(new SpendRead(SpendGrain.Month, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension> { SpendDimension.Model }), Stop))
        {
            sums[row.Key.Model!] = ((long)row.Measures[SpendMeasure.Calls], (long)row.Measures[64]);
        }

        return sums;
    }

    private static long Last(Server process)
    {
        var line = process.Output.TrimEnd().Split('\n').LastOrDefault(text => text.StartsWith("ok ", StringComparison.Ordinal));
        return line is null ? 0 : long.TryParse(line.AsSpan(3), CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private async Task<object?> CheckAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(Stop);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return await command.ExecuteScalarAsync(Stop);
    }
}
