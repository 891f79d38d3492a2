namespace LlmTelemetry.CostExporter;

/// <summary>Lets in as many deliveries as there is room for, and says when those that are sent away should come again. Thread-safe.</summary>
internal sealed class ReceiverGate(ReceiverLimits limits, TimeProvider time)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    // All under _gate.
    private int _waiting;
    private long _bytes;
    private int _failures;
    private long _failedAt;
    private TaskCompletionSource? _empty;

    /// <summary>Deliveries that were let in and are not over.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting;
            }
        }
    }

    /// <summary>About what they take in memory, with what is kept after them.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>1 s, doubling up to 30 s while nothing succeeds.</summary>
    public TimeSpan RetryAfter
    {
        get
        {
            lock (_gate)
            {
                return After(_failures);
            }
        }
    }

    /// <summary>Ends when no delivery is under way; for the end, when none is let in any more.</summary>
    public Task EmptyAsync()
    {
        lock (_gate)
        {
            return _waiting == 0 ? Task.CompletedTask : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public bool TryEnter(long bytes)
    {
        lock (_gate)
        {
            if (_waiting >= limits.MaxDeliveries || (_bytes > 0 && _bytes + bytes > limits.MaxBytes))
            {
                return false;
            }

            _waiting++;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>A delivery is answered; its bytes are given back by <see cref="Free"/>, when nobody holds it any more.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_waiting == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            _failures = 0;
        }
    }

    public void Failed()
    {
        lock (_gate)
        {
            // Many that fail together are one failure.
            if (_failures == 0 || time.GetElapsedTime(_failedAt) >= After(_failures))
            {
                _failures++;
                _failedAt = time.GetTimestamp();
            }
        }
    }

    public void Free(long bytes)
    {
        lock (_gate)
        {
            _bytes -= bytes;
        }
    }

    private static TimeSpan After(int failures) => new[] { Soon * Math.Pow(2, Math.Clamp(failures - 1, 0, 8)), Late }.Min();
}
