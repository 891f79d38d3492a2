using System.Globalization;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.BudgetProcess;

/// <summary>
/// Callers that hold and settle until they are killed or told to end by a file. Arguments: the store, their name, how many there are, the file, and after how many
/// milliseconds a hold expires. Each call prints what it is about to say and what it heard, each with the moment in Unix milliseconds: <c>h ID</c> before it
/// holds, <c>s ID AMOUNT</c> before it settles, <c>d ID</c> when that was confirmed.
/// </summary>
internal static class UntilKilled
{
    public const string Word = "until-killed";

    /// <summary>What each call holds of every limit, and how much more than that it may turn out to use.</summary>
    public const int Estimate = 100;
    public const int Error = 10;

    private static readonly TextWriter Out = TextWriter.Synchronized(Console.Out);

    /// <summary>All calls' limit, and a counter of each process, which nothing limits.</summary>
    public static LedgerLine[] Lines(string name, long limit) =>
    [
        new(new CounterKey("all|tokens|session", ""), new LedgerSpan(SpanKind.Session), limit, Estimate),
        new(new CounterKey("own|tokens|session", name), new LedgerSpan(SpanKind.Session), null, Estimate),
        new(new CounterKey("hour|tokens|hour", ""), new LedgerSpan(SpanKind.Sliding, Length: 3_600_000), limit, Estimate),
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (name, callers, end) = (arguments[1], Number(arguments[2]), arguments[3]);
        var lifetime = TimeSpan.FromMilliseconds(Number(arguments[4]));
        await using var ledger = new RedisBudgetLedger(StoreAddress.Parse(arguments[0]).Redis!, "t", TimeSpan.FromSeconds(1), TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (!File.Exists(end))
            {
                await CallAsync(ledger, Lines(name, Number(arguments[5])), lifetime);
            }
        })));
        Out.WriteLine("end");
        return 0;
    }

    private static async Task CallAsync(RedisBudgetLedger ledger, LedgerLine[] lines, TimeSpan lifetime)
    {
        var id = Guid.NewGuid();
        var known = HoldKnown.Placed;
        Say("h", id);
        try
        {
            if ((await ledger.HoldAsync(new HoldRequest(id, lifetime, lines), CancellationToken.None)).Status == LedgerStatus.Refused)
            {
                await Task.Delay(1);
                return;
            }
        }
        catch (Exception cause) when (cause is not ArgumentException)
        {
            // Nobody knows whether it is held: the call is not made, and what may be held is let go.
            known = HoldKnown.Unknown;
        }

        await Task.Delay(Random.Shared.Next(3));

        // Nine of ten turn out to use nothing, so that the limit lasts, and room comes and goes.
        var used = known == HoldKnown.Unknown || Random.Shared.Next(10) != 0 ? 0 : Random.Shared.Next(1, Estimate + Error + 1);
        Say("s", id, used);
        var settlement = new Settlement(id, [.. lines.Select(line => new ChargeLine(line, used))], known);
        while (true)
        {
            try
            {
                await ledger.SettleAsync(settlement, CancellationToken.None);
                Say("d", id);
                return;
            }
            catch (Exception cause) when (cause is not ArgumentException)
            {
                settlement = settlement with { IsRetry = true };
                await Task.Delay(20);
            }
        }
    }

    private static void Say(string what, Guid id, int? amount = null) =>
        Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {id:N} {TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()} {amount}"));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
