namespace LlmTelemetry.CostExporter;

/// <summary>What became of a delivery so far. Thread-safe.</summary>
internal sealed class DeliveryProgress
{
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, (UsageSourceKind Form, int Items)> _rejected = [];

    private volatile Exception? _failure;
    private volatile bool _isAbandoned;
    private long _steps;

    /// <summary>Whether nobody waits for it any more: what was not begun is not worth beginning.</summary>
    public bool IsAbandoned => _isAbandoned;

    /// <summary>Why some of it is not in the store; null: all of it is.</summary>
    public Exception? Failure => _failure;

    /// <summary>Grows with what was booked.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    public int Rejected
    {
        get
        {
            lock (_gate)
            {
                return _rejected.Values.Sum(one => one.Items);
            }
        }
    }

    /// <summary>Why items were rejected; null: none was.</summary>
    public string? Message
    {
        get
        {
            lock (_gate)
            {
                return _rejected.Count == 0 ? null : string.Join(' ', _rejected.Select(one => $"{one.Value.Items} not booked: {one.Key}"));
            }
        }
    }

    public void Abandon() => _isAbandoned = true;

    public void Step(int items) => Interlocked.Add(ref _steps, items);

    public void Fail(Exception cause) => _failure = cause;

    /// <summary>One that no store could ever add up.</summary>
    public void RejectUnbookable(UsageSourceKind kind) => Reject(kind, Vocabulary.RejectedReasons.Unbookable, "its amounts are more than can be added up.");

    /// <param name="form">What was rejected.</param>
    /// <param name="reason">A word of <see cref="Vocabulary.RejectedReasons"/>.</param>
    /// <param name="why">The same for people: one of few sentences, which quotes nothing of what was sent.</param>
    public void Reject(UsageSourceKind form, string reason, string why)
    {
        ReceiverMetrics.CountRejected(form, reason);
        lock (_gate)
        {
            _rejected[why] = (form, _rejected.GetValueOrDefault(why).Items + 1);
        }
    }
}
