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
    public CallFrame? Surrounding => IsPossible && _ambient.Value is { IsOver: false } frame ? frame : null;

    public void Enter() => Interlocked.Increment(ref _alive);

    public void Leave() => Interlocked.Decrement(ref _alive);

    /// <summary>Opens a frame that flows to whatever the calling asynchronous method calls, and not back to its caller.</summary>
    /// <param name="surrounding">The call around it.</param>
    /// <param name="operation">What kind of call it is.</param>
    /// <param name="attribution">Whom it is attributed to.</param>
    /// <param name="scope">What the scope says around it.</param>
    /// <param name="isPassing">Whether it only lets a call through: those inside are told to the call around as if it were not there.</param>
    public CallFrame Open(CallFrame? surrounding, string operation, in Attribution attribution, in Attribution scope, bool isPassing)
    {
        var frame = new CallFrame(surrounding, operation, in attribution, in scope, isPassing);
        _ambient.Value = frame;
        return frame;
    }

    /// <summary>Takes a frame back for a caller that is no asynchronous method, where it would stay.</summary>
    public void Close(CallFrame? frame)
    {
        if (frame is not null && ReferenceEquals(_ambient.Value, frame))
        {
            _ambient.Value = frame.Surrounding;
        }
    }
}
