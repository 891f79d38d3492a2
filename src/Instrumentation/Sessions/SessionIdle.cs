namespace LlmTelemetry.Instrumentation;

/// <summary>Asks a session after a while whether it is still in use. One timer, which is not set anew with each addition.</summary>
internal sealed class SessionIdle : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly Func<TimeSpan, TimeSpan> _endIfIdle;
    private readonly ITimer _timer;

    /// <param name="time">The clock.</param>
    /// <param name="limit">How long a session may do nothing.</param>
    /// <param name="endIfIdle">Given the limit, ends the session where it was idle for so long; else says how long until it may be. Zero: it has ended.</param>
    public SessionIdle(TimeProvider time, TimeSpan limit, Func<TimeSpan, TimeSpan> endIfIdle)
    {
        (_limit, _endIfIdle) = (limit, endIfIdle);

        // A session outlives its creator: what ends it must not run in that one's context.
        var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            _timer = time.CreateTimer(static state => ((SessionIdle)state!).Ask(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            flow?.Undo();
        }

        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Ask()
    {
        if (_endIfIdle(_limit) is { Ticks: > 0 } left)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
    }
}
