using System.Globalization;
using LlmTelemetry.BudgetProcess;
using LlmTelemetry.TestKit;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>Several real processes use one file of budgets and are killed in the middle of it again and again.</summary>
public sealed class SqliteProcessTests : IDisposable
{
    private const int Writers = 3;
    private const int Lives = 5;
    private const int CallsPerLife = 25;
    private const int Endless = 1_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-budgets-");

    private string File => Path.Combine(_folder.FullName, "llm.budgets.db");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_that_are_killed_lose_nothing_charge_nothing_twice_overshoot_nothing_and_leak_nothing()
    {
        var calls = await Task.WhenAll(Enumerable.Range(1, Writers).Select(writer => Task.Run(() => CallAsync(writer), Stop)));

        await using var ledger = new SqliteBudgetLedger(File, Patience, TimeProvider.System);
        LedgerLine[] lines = [SqliteHolds.Work, SqliteHolds.Scarce, SqliteHolds.Leak];
        await Eventually.HoldsAsync(async () => (await ledger.ReadAsync(lines, Stop)).Lines[2].Held == 0, "what nobody settled lets go at its deadline");
        var states = (await ledger.ReadAsync(lines, Stop)).Lines;

        // Each call n is charged n nano-USD and 999 pico.
        var pico = calls.Sum(count => (count * (count + 1L) / 2 * 1000) + (count * 999L));
        Assert.Equal((pico / 1000, (int)(pico % 1000), 0L), (states[0].Used, states[0].UsedPico, states[0].Held));
        Assert.Equal((0L, (long)SqliteHolds.ScarceLimit), (states[1].Used, states[1].Held));
        Assert.Equal(0, states[2].Used);
        Assert.Equal("ok", await CheckAsync());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Starts a caller as often as it is killed; each life gets some calls further, and the last one ends by itself. Returns how many calls there were.</summary>
    private async Task<int> CallAsync(int writer)
    {
        var (random, done) = (new Random(20261123 + writer), 0);
        for (var life = 1; life <= Lives; life++)
        {
            var isLast = life == Lives;
            var (before, until) = (done, done + (isLast ? CallsPerLife : random.Next(1, CallsPerLife)));
            var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.BudgetProcess.dll");
            await using var process = Server.Start("dotnet", [program, SqliteHolds.Word, File, Text(writer), Text(done + 1), Text(isLast ? until : Endless)]);

            // The kill comes somewhere in a call: nothing between two of them takes as long.
            await Eventually.HoldsAsync(
                () => Task.FromResult(process.HasExited || (!isLast && Last(process, before) >= until)), $"caller {writer} gets as far as {until}: {process.Output}", Patience);
            Assert.Equal(isLast, process.HasExited);
            await process.KillAsync();
            done = Last(process, done);
        }

        return done;
    }

    private static int Last(Server process, int before) => process.Output.Split('\n')
        .Where(line => line.StartsWith("ok ", StringComparison.Ordinal)).Select(line => int.Parse(line.AsSpan(3), CultureInfo.InvariantCulture)).Append(before).Max();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<object?> CheckAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(Stop);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return await command.ExecuteScalarAsync(Stop);
    }
}
