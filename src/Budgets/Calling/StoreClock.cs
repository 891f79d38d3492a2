namespace LlmTelemetry.Budgets;

/// <summary>The store's clock, as far as its answers told it: how far it is ahead of this machine's. Thread-safe.</summary>
internal sealed class StoreClock(TimeProvider time)
{
    private long _ahead;

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => Here + Volatile.Read(ref _ahead);

    private long Here => time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Observe(long now) => Volatile.Write(ref _ahead, now - Here);
}
