using System.Globalization;

namespace LlmTelemetry.Budgets;

/// <summary>A call was refused by a limit before it was made; nothing is held for it.</summary>
public sealed class BudgetExceededException : InvalidOperationException
{
    internal BudgetExceededException(string message, BudgetState? state, BudgetRefusal reason, decimal requested, TimeSpan? retryAfter, Exception? inner = null, string? limitName = null)
        : base(message, inner)
    {
        LimitName = limitName ?? state?.Name ?? "";
        State = state;
        Reason = reason;
        Requested = requested;
        RetryAfter = retryAfter;
    }

    /// <summary>The name of the limit that refused it, also where nobody knows how it stands.</summary>
    public string LimitName { get; }

    /// <summary>The limit that refused it, and where it stands; of several, the one that takes longest to have room again. Null where the store could not be asked.</summary>
    public BudgetState? State { get; }

    /// <summary>Why.</summary>
    public BudgetRefusal Reason { get; }

    /// <summary>
    /// What the call might have used at most, in the limit's unit; where less was tried (<see cref="OverBudgetAction.CapOutput"/>, <see cref="OverBudgetAction.SwitchModel"/>),
    /// what that might have used.
    /// </summary>
    public decimal Requested { get; }

    /// <summary>How long until there may be room; null: never, since the call alone is larger than the limit, or the limit does not reset.</summary>
    public TimeSpan? RetryAfter { get; }

    internal static string Text(decimal value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}

/// <summary>Why a call was refused.</summary>
public enum BudgetRefusal
{
    /// <summary>The limit has no room for it.</summary>
    OverLimit,

    /// <summary>Nobody knows its price: <see cref="UnknownPricePolicy.Refuse"/>.</summary>
    UnknownPrice,

    /// <summary>The store cannot be asked, and a limit is <see cref="StoreFailurePolicy.Closed"/>.</summary>
    StoreUnavailable,
}
