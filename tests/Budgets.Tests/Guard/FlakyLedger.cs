namespace LlmTelemetry.Budgets.Tests.Guard;

/// <summary>A ledger in memory that fails on command: before it does anything, after it did it, or by never answering.</summary>
internal sealed class FlakyLedger(TimeProvider time) : IBudgetLedger
{
    private readonly MemoryBudgetLedger _inner = new(time);
    private Guid? _refused;
    private int _calls;

    /// <summary>What becomes of each operation of that kind.</summary>
    public Trouble OnHold { get; set; }

    public Trouble OnSettle { get; set; }

    public Trouble OnRead { get; set; }

    public Trouble OnClaim { get; set; }

    /// <summary>Whether the settlement that comes next is refused whenever it comes, and no other.</summary>
    public bool RefusesOne { get; set; }

    /// <summary>Answers "other period" so often before it does anything.</summary>
    public int OtherPeriods { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>How often it was asked anything.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public string Place => "the flaky ledger";

    public Trouble OnAll
    {
        set => OnHold = OnSettle = OnRead = OnClaim = value;
    }

    public Task<LedgerAnswer> HoldAsync(HoldRequest request, CancellationToken cancellationToken) => AskAsync(OnHold, () => _inner.HoldAsync(request, CancellationToken.None));

    public Task<LedgerAnswer> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => AskAsync(IsRefused(settlement.Id) ? Trouble.ScriptError : OnSettle, () => _inner.SettleAsync(settlement, CancellationToken.None));

    public Task<LedgerAnswer> ReadAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken) => AskAsync(OnRead, () => _inner.ReadAsync(lines, CancellationToken.None));

    public Task<bool> ClaimWarningAsync(LedgerLine line, int percent, CancellationToken cancellationToken) =>
        DoAsync(OnClaim, () => _inner.ClaimWarningAsync(line, percent, CancellationToken.None));

    public Task<int> ResetAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken) => _inner.ResetAsync(lines, cancellationToken);

    public Task SetOverrideAsync(string limit, string? subject, LedgerOverride? value, CancellationToken cancellationToken) => _inner.SetOverrideAsync(limit, subject, value, cancellationToken);

    public Task<IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)>> OverridesAsync(CancellationToken cancellationToken) => _inner.OverridesAsync(cancellationToken);

    public Task AnnounceAsync(IReadOnlyDictionary<string, string> limits, CancellationToken cancellationToken) => _inner.AnnounceAsync(limits, cancellationToken);

    public Task<IReadOnlyDictionary<string, string>> AnnouncedAsync(CancellationToken cancellationToken) => _inner.AnnouncedAsync(cancellationToken);

    public Task<IReadOnlyList<string>> SubjectsAsync(string series, int max, CancellationToken cancellationToken) => _inner.SubjectsAsync(series, max, cancellationToken);

    public Task<int> DeleteAsync(IReadOnlyList<CounterKey> counters, CancellationToken cancellationToken) => _inner.DeleteAsync(counters, cancellationToken);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return _inner.DisposeAsync();
    }

    private bool IsRefused(Guid settlement)
    {
        lock (_inner)
        {
            return RefusesOne && (_refused ??= settlement) == settlement;
        }
    }

    private async Task<LedgerAnswer> AskAsync(Trouble trouble, Func<Task<LedgerAnswer>> ask)
    {
        if (OtherPeriods > 0)
        {
            OtherPeriods--;
            Interlocked.Increment(ref _calls);
            return new LedgerAnswer(LedgerStatus.OtherPeriod, time.GetUtcNow().ToUnixTimeMilliseconds(), [], []);
        }

        return await DoAsync(trouble, ask);
    }

    private async Task<T> DoAsync<T>(Trouble trouble, Func<Task<T>> ask)
    {
        Interlocked.Increment(ref _calls);
        if (trouble == Trouble.Down)
        {
            throw new IOException("No connection is available.");
        }

        if (trouble == Trouble.ScriptError)
        {
            throw new InvalidOperationException("WRONGTYPE Operation against a key holding the wrong kind of value");
        }

        if (trouble == Trouble.Silent)
        {
            return await new TaskCompletionSource<T>().Task;
        }

        var answer = await ask();
        return trouble switch
        {
            Trouble.DoneThenSilent => await new TaskCompletionSource<T>().Task,
            Trouble.DoneThenLost => throw new IOException("The connection was lost before the answer came."),
            _ => answer,
        };
    }
}

public enum Trouble
{
    None,

    /// <summary>Fails at once, and nothing is done.</summary>
    Down,

    /// <summary>Never answers, and nothing is done.</summary>
    Silent,

    /// <summary>Does it, and never answers.</summary>
    DoneThenSilent,

    /// <summary>Does it, and fails.</summary>
    DoneThenLost,

    /// <summary>Fails at once with the store's own error.</summary>
    ScriptError,
}
