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
        var amounts = used;
        (AppliedLimit Limit, (long Amount, int Pico) Charge)[] charged =
            [.. limits.Select(limit => (limit, UnitAmounts.ToCharge(limit.Limit.Unit, amounts))).Where(static line => line.Item2 is not (0, 0))];
        (_id, _hold, _startedAt, _endedAt) = (id, hold, startedAt, endedAt);
        _limits = [.. charged.Select(static line => line.Limit)];
        _amounts = [.. charged.Select(static line => line.Charge)];
        (Calendar, Attribution) = (calendar, attribution);
    }

    /// <summary>The limits that it charges; those of which nothing was used are let go of only.</summary>
    public IReadOnlyList<AppliedLimit> Limits => _limits;

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
