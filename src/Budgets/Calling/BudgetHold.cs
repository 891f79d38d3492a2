using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Room that a call has; or, where the store failed and every limit is open, the debt to charge it later. Settled once, whoever asks again.</summary>
internal sealed class BudgetHold
{
    private readonly Settlements? _settlements;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<AppliedLimit> _limits;
    private readonly BudgetCalendar? _calendar;
    private readonly Attribution _attribution;
    private readonly Guid _id;
    private readonly Known _known;
    private readonly long _startedAt;
    private int _isSettled;

    /// <param name="settlements">Where it is settled.</param>
    /// <param name="time">The clock.</param>
    /// <param name="limits">The limits that apply.</param>
    /// <param name="calendar">Their periods.</param>
    /// <param name="attribution">Whose call it is.</param>
    /// <param name="id">The hold's id.</param>
    /// <param name="known">What is known of it.</param>
    /// <param name="states">Where the limits stood.</param>
    public BudgetHold(
        Settlements settlements,
        TimeProvider time,
        IReadOnlyList<AppliedLimit> limits,
        BudgetCalendar calendar,
        in Attribution attribution,
        Guid id,
        Known known,
        IReadOnlyList<BudgetState> states)
    {
        (_settlements, _time, _limits, _calendar, _attribution, _id, _known) = (settlements, time, limits, calendar, attribution, id, known);
        _startedAt = time.GetTimestamp();
        States = states;
    }

    private BudgetHold() => (_time, _limits, States) = (TimeProvider.System, [], []);

    /// <summary>What is known of the hold in the store.</summary>
    internal enum Known
    {
        /// <summary>It is there.</summary>
        Placed,

        /// <summary>The store did not say whether it is.</summary>
        Asked,

        /// <summary>There is none.</summary>
        None,
    }

    /// <summary>The room of a call that no limit applies to: nothing is held and nothing charged.</summary>
    public static BudgetHold Unlimited { get; } = new();

    /// <summary>Where the limits stood when it was admitted.</summary>
    public IReadOnlyList<BudgetState> States { get; }

    /// <summary>
    /// Charges what the call used and lets the rest go. Waits for the store, at most <see cref="BudgetOptions.StoreTimeout"/>; what it could not say then is sent again in the
    /// background until it is taken. Never throws, is not cancelled with the call, and does nothing the second time.
    /// </summary>
    /// <param name="actual">What was used. Default amounts: nothing, as when the call never reached the provider.</param>
    public Task SettleAsync(CallAmounts actual)
    {
        if (_settlements is null || _calendar is null || Interlocked.Exchange(ref _isSettled, 1) != 0)
        {
            return Task.CompletedTask;
        }

        var known = _known == Known.Placed ? HoldKnown.Placed : HoldKnown.Unknown;
        var settlement = new PendingSettlement(_id, _limits, _calendar, _attribution, known, actual, _startedAt, _time.GetTimestamp());

        // Where nothing is held and nothing was used there is nothing to say.
        return _known == Known.None && settlement.Limits.Count == 0 ? Task.CompletedTask : _settlements.SettleAsync(settlement);
    }
}

/// <summary>What became of a <see cref="CallAsk"/>.</summary>
/// <param name="Hold">The room; null: refused.</param>
/// <param name="Refusal">Why not, ready to be thrown; null: admitted.</param>
/// <param name="States">Where each limit that applies stands, whether or not it refused: what <see cref="OverBudgetAction.CapOutput"/> reckons with. Empty where the store failed.</param>
/// <param name="CountRefusal">To call where the refusal is the last word; null: admitted. Who then asks for less, and has it, was not refused.</param>
internal sealed record HoldOutcome(BudgetHold? Hold, BudgetExceededException? Refusal, IReadOnlyList<BudgetState> States, Action? CountRefusal = null);
