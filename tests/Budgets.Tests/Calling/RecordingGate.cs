namespace LlmTelemetry.Budgets.Tests;

/// <summary>Decides as the test says, and remembers what it was asked and what was settled.</summary>
internal sealed class RecordingGate : IBudgetGate
{
    public BudgetOptions Options { get; } = new();

    /// <summary>What becomes of an ask; null: it is admitted.</summary>
    public Func<CallAsk, CancellationToken, Task<BudgetExceededException?>> OnAsk { get; set; } = (_, _) => Task.FromResult<BudgetExceededException?>(null);

    public IReadOnlyList<BudgetState> States { get; set; } = [];

    public bool IsLimiting { get; set; } = true;

    public List<CallAsk> Asks { get; } = [];

    public List<CallAmounts> Settled { get; } = [];

    public CallAmounts OnlySettled => Assert.Single(Settled);

    public static BudgetExceededException Refusal(string text = "refused", BudgetRefusal reason = BudgetRefusal.OverLimit, TimeSpan? retryAfter = null) =>
        new(text, state: null, reason, requested: 0, retryAfter);

    public bool MayLimit(in CallSubject subject) => IsLimiting;

    public async Task<GateAnswer> HoldAsync(CallAsk ask, CancellationToken cancellationToken)
    {
        lock (Asks)
        {
            Asks.Add(ask);
        }

        var refusal = await OnAsk(ask, cancellationToken);
        return refusal is null ? new GateAnswer(SettleAsync, null, States) : new GateAnswer(null, refusal, States);
    }

    private Task SettleAsync(CallAmounts actual)
    {
        lock (Settled)
        {
            Settled.Add(actual);
        }

        return Task.CompletedTask;
    }
}
