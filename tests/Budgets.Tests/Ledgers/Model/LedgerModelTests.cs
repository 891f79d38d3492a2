using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.TestKit;
using Microsoft.FSharp.Core;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>Whatever is done in whatever order, a ledger says what the model says. <c>FSCHECK_SEED</c> runs the same scenarios again.</summary>
public sealed class LedgerModelTests : IDisposable
{
    // Ten seconds are a day, and six a minute: so that scenarios of a few seconds pass through many.
    private static readonly ModelTimes Times = new(Period: 10_000, Window: 6_000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-budgets-");
    private int _ledgers;

    [Fact]
    public void Memory_does_what_the_model_does() => HoldsOn(1_500, 60, time => new MemoryBudgetLedger(time));

    [Fact]
    public void File_does_what_the_model_does() =>
        HoldsOn(40, 40, time => new SqliteBudgetLedger(Path.Combine(_folder.FullName, $"{++_ledgers}.db"), TimeSpan.FromMinutes(1), time));

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Runs so many scenarios, and prints the seed and the shortest one that fails.</summary>
    internal static void Holds(int scenarios, int longest, Func<Scenario, Task> run)
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("FSCHECK_SEED"), out var given) ? given : (ulong)Random.Shared.NextInt64();
        var replay = new Replay(new Rnd(seed, 0x9E3779B97F4A7C15), FSharpOption<int>.None);
        Prop.ForAll(
            Operation.Scenarios(longest),
            scenario =>
            {
                try
                {
                    run(scenario).GetAwaiter().GetResult();
                }
                catch (Exception cause)
                {
                    throw new InvalidOperationException($"FSCHECK_SEED={seed}:{scenario}\n{cause.Message}", cause);
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(scenarios).WithReplay(FSharpOption<Replay>.Some(replay)));
    }

    private static void HoldsOn(int scenarios, int longest, Func<ManualTime, IBudgetLedger> open) => Holds(
        scenarios,
        longest,
        async scenario =>
        {
            var time = new ManualTime();
            await using var ledger = open(time);
            await new ModelRun(ledger, Times, time.Advance).RunAsync(scenario);
        });
}
