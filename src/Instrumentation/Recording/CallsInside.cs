using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What is known of the calls that trackers inside have recorded, to tell whether the call around is one of them, or all of them together, seen
/// once more; or a call of its own, in which a tool made others. Not thread-safe.
/// </summary>
internal sealed class CallsInside
{
    // Answers, their ids and errors. A client between two trackers mostly hands on the very objects, and the id nearly always.
    private HashSet<object>? _known;
    private CallUsage _sum;
    private CallUsage _last;
    private bool _isEmpty = true;
    private bool _isAnonymous;
    private bool _isCancelled;
    private bool _isAbandoned;
    private bool _isBeyondBelief;

    public void Add(in UsageEvent call, object? answer, Exception? error)
    {
        _isEmpty = false;
        _isCancelled |= call.Outcome == CallOutcome.Cancelled;
        _isAbandoned |= call.Outcome == CallOutcome.Abandoned;
        Know(call.ResponseId);
        Know(answer);
        Know(error);
        if (!call.HasUsage)
        {
            return;
        }

        _isAnonymous |= call.ResponseId is null;
        _last = call.Usage;
        try
        {
            _sum.Add(in call.Usage);
        }
        catch (OverflowException) // No real counts: the sum is no evidence of anything.
        {
            _isBeyondBelief = true;
        }
    }

    /// <summary>Whether the call around is what is known already.</summary>
    public bool Contain(in UsageEvent call, object? answer, Exception? error)
    {
        if (_isEmpty)
        {
            return false;
        }

        if (Knows(call.ResponseId) || Knows(answer) || KnowsAny(error))
        {
            return true;
        }

        if (call.ResponseId is not null && !_isAnonymous && !_last.IsEmpty)
        {
            return false; // All of them say who they are, and it is none of them.
        }

        if (call.HasUsage)
        {
            // The sum where a turn took several calls; the last one where those before were tried in vain.
            return (!_isBeyondBelief && _sum == call.Usage) || _last == call.Usage;
        }

        return call.Outcome switch
        {
            CallOutcome.Failed => false, // It failed by itself, perhaps after a tool's call.
            CallOutcome.Cancelled => _isCancelled,
            CallOutcome.Abandoned => _isAbandoned || _last.IsEmpty,
            _ => true, // A client between lost the usage.
        };
    }

    private void Know(object? sign)
    {
        if (sign is not null)
        {
            (_known ??= []).Add(sign);
        }
    }

    private bool Knows(object? sign) => sign is not null && _known?.Contains(sign) == true;

    // Failover clients and the like wrap what they caught.
    private bool KnowsAny(Exception? error) =>
        Knows(error) || (error is AggregateException all ? all.InnerExceptions.Any(KnowsAny) : error?.InnerException is { } inner && KnowsAny(inner));
}
