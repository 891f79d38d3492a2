namespace LlmTelemetry.Budgets;

/// <summary>The simplest budget: the tokens of all calls of a day against one number. Thread-safe. A day's counter begins at 0 by itself and is kept for two days.</summary>
public sealed class DailyTokenTracker
{
    internal DailyTokenTracker()
    {
    }

    /// <summary>How many tokens a day: <see cref="BudgetOptions.DailyTokenLimit"/>.</summary>
    public long DailyTokenLimit => throw new NotImplementedException("quota");

    /// <summary>Adds tokens to today's and returns the new total; 0 while the store cannot be asked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tokens are negative.</exception>
    public Task<long> IncrementAsync(long tokens, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Whether so many more tokens would stay within the limit, without holding them. Yes while the store cannot be asked.</summary>
    /// <param name="estimate">How many more.</param>
    /// <param name="limit">Another limit than <see cref="DailyTokenLimit"/>.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public Task<bool> CheckAsync(long estimate, long? limit = null, CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");

    /// <summary>Where today stands.</summary>
    public Task<DailyTokenStats> GetStatsAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException("quota");
}

/// <summary>Where a day's tokens stand.</summary>
/// <param name="Date">The day, in the zone of the options.</param>
/// <param name="Usage">Tokens used.</param>
/// <param name="Limit">Tokens a day.</param>
/// <param name="IsStale">Whether the store could not be asked, so that usage reads 0.</param>
public sealed record DailyTokenStats(DateOnly Date, long Usage, long Limit, bool IsStale = false)
{
    /// <summary>Tokens left; never below 0.</summary>
    public long Remaining => Math.Max(0, Limit - Usage);

    /// <summary>Tokens used, of 100.</summary>
    public double PercentUsed => 100d * Usage / Limit;

    /// <summary>Whether usage is at most the limit.</summary>
    public bool WithinLimit => Usage <= Limit;
}
