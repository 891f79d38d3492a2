using System.Globalization;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.BudgetProcess;

/// <summary>
/// Runs races, one after the other, against other processes that run the same. Arguments: the store, the first seed, how many, how many processes there are,
/// how many callers in each, and which scripts (AlteredScripts.cs). Prints a line for each race: its seed and how many calls were admitted and not cancelled.
/// </summary>
internal static class Race
{
    public const string Word = "race";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (first, count, processes, callers) = (Number(arguments[1]), Number(arguments[2]), Number(arguments[3]), Number(arguments[4]));
        for (var seed = first; seed < first + count; seed++)
        {
            var plan = RacePlan.Of(seed);
            await using var meeting = Open(arguments[0], plan, AlteredScripts.Own);
            await using var ledger = Open(arguments[0], plan, arguments[5]);
            await MeetAsync(meeting, processes);
            var admitted = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => CallAsync(ledger, plan))));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seed} {admitted.Sum()}"));
        }

        return 0;
    }

    private static async Task<int> CallAsync(RedisBudgetLedger ledger, RacePlan plan)
    {
        var admitted = 0;

        // Where nobody is refused, it ends too.
        while (admitted <= plan.Admits)
        {
            var id = Guid.NewGuid();
            var answer = await ledger.HoldAsync(new HoldRequest(id, TimeSpan.FromMinutes(10), plan.Lines), CancellationToken.None);
            if (answer.Status == LedgerStatus.Refused)
            {
                if (plan.Mode == RaceMode.Cancel && answer.Lines[plan.Tight].Held > 0)
                {
                    continue;
                }

                return admitted;
            }

            var isCancelled = plan.Mode == RaceMode.Cancel && Random.Shared.Next(2) == 0;
            admitted += isCancelled ? 0 : 1;
            if (plan.Mode != RaceMode.Hold)
            {
                await ledger.SettleAsync(new Settlement(id, [.. plan.Lines.Select(line => new ChargeLine(line, isCancelled ? 0 : line.Amount))], HoldKnown.Placed), CancellationToken.None);
            }
        }

        return admitted;
    }

    // So that all begin at once: each holds one, and waits until it sees everybody's.
    private static async Task MeetAsync(RedisBudgetLedger ledger, int processes)
    {
        LedgerLine[] lines = [new(new CounterKey("ready|requests|session", ""), new LedgerSpan(SpanKind.Session), null, 1)];
        var answer = await ledger.HoldAsync(new HoldRequest(Guid.NewGuid(), TimeSpan.FromMinutes(10), lines), CancellationToken.None);
        while (answer.Lines[0].Held < processes)
        {
            await Task.Delay(1);
            answer = await ledger.ReadAsync(lines, CancellationToken.None);
        }
    }

    private static RedisBudgetLedger Open(string store, RacePlan plan, string scripts) =>
        new(StoreAddress.Parse(store).Redis!, plan.Prefix, TimeSpan.FromSeconds(30), TimeProvider.System, AlteredScripts.Named(scripts));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
