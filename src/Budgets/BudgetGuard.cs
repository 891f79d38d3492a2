namespace LlmTelemetry.Budgets;

/// <summary>
/// Budgets of one application: decides calls, and tells and changes where limits stand, for pipelines (<c>UseBudgets</c>) and for routes outside them. Thread-safe; one per
/// application is enough. From dependency injection (<c>AddBudgets</c>), or <see cref="Start"/>.
/// </summary>
public sealed class BudgetGuard : IAsyncDisposable
{
    internal BudgetGuard()
    {
    }

    /// <summary>Starts budgets without dependency injection. Reads <c>LlmTelemetry__*</c> from the environment; what is set in code wins.</summary>
    /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
    public static BudgetGuard Start(Action<BudgetOptions>? configure = null) => throw new NotImplementedException("guard");

    /// <summary>Where a user's limits stand.</summary>
    /// <param name="user">The user, as calls are attributed: its hash where ids are hashed.</param>
    /// <param name="tier">The user's tier; null: as <see cref="BudgetOptions.TierOf"/> or <see cref="BudgetOptions.DefaultTier"/> say.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public Task<BudgetQuota> GetQuotaAsync(string user, string? tier = null, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Whether the user has anything left, without holding: for routes outside the pipeline. True while the store cannot be asked, unless a limit is closed.</summary>
    public Task<bool> CheckQuotaAsync(string user, string? tier = null, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Charges what a user used outside the pipeline, as one request, without asking for room. While the store cannot be asked it is kept and charged later.</summary>
    /// <param name="user">The user.</param>
    /// <param name="tokens">Tokens, input and output.</param>
    /// <param name="cost">USD; null: not known, which charges limits in USD nothing.</param>
    /// <param name="tier">The user's tier; null: as the options say.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">An amount is negative.</exception>
    public Task ChargeAsync(string user, long tokens, decimal? cost = null, string? tier = null, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Where all limits stand: those of all calls, and the subjects that used any, the fullest first.</summary>
    /// <param name="limit">Only this limit; null: all.</param>
    /// <param name="max">The most subjects of each limit.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public Task<IReadOnlyList<BudgetState>> ListAsync(string? limit = null, int max = 100, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Sets what was used to 0, for one subject. What calls under way hold stays.</summary>
    public Task ResetAsync(string limit, string subject = "", CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Overrides a limit for one subject in all processes, from the next call on, until it is taken back.</summary>
    /// <param name="limit">The limit's name; of a tier's limit as <c>docs/budgets.md</c> lists them: <c>tier.tokens_per_hour</c>.</param>
    /// <param name="subject">Whose; null: everybody's.</param>
    /// <param name="amount">How much, in the limit's unit; null: unlimited.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="ArgumentException">There is no such limit, or the amount is wrong for it.</exception>
    public Task SetLimitAsync(string limit, string? subject, decimal? amount, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Takes an override back.</summary>
    public Task ClearLimitAsync(string limit, string? subject, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Deletes what is counted of a user, and the user's overrides. Returns how many of both there were.</summary>
    internal Task<(int Counters, int Overrides)> EraseUserAsync(string user, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Sends what is still to be settled and ends.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException("guard");

    /// <summary>Asks for room. Refusals are answers, not exceptions; throws only when cancelled.</summary>
    internal Task<HoldOutcome> HoldAsync(CallAsk ask, CancellationToken cancellationToken) => throw new NotImplementedException("guard");

    /// <summary>The options of the moment.</summary>
    internal BudgetOptions Options => throw new NotImplementedException("guard");
}
