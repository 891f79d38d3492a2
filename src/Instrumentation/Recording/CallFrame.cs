using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>A call in progress, as the trackers inside it see it, and what they tell of their calls.</summary>
internal sealed class CallFrame(CallFrame? surrounding, string operation, in Attribution attribution, in Attribution scope, bool isPassing)
{
    private readonly Lock _gate = new();

    // Under the gate. Only calls of the same operation: an embedding that a tool makes inside a chat is no part of that chat's answer.
    private readonly CallsInside _inside = new();
    private TurnCost? _turn;

    /// <summary>Whom the call around is attributed to: its options' keys are gone by the time an inner tracker sees them.</summary>
    public Attribution Attribution { get; } = attribution;

    /// <summary>What the scope said around it: one that says something else was opened inside.</summary>
    public Attribution Scope { get; } = scope;

    public bool IsOver { get; private set; }

    /// <summary>The call around it.</summary>
    public CallFrame? Surrounding => surrounding;

    /// <summary>Whether a tracker inside was asked for the same operation: the answer, or a part of it, came from there.</summary>
    public bool HasCallInside { get; private set; }

    /// <summary>What all calls recorded inside cost, of whatever operation; null: none was.</summary>
    public UsageCost? TurnCost
    {
        get
        {
            lock (_gate)
            {
                return _turn?.ToUsageCost();
            }
        }
    }

    /// <summary>Tells the calls around that the provider, or what is taken for it, is asked.</summary>
    public void TellStart()
    {
        for (var frame = surrounding; frame is not null; frame = frame.Surrounding)
        {
            frame.HasCallInside |= frame.Operation == operation;
        }
    }

    /// <summary>Ends the call and tells the one around of it.</summary>
    /// <returns>Whether it is the same as what the trackers inside have recorded already.</returns>
    public bool End(in UsageEvent call, object? answer, Exception? error)
    {
        IsOver = true;
        Around?.Note(in call, answer, error);
        lock (_gate)
        {
            return _inside.Contain(in call, answer, error);
        }
    }

    /// <summary>Ends a call that a cache answered, and tells the one around of it, which sees the same answer.</summary>
    /// <param name="hit">What it saved: without the answer's id.</param>
    /// <param name="responseId">That id.</param>
    /// <param name="answer">The answer.</param>
    public void EndHit(in UsageEvent hit, string? responseId, object? answer)
    {
        IsOver = true;
        Around?.Note(hit with { ResponseId = responseId }, answer, error: null);
    }

    /// <summary>Ends a call of which nothing is said.</summary>
    public void Pass() => IsOver = true;

    /// <summary>Adds a call that was recorded to what those around it cost.</summary>
    public void AddToTurns(in UsageEvent call)
    {
        for (var frame = surrounding; frame is not null; frame = frame.Surrounding)
        {
            lock (frame._gate)
            {
                (frame._turn ??= new TurnCost()).Add(in call);
            }
        }
    }

    private string Operation => operation;

    // The next call of the same operation that is told of this one.
    private CallFrame? Around
    {
        get
        {
            var around = surrounding;
            while (around is not null && (around.IsPassing || around.Operation != operation))
            {
                around = around.Surrounding;
            }

            return around;
        }
    }

    private bool IsPassing => isPassing;

    private void Note(in UsageEvent call, object? answer, Exception? error)
    {
        lock (_gate)
        {
            _inside.Add(in call, answer, error);
        }
    }
}
