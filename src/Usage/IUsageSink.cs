namespace LlmTelemetry.Usage;

/// <summary>Takes every finished call. See <see cref="UsageHub"/> for how it is connected.</summary>
public interface IUsageSink
{
    /// <summary>
    /// Whether it sees to it that calls are booked, in a ledger or by sending their events to one: so that who receives this process's metrics and spans must not book them once more
    /// (<c>llm.usage.booked</c>). Default: false.
    /// </summary>
    bool IsLedger => false;

    /// <summary>
    /// Takes one finished call, on the caller's thread and many at a time: fast, thread-safe, without I/O. What it throws is
    /// caught and counted; the call is not harmed.
    /// </summary>
    void Record(in UsageEvent usageEvent);

    /// <summary>Takes one further figure, as <see cref="Record(in UsageEvent)"/> takes a call. A sink that is only for calls lets it pass.</summary>
    void Record(in MetricEvent metricEvent)
    {
    }
}
