namespace LlmTelemetry.Budgets.Tests;

/// <summary>Rounds of decisions that meet in the same counters and ids; nothing in them hangs on the moment at which they are decided.</summary>
/// <param name="random">What is drawn from.</param>
internal sealed class BatchScript(Random random)
{
    // From 1970 to 2100: no midnight falls into a test.
    private static readonly LedgerSpan Era = new(SpanKind.Calendar, 1_000, 4_102_444_800_000);

    private readonly List<Guid> _ids = [];

    private static LedgerLine[] Lines { get; } =
    [
        RedisBudgets.Line(RedisBudgets.Session, 100), RedisBudgets.Line(RedisBudgets.Session, 80), RedisBudgets.Line(Era, 150, name: "b"), RedisBudgets.Line(Era, 90, name: "b", subject: "ada"),
        RedisBudgets.Line(RedisBudgets.Minute, 60, name: "c"), RedisBudgets.Line(RedisBudgets.Minute, null, name: "d"), RedisBudgets.Line(RedisBudgets.Session, 20, name: "e") with { IsShadow = true },
        RedisBudgets.Line(RedisBudgets.Session, 0, name: "f"), RedisBudgets.Line(RedisBudgets.Session, AmountMath.Most, name: "g"),
    ];

    public List<Step> Round() => [.. Enumerable.Range(0, random.Next(3, 30)).Select(_ => Next())];

    private Step Next()
    {
        var id = _ids.Count > 0 && random.Next(3) > 0 ? _ids[random.Next(_ids.Count)] : NewId();
        var lines = Lines.OrderBy(_ => random.Next()).DistinctBy(line => line.Counter).Take(random.Next(1, 5)).Select(line => line with { Amount = Amount(line) }).ToArray();
        return random.Next(10) switch
        {
            < 5 => new Step(2, $"hold {id:N}", ledger => ledger.HoldAsync(new HoldRequest(id, TimeSpan.FromHours(1), lines), default)),
            < 9 => Settle(id, lines),
            _ => new Step(3, "read", ledger => ledger.ReadAsync(lines, default)),
        };
    }

    private Step Settle(Guid id, LedgerLine[] lines)
    {
        var (known, isRetry, pico) = ((HoldKnown)random.Next(2), random.Next(4) == 0, random.Next(1000));
        var settlement = new Settlement(id, [.. lines.Skip(random.Next(2)).Select(line => new ChargeLine(line with { Amount = 0 }, line.Amount, pico))], known, isRetry);
        return new Step(1, $"settle {settlement}", ledger => ledger.SettleAsync(settlement, default));
    }

    private Guid NewId()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        _ids.Add(new Guid(bytes));
        return _ids[^1];
    }

    private long Amount(LedgerLine line) => line.Limit == AmountMath.Most ? AmountMath.Most - random.Next(3) : random.Next(5) == 0 ? 0 : random.Next(1, 40);

    /// <summary>One caller's.</summary>
    /// <param name="Order">Those of a batch are decided in this order, and as they came.</param>
    /// <param name="What">For people.</param>
    /// <param name="AskAsync">Asks a ledger.</param>
    public sealed record Step(int Order, string What, Func<IBudgetLedger, Task<LedgerAnswer>> AskAsync)
    {
        public override string ToString() => What;
    }
}
