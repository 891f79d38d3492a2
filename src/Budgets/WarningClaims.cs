using System.Collections.Concurrent;
using System.Diagnostics;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>Warns of limits that are nearly used up: never on a call's path, and once for each percentage, subject and period, since the store gives the right to one caller alone.</summary>
internal sealed class WarningClaims(StoreCalls store, Func<GuardSettings> settings, BudgetMeters meters, ILogger logger)
{
    // Those above wait for the next call to see the same.
    private const int MostAtOnce = 64;

    private readonly ConcurrentDictionary<(CounterKey Counter, int Percent), bool> _underWay = new();

    /// <summary>Warns where an answer of the store shows that it is time.</summary>
    /// <param name="limits">The limits that were asked for.</param>
    /// <param name="calendar">Their periods.</param>
    /// <param name="answer">Where they stand.</param>
    /// <param name="attribution">Whose call it is.</param>
    /// <param name="charged">How much of each was charged to it just now; null: nothing.</param>
    public void Look(IReadOnlyList<AppliedLimit> limits, BudgetCalendar calendar, LedgerAnswer answer, in Attribution attribution, IReadOnlyList<(long Amount, int Pico)>? charged = null)
    {
        try
        {
            var percents = settings().Options.WarnAt;
            for (var i = 0; i < answer.Lines.Count && i < limits.Count; i++)
            {
                if (Due(answer.Lines[i], charged?[i].Amount ?? 0, percents) is { Length: > 0 } due)
                {
                    Start(new Claim(limits[i], calendar, due, limits[i].State(answer.Lines[i]), attribution, Activity.Current));
                }
            }
        }
        catch (Exception cause) // What is decided or charged already must not be undone for a warning.
        {
            SelfDiagnostics.Log.Failed(cause, "A warning is late or lost.");
        }
    }

    /// <summary>
    /// What to warn of, in this order: the highest percentage that was passed, which takes with it those below that the same charge passed; and before it those that others had
    /// passed already and that nobody has the right to yet, so that a warning that is under way is not lost to one that overtakes it.
    /// </summary>
    /// <param name="line">Where the limit stands.</param>
    /// <param name="charged">How much of that was charged just now.</param>
    /// <param name="percents">In ascending order.</param>
    public static int[] Due(in LineState line, long charged, IReadOnlyList<int> percents)
    {
        var highest = percents.Count - 1;
        while (highest >= 0 && percents[highest] > line.Warned && !IsPassed(line, line.Used, percents[highest]))
        {
            highest--;
        }

        if (highest < 0 || percents[highest] <= line.Warned)
        {
            return [];
        }

        var due = new List<int>();
        for (var i = 0; i < highest; i++)
        {
            if (percents[i] > line.Warned && IsPassed(line, line.Used - charged, percents[i]))
            {
                due.Add(percents[i]);
            }
        }

        return [.. due, percents[highest]];
    }

    // At most 2^53 times 100: no overflow.
    private static bool IsPassed(in LineState line, long used, int percent) => line.Limit is { } limit && used > 0 && used * 100 >= limit * percent;

    private void Start(Claim claim)
    {
        if (_underWay.Count < MostAtOnce && _underWay.TryAdd(claim.Key, true))
        {
            _ = Task.Run(() => WarnAsync(claim));
        }
    }

    private async Task WarnAsync(Claim claim)
    {
        try
        {
            foreach (var percent in claim.Percents)
            {
                if (await store.ClaimAsync(claim.Limit, claim.Calendar, percent, settings().Options.StoreTimeout).ConfigureAwait(false))
                {
                    Warn(claim, percent);
                }
            }
        }
        catch (Exception cause) // Nobody waits for a warning; where the store gave no right to it, the next call asks again.
        {
            SelfDiagnostics.Log.Failed(cause, $"A warning of limit {claim.Limit.Limit.Name} is late or lost.");
        }
        finally
        {
            _underWay.TryRemove(claim.Key, out _);
        }
    }

    private void Warn(Claim claim, int percent)
    {
        var (limit, _, _, state, attribution, activity) = claim;
        meters.Warned(limit, percent);
        SelfDiagnostics.Log.Warned(state.Name, state.Subject, percent);
        logger.LogWarning(
            "Limit {Limit} of {Subject} passed {Percent} %: {Used} of {Amount} {Unit} used.", state.Name, Refusals.Whose(limit), percent, state.Used, state.Limit, state.Unit.Word());
        activity?.AddEvent(new ActivityEvent(SpanEvents.BudgetWarning, tags: new ActivityTagsCollection
        {
            [Attributes.BudgetName] = state.Name,
            [Attributes.BudgetSubject] = state.Subject,
            [Attributes.BudgetPercent] = percent,
        }));
        try
        {
            settings().Options.OnWarning?.Invoke(new BudgetWarning(percent, state, attribution));
        }
        catch (Exception cause) // The application's own code; the warning itself is out.
        {
            SelfDiagnostics.Log.Failed(cause, $"{nameof(BudgetOptions.OnWarning)} failed; the warning was logged and counted.");
            logger.LogError(cause, "{Callback} failed for limit {Limit}.", nameof(BudgetOptions.OnWarning), state.Name);
        }
    }

    private sealed record Claim(AppliedLimit Limit, BudgetCalendar Calendar, int[] Percents, BudgetState State, Attribution Attribution, Activity? Activity)
    {
        public (CounterKey Counter, int Percent) Key => (Limit.Counter, Percents[^1]);
    }
}
