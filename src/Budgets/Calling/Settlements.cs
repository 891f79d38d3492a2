using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Brings to the store what calls used: each at once, and what the store does not take then again in the background until it does, at most
/// <see cref="BudgetOptions.MaxPending"/> of them. Thread-safe.
/// </summary>
internal sealed class Settlements
{
    private const int AtOnce = 32;

    private readonly StoreCalls _store;
    private readonly StoreCircuit _circuit;
    private readonly WarningClaims _warnings;
    private readonly Func<GuardSettings> _settings;
    private readonly TimeProvider _time;
    private readonly RareLog _failures;
    private readonly RareLog _losses;
    private readonly RetryPause _pause;
    private readonly Lock _gate = new();

    // All under the gate.
    private readonly Queue<PendingSettlement> _queue = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private bool _isRunning;
    private bool _isEnding;
    private bool _hasEnded;

    public Settlements(
        StoreCalls store, StoreCircuit circuit, WarningClaims warnings, Func<GuardSettings> settings, TimeProvider time, RareLog failures, RareLog losses)
    {
        (_store, _circuit, _warnings, _settings, _time, _failures, _losses) = (store, circuit, warnings, settings, time, failures, losses);
        _pause = new RetryPause(time);
        circuit.Recovered += _pause.Wake;
    }

    /// <summary>How many the store has not taken yet, those under way included.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    /// <summary>Sends one now where the store answers, and keeps it for later where not. Never throws; ends after <see cref="BudgetOptions.StoreTimeout"/> at the latest.</summary>
    public async Task SettleAsync(PendingSettlement settlement)
    {
        if (Begin() && (!_circuit.TryEnter() || !await SendAsync(settlement).ConfigureAwait(false)))
        {
            Keep(settlement);
        }
    }

    /// <summary>Lets go of a hold of which nobody knows whether it was placed. Does not wait.</summary>
    public void Release(Guid id, BudgetCalendar calendar)
    {
        if (Begin())
        {
            var now = _time.GetTimestamp();
            Keep(new PendingSettlement(id, [], calendar, default(Attribution), HoldKnown.Unknown, default, now, now));
        }
    }

    /// <summary>Ends when everything is taken, or after the limit; what is left then is dropped and counted. Returns how many.</summary>
    public async Task<int> DrainAsync(TimeSpan limit)
    {
        lock (_gate)
        {
            _isEnding = true;
            if (_open == 0)
            {
                _idle.TrySetResult();
            }
        }

        _pause.Hurry();
        try
        {
            await _idle.Task.WaitAsync(limit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // What could not be sent in that time is counted below.
        }

        int left;
        lock (_gate)
        {
            _hasEnded = true;
            left = _open;
            BudgetMeters.Pending(-_queue.Count);
            _queue.Clear();
        }

        _pause.Wake();
        if (left > 0)
        {
            BudgetMeters.Dropped(DropReasons.Shutdown, left);
        }

        return left;
    }

    private bool Begin()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _open++;
                return true;
            }
        }

        BudgetMeters.Dropped(DropReasons.Shutdown, 1);
        return false;
    }

    private void Keep(PendingSettlement settlement)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return; // Counted with those that were left.
            }

            if (_queue.Count < _settings().Options.MaxPending)
            {
                _queue.Enqueue(settlement);
                BudgetMeters.Pending(1);
                if (!_isRunning)
                {
                    _isRunning = true;

                    // The loop outlives the call that it begins at, and is no part of its trace.
                    ThreadPool.UnsafeQueueUserWorkItem(static settlements => _ = settlements.RunAsync(), this, preferLocal: false);
                }

                return;
            }
        }

        Drop(DropReasons.Overflow);
    }

    private void Drop(string reason)
    {
        BudgetMeters.Dropped(reason, 1);
        _losses.Write(new InvalidOperationException(reason == DropReasons.Overflow
            ? $"{nameof(BudgetOptions.MaxPending)} of them wait already."
            : $"It was sent more than {IBudgetLedger.Grace.TotalHours} hours ago, and might count twice."));
        Done();
    }

    private void Done()
    {
        lock (_gate)
        {
            if (--_open == 0 && _isEnding)
            {
                _idle.TrySetResult();
            }
        }
    }

    private async Task RunAsync()
    {
        for (var pause = RetryPause.First; ;)
        {
            await _pause.WaitAsync(pause).ConfigureAwait(false);
            if (Take() is not { Count: > 0 } batch)
            {
                return;
            }

            var taken = await Task.WhenAll(batch.Select(SendAsync)).ConfigureAwait(false);
            for (var i = 0; i < taken.Length; i++)
            {
                if (!taken[i])
                {
                    Keep(batch[i]);
                }
            }

            // One that the store refuses again and again must not hold up the others, nor make it busy.
            pause = Array.Exists(taken, static one => one) ? Array.TrueForAll(taken, static one => one) ? TimeSpan.Zero : RetryPause.First : RetryPause.Longer(pause);
        }
    }

    // What there is to send; none: the loop has ended.
    private List<PendingSettlement> Take()
    {
        lock (_gate)
        {
            var batch = new List<PendingSettlement>();
            while (batch.Count < AtOnce && _queue.TryDequeue(out var settlement))
            {
                batch.Add(settlement);
            }

            BudgetMeters.Pending(-batch.Count);
            _isRunning = batch.Count > 0;
            return batch;
        }
    }

    private async Task<bool> SendAsync(PendingSettlement settlement)
    {
        try
        {
            if (settlement.IsForgotten(_time))
            {
                Drop(DropReasons.Expired);
                return true;
            }

            var answer = await _store.AskAsync(
                (ledger, now) => ledger.SettleAsync(settlement.At(now, _time), CancellationToken.None), _settings().Options.StoreTimeout, CancellationToken.None).ConfigureAwait(false);
            Done();
            _warnings.Look(settlement.Limits, settlement.Calendar, answer, settlement.Attribution, settlement.Charged);
            return true;
        }
        catch (Exception cause) // A store that fails must not harm the call that settles; what it used is kept.
        {
            settlement.IsRetry = true;
            _failures.Write(cause);
            return false;
        }
    }
}
