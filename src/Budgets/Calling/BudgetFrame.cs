using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>A call under way, as the trackers inside it see it: what they publish meanwhile was used by it. Flows with the work that the call starts.</summary>
internal sealed class BudgetFrame
{
    private static readonly AsyncLocal<BudgetFrame?> Ambient = new();

    private readonly IBudgetGate _owner;
    private readonly FrameSink _events;
    private readonly BudgetFrame? _around;
    private readonly Lock _gate = new();

    // Under the gate.
    private readonly CallSum _sum = new();
    private bool _isOver;

    private BudgetFrame(IBudgetGate owner, FrameSink events, BudgetFrame? around) => (_owner, _events, _around) = (owner, events, around);

    /// <summary>Opens a frame for whatever the calling asynchronous method calls; it does not flow back to its caller.</summary>
    /// <param name="owner">Who decided the call.</param>
    /// <param name="events">Tells of the calls inside; listens as long as the frame is open, also where its client is disposed meanwhile.</param>
    public static BudgetFrame Open(IBudgetGate owner, FrameSink events)
    {
        var frame = new BudgetFrame(owner, events, Ambient.Value);
        events.Enter();
        Ambient.Value = frame;
        return frame;
    }

    /// <summary>Counts a finished call: for each gate in the innermost call under way.</summary>
    public static void Note(in UsageEvent call)
    {
        // By their depth: those that have counted it.
        var (counted, depth) = (0ul, 0);
        var innermost = Ambient.Value;
        for (var frame = innermost; frame is not null && depth < 64; frame = frame._around, depth++)
        {
            if (!IsCountedInside(innermost!, frame, counted) && frame.TryAdd(in call))
            {
                counted |= 1ul << depth;
            }
        }
    }

    /// <summary>Makes the frame the current one, in a context that it does not flow to by itself.</summary>
    public void Enter() => Ambient.Value = this;

    /// <summary>Ends the call, once. What comes later is counted around it.</summary>
    public CallSum Close(long toolCalls)
    {
        _events.Leave();
        lock (_gate)
        {
            _isOver = true;
            _sum.AddTools(toolCalls);
        }

        // A call of the same gate around sees the same answer, and its tools.
        for (var frame = _around; frame is not null; frame = frame._around)
        {
            if (ReferenceEquals(frame._owner, _owner))
            {
                lock (frame._gate)
                {
                    frame._sum.AddToolsInside(toolCalls);
                }

                break;
            }
        }

        return _sum; // Nobody adds to it from now on.
    }

    private static bool IsCountedInside(BudgetFrame innermost, BudgetFrame outer, ulong counted)
    {
        for (var frame = innermost; frame != outer; frame = frame._around!, counted >>= 1)
        {
            if ((counted & 1) != 0 && ReferenceEquals(frame._owner, outer._owner))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryAdd(in UsageEvent call)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _sum.Add(in call);
            }

            return !_isOver;
        }
    }
}
