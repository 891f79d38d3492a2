using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>What a call used, until the store has taken it. Sent by one at a time.</summary>
internal sealed class PendingSettlement
{
    private readonly Guid _id;
    private readonly AppliedLimit[] _limits;
    private readonly (long Amount, int Pico)[] _amounts;
    private readonly HoldKnown _hold;
    private readonly long _startedAt;
    private readonly long _endedAt;

    /// <param name="id">The hold's id, or one of its own.</param>
    /// <param name="limits">The limits that apply.</param>
    /// <param name="calendar">Their periods.</param>
    /// <param name="attribution">Whose call it was.</param>
    /// <param name="hold">What is known of the hold.</param>
    /// <param name="used">What was used.</param>
    /// <param name="startedAt">Timestamp of the admission.</param>
    /// <param name="endedAt">Timestamp of the end.</param>
    public PendingSettlement(
        Guid id, IReadOnlyList<AppliedLimit> limits, BudgetCalendar calendar, in Attribution attribution, HoldKnown hold, in CallAmounts used, long startedAt, long endedAt)
    {
        var (charged, count) = (new AppliedLimit[limits.Count], 0);
        _amounts = new (long, int)[limits.Count];
        foreach (var limit in limits)
        {
            if (UnitAmounts.ToCharge(limit.Limit.Unit, used) is not (0, 0) and var amount)
            {
                charged[count] = limit;
                _amounts[count++] = amount;
            }
        }

        _limits = count == charged.Length ? charged : charged[..count];
        (_id, _hold, _startedAt, _endedAt) = (id, hold, startedAt, endedAt);
        (Calendar, Attribution) = (calendar, attribution);
    }

    /// <summary>The limits that it charges; those of which nothing was used are let go of only.</summary>
    public IReadOnlyList<AppliedLimit> Limits => _limits;

    /// <summary>How much of each, as the ledger counts it.</summary>
    public IReadOnlyList<(long Amount, int Pico)> Charged => _amounts;

    public BudgetCalendar Calendar { get; }

    public Attribution Attribution { get; }

    /// <summary>Whether the store may have taken it already, with an answer that nobody heard.</summary>
    public bool IsRetry { get; set; }

    /// <summary>Whether the store, if it has taken it, may have forgotten so: what is sent then may count twice.</summary>
    public bool IsForgotten(TimeProvider time) => IsRetry && _hold == HoldKnown.Unknown && time.GetElapsedTime(_endedAt) >= IBudgetLedger.Grace;

    /// <summary>As it is sent at a moment.</summary>
    /// <param name="now">The store's clock, in milliseconds since 1970.</param>
    /// <param name="time">The clock of the timestamps.</param>
    public Settlement At(long now, TimeProvider time)
    {
        var lines = new ChargeLine[_limits.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = new ChargeLine(_limits[i].Line(Calendar, now), _amounts[i].Amount, _amounts[i].Pico);
        }

        return new Settlement(_id, lines, _hold, IsRetry, time.GetElapsedTime(_startedAt), time.GetElapsedTime(_endedAt));
    }
}
