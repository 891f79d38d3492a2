using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a <see cref="UsageSession"/> is and how it is booked. Read once, when the session starts.</summary>
public sealed class UsageSessionOptions
{
    // What timers take.
    private static readonly TimeSpan MaxIdle = TimeSpan.FromDays(49);

    /// <summary>The session's id, under which its cost is found in the store. Default: null: that of the attribution or the ambient scope, else a new one.</summary>
    public string? Id { get; set; }

    /// <summary>What the session does, as <c>gen_ai.operation.name</c>. Default: <c>session</c>.</summary>
    public string Operation
    {
        get;
        set => field = !string.IsNullOrWhiteSpace(value) ? value : throw new ArgumentException("Must not be empty.", nameof(value));
    } = Vocabulary.GenAi.OperationSession;

    /// <summary>Whom the session is attributed to; what it does not say the ambient <see cref="UsageScope"/> at the start does. Default: nothing.</summary>
    public Attribution Attribution { get; set; }

    /// <summary>
    /// Whether each addition is booked at once and <see cref="UsageSession.Totals"/> can be read while the session runs. Default: true. False: all is
    /// booked at the end, in one event (two where a part has no price), priced as it was added; what a killed process had not booked is lost.
    /// </summary>
    public bool LiveTotals { get; set; } = true;

    /// <summary>
    /// How long nothing may be added before the session ends by itself, as abandoned. Default: 30 minutes. Positive, at most 49 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>: never.
    /// </summary>
    public TimeSpan IdleTimeout
    {
        get;
        set => field = (value > TimeSpan.Zero && value <= MaxIdle) || value == Timeout.InfiniteTimeSpan
            ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Must be positive and at most 49 days, or Timeout.InfiniteTimeSpan: never.");
    } = TimeSpan.FromMinutes(30);

    /// <summary>Prices, clock, hub, markup and the rest, as for a tracked client.</summary>
    public UsageTrackingOptions Tracking
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new();
}
