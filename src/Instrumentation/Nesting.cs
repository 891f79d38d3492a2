using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Makes trackers that hang inside each other record once, also where a client between them hides the inner one from <c>GetService</c>.
/// Costs nothing while one tracker is alive.
/// </summary>
internal sealed class Nesting
{
    private readonly AsyncLocal<CallFrame?> _ambient = new();
    private int _alive;

    public bool IsPossible => Volatile.Read(ref _alive) > 1;

    /// <summary>The call around this one; null where there is none or it is over.</summary>
    public CallFrame? Surrounding => _ambient.Value is { IsOver: false } frame ? frame : null;

    public void Enter() => Interlocked.Increment(ref _alive);

    public void Leave() => Interlocked.Decrement(ref _alive);

    /// <summary>Opens a frame that flows to whatever the calling asynchronous method calls, and not back to its caller.</summary>
    public CallFrame Open(CallFrame? surrounding, in Attribution attribution)
    {
        var frame = new CallFrame(surrounding, in attribution);
        _ambient.Value = frame;
        return frame;
    }
}

/// <summary>A call in progress, as the trackers inside it see it.</summary>
internal sealed class CallFrame(CallFrame? surrounding, in Attribution attribution)
{
    private readonly Lock _gate = new();
    private CallUsage _inside;
    private bool _hasInside;

    /// <summary>Whom the call around is attributed to: its options' keys are gone by the time an inner tracker sees them.</summary>
    public Attribution Attribution { get; } = attribution;

    public bool IsOver { get; private set; }

    /// <summary>
    /// Ends the call. True: it is the same as what the trackers inside have recorded already. Theirs is the same when it adds up to this one's
    /// usage; a call that a tool made inside does not, and then both count.
    /// </summary>
    public bool End(bool hasUsage, in CallUsage usage)
    {
        IsOver = true;
        surrounding?.Note(in usage);
        lock (_gate)
        {
            return _hasInside && (!hasUsage || _inside == usage);
        }
    }

    /// <summary>Ends a call that is not tracked: what the trackers inside have recorded is told to the call around, as if this one were not there.</summary>
    public void Pass()
    {
        IsOver = true;
        lock (_gate)
        {
            if (_hasInside)
            {
                surrounding?.Note(in _inside);
            }
        }
    }

    private void Note(in CallUsage usage)
    {
        lock (_gate)
        {
            _hasInside = true;
            try
            {
                _inside.Add(in usage);
            }
            catch (OverflowException) // No real counts: they will not add up to this call's, so it counts too.
            {
            }
        }
    }
}
