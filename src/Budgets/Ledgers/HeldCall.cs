namespace LlmTelemetry.Budgets;

/// <summary>A hold, as embedded ledgers keep it. Immutable.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AdmittedAt">When it was placed: where sliding windows count what it used.</param>
/// <param name="Deadline">When it stops counting by itself.</param>
/// <param name="IsLive">Whether it counts; not any more once a decision found its deadline passed.</param>
/// <param name="Lines">What it holds.</param>
internal sealed record HeldCall(Guid Id, long AdmittedAt, long Deadline, bool IsLive, IReadOnlyList<HeldLine> Lines)
{
    /// <summary>Until when it can be settled.</summary>
    public long KeptUntil => Deadline + (long)IBudgetLedger.Grace.TotalMilliseconds;

    public bool IsOn(IReadOnlySet<CounterKey> counters) => Lines.Any(line => counters.Contains(line.Counter));

    public long AmountOn(CounterKey counter)
    {
        foreach (var line in Lines)
        {
            if (line.Counter == counter)
            {
                return line.Amount;
            }
        }

        return 0;
    }
}

/// <summary>What a hold holds of one counter: positive.</summary>
internal readonly record struct HeldLine(CounterKey Counter, long Amount);
