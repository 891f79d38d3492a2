using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>
/// The simplest budget: the tokens of all calls of a day against one number. It counts what it is told, in all processes on one store together. Thread-safe. A day's counter
/// begins at 0 by itself and is kept for two days. From dependency injection, or <see cref="BudgetGuard.DailyTokens"/>.
/// </summary>
public sealed class DailyTokenTracker
{
    /// <summary>Names its counter in the store; no limit may be called so.</summary>
    internal const string Name = "daily_tokens";

    private static readonly int[] Milestones = [50, 80, 90, 95, 100];

    private readonly BudgetGuard _guard;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RareLog _failures;

    internal DailyTokenTracker(BudgetGuard guard, ILogger logger)
    {
        (_guard, _logger, _time) = (guard, logger, guard.Options.TimeProvider);
        _failures = new RareLog(logger, _time, "The store of budgets failed: the day's tokens read 0, checks say yes, and increments are kept and sent again.");
    }

    /// <summary>How many tokens a day: <see cref="BudgetOptions.DailyTokenLimit"/>.</summary>
    public long DailyTokenLimit => _guard.Options.DailyTokenLimit;

    private BudgetCalendar Calendar => _guard.Settings.Limits.Calendar;

    /// <summary>
    /// Adds tokens to today's and returns the new total; 0 while the store cannot be asked: then they are kept and added when it can, once.
    /// </summary>
    /// <param name="tokens">How many.</param>
    /// <param name="cancellationToken">Ends waiting. What is under way by then is added all the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tokens are negative.</exception>
    public async Task<long> IncrementAsync(long tokens, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        cancellationToken.ThrowIfCancellationRequested();
        if (tokens == 0)
        {
            return (await GetStatsAsync(cancellationToken).ConfigureAwait(false)).Usage;
        }

        var (limit, calendar, now) = (Limit(), Calendar, _time.GetTimestamp());
        var charge = new PendingSettlement(
            Guid.NewGuid(), [limit], calendar, default(Attribution), HoldKnown.Unknown, new CallAmounts(tokens, 0, CostPico: null, Requests: 0), now, now);
        if (await TryAddAsync(charge).WaitAsync(cancellationToken).ConfigureAwait(false) is not { } state)
        {
            DailyTokenLog.Kept(_logger, tokens);
            return 0;
        }

        DailyTokenLog.Incremented(_logger, tokens, state.Used, DailyTokenLimit);
        await TellMilestonesAsync(limit, calendar, state, tokens).ConfigureAwait(false);
        return state.Used;
    }

    /// <summary>Whether so many more tokens would stay within the limit, without holding them. Yes while the store cannot be asked.</summary>
    /// <param name="estimate">How many more.</param>
    /// <param name="limit">Another limit than <see cref="DailyTokenLimit"/>.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The estimate or the limit is negative.</exception>
    public async Task<bool> CheckAsync(long estimate, long? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(estimate);
        var most = limit ?? DailyTokenLimit;
        ArgumentOutOfRangeException.ThrowIfNegative(most, nameof(limit));
        var read = await TryReadAsync(cancellationToken).ConfigureAwait(false);
        var isWithin = read is not { State: var state } || estimate <= most - state.Used;
        DailyTokenLog.Checked(_logger, estimate, read?.State.Used ?? 0, most, isWithin);
        return isWithin;
    }

    /// <summary>Where today stands.</summary>
    public async Task<DailyTokenStats> GetStatsAsync(CancellationToken cancellationToken = default)
    {
        var read = await TryReadAsync(cancellationToken).ConfigureAwait(false);
        var now = read is { Now: var store } ? DateTimeOffset.FromUnixTimeMilliseconds(store) : _time.GetUtcNow();
        var stats = new DailyTokenStats(DayAt(now), read?.State.Used ?? 0, DailyTokenLimit, IsStale: read is null);
        DailyTokenLog.Read(_logger, stats.Date, stats.Usage, stats.Limit, stats.IsStale);
        return stats;
    }

    private DateOnly DayAt(DateTimeOffset now)
    {
        var start = DateTimeOffset.FromUnixTimeMilliseconds(Calendar.SpanOf(Limit().Limit, now.ToUnixTimeMilliseconds()).Start);
        return DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(start, Calendar.Zone).DateTime);
    }

    private AppliedLimit Limit()
    {
        var limit = new BudgetLimit(Name, BudgetUnit.Tokens, Math.Min(DailyTokenLimit, AmountMath.Most), BudgetWindow.Day);
        return new AppliedLimit(limit, new CounterKey(CounterKeys.Series(limit, Calendar.Zone), ""));
    }

    // Null: nobody knows whether it was added; it is sent in the background, under the same id, until the store says so.
    private async Task<LineState?> TryAddAsync(PendingSettlement charge)
    {
        // A second time where the answer is late: the id says that it is the same.
        for (var isRetry = false; _guard.Circuit.TryEnter(); isRetry = true)
        {
            try
            {
                var answer = await _guard.Store.AskAsync(
                    (ledger, now) => ledger.SettleAsync(charge.At(now, _time), CancellationToken.None), _guard.Options.StoreTimeout, CancellationToken.None).ConfigureAwait(false);
                return answer.Lines[0];
            }
            catch (Exception cause) // Whoever counts tokens is not to fail with the store.
            {
                charge.IsRetry = true;
                _failures.Write(cause);
                if (isRetry || cause is not TimeoutException)
                {
                    break;
                }
            }
        }

        if (!charge.IsRetry)
        {
            SayWhy();
        }

        _ = _guard.Settlements.SettleAsync(charge);
        return null;
    }

    // Others found out that the store is away: that the day's tokens are not known because of it is said all the same.
    private void SayWhy()
    {
        if (_guard.Circuit.Cause is { } cause)
        {
            _failures.Write(cause);
        }
    }

    private async Task<(LineState State, long Now)?> TryReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_guard.Circuit.TryEnter())
        {
            SayWhy();
            return null;
        }

        var (limit, calendar) = (Limit(), Calendar);
        try
        {
            var answer = await _guard.Store.AskAsync(
                (ledger, now) => ledger.ReadAsync([limit.Line(calendar, now)], cancellationToken), _guard.Options.StoreTimeout, cancellationToken).ConfigureAwait(false);
            return (answer.Lines[0], answer.Now);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // Stale is an answer, too.
        {
            _failures.Write(cause);
            return null;
        }
    }

    private async Task TellMilestonesAsync(AppliedLimit limit, BudgetCalendar calendar, LineState state, long tokens)
    {
        try
        {
            foreach (var percent in WarningClaims.Due(state, tokens, Milestones))
            {
                // One of all processes says it.
                if (await _guard.Store.ClaimAsync(limit, calendar, percent, _guard.Options.StoreTimeout).ConfigureAwait(false))
                {
                    DailyTokenLog.Milestone(_logger, percent, state.Used, DailyTokenLimit);
                }
            }
        }
        catch (Exception cause) // The tokens are counted; the next increment says it.
        {
            _failures.Write(cause);
        }
    }
}
