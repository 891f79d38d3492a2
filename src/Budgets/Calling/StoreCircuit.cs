namespace LlmTelemetry.Budgets;

/// <summary>Knows whether the store answers: after three failures in a row only one call a second tries it, so that the others need not wait for a time-out each. Thread-safe.</summary>
internal sealed class StoreCircuit(TimeProvider time)
{
    private const int FailuresInARow = 3;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private int _failures;
    private long _triedAt;
    private volatile Exception? _cause;

    /// <summary>Raised when the store answers again after it was known to be down.</summary>
    public event Action? Recovered;

    /// <summary>The last failure; null: there was none yet.</summary>
    public Exception? Cause => _cause;

    /// <summary>Whether to ask the store. Where it says so while the store is down, the others that ask in the next second are told no.</summary>
    public bool TryEnter()
    {
        if (Volatile.Read(ref _failures) < FailuresInARow)
        {
            return true;
        }

        var triedAt = Volatile.Read(ref _triedAt);
        return time.GetElapsedTime(triedAt) >= BetweenTries && Interlocked.CompareExchange(ref _triedAt, time.GetTimestamp(), triedAt) == triedAt;
    }

    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0 && Interlocked.Exchange(ref _failures, 0) >= FailuresInARow)
        {
            Recovered?.Invoke();
        }
    }

    public void Failed(Exception cause)
    {
        _cause = cause;
        Volatile.Write(ref _triedAt, time.GetTimestamp());

        // Held below an overflow; what counts is whether it is above.
        if (Volatile.Read(ref _failures) < FailuresInARow)
        {
            Interlocked.Increment(ref _failures);
        }
    }
}
