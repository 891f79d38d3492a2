namespace LlmTelemetry.CostExporter;

/// <summary>
/// Sends the batches of one partition, one at a time and in order. An attempt that fails leaves its batch unknown, so the same batch is sent
/// again, after a pause, before anything newer. Thread-safe.
/// </summary>
internal sealed class PartitionLane(string partition, BatchSequence sequence, TimedStore store, LaneContext context)
{
    private readonly Lock _gate = new();

    // All under _gate, as is the sequence.
    private TaskCompletionSource<string?> _settled = NewSettled();
    private TaskCompletionSource _hurry = NewHurry();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;

    // Used by the running loop only.
    private int _failures;
    private bool _wentBack;
    private bool _isRenumbered;

    public long PendingRows
    {
        get
        {
            lock (_gate)
            {
                return sequence.PendingRows;
            }
        }
    }

    /// <summary>Timestamp of the oldest increment that is not acknowledged; null when there is none.</summary>
    public long? Since
    {
        get
        {
            lock (_gate)
            {
                return sequence.Since;
            }
        }
    }

    /// <summary>Ends when the lane, whose token was cancelled, has stopped.</summary>
    public Task Running
    {
        get
        {
            lock (_gate)
            {
                return _running;
            }
        }
    }

    /// <summary>What the store may not have for sure.</summary>
    public List<SpendBatch> Held
    {
        get
        {
            lock (_gate)
            {
                return [.. sequence.Held];
            }
        }
    }

    /// <summary>Changes with what is held.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
            {
                return sequence.Version;
            }
        }
    }

    /// <summary>Takes rows to send from <see cref="Start"/> on; false, and nothing taken, while older ones are not acknowledged.</summary>
    public bool TryOffer(IReadOnlyList<SpendRow> rows, long since)
    {
        lock (_gate)
        {
            if (_isRunning)
            {
                return false;
            }

            sequence.Add(rows, since);
            return true;
        }
    }

    /// <summary>Sends what there is to send.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (!_isRunning && sequence.Next is not null)
            {
                Run();
            }
        }
    }

    /// <summary>Asks the store whether it still has what it acknowledged, if it is time for that and there is nothing to send.</summary>
    /// <returns>False: the lane has been quiet for so long that it can go.</returns>
    public bool Confirm(long now, long quietFor)
    {
        lock (_gate)
        {
            if (_isRunning)
            {
                return true;
            }

            sequence.Confirm(now);
            if (sequence.Next is not null)
            {
                Run();
                return true;
            }

            return now - sequence.LastAnswer < quietFor;
        }
    }

    /// <summary>Null once everything taken is acknowledged, or the message of the next attempt that fails, whichever comes first.</summary>
    /// <param name="hurry">Whether to cut short a pause after a failure.</param>
    public Task<string?> SettledAsync(bool hurry)
    {
        lock (_gate)
        {
            if (!_isRunning)
            {
                return Task.FromResult<string?>(null);
            }

            if (hurry)
            {
                _hurry.TrySetResult();
            }

            return _settled.Task;
        }
    }

    private void Run()
    {
        _isRunning = true;
        _settled = NewSettled();
        _hurry = NewHurry();
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    private async Task RunAsync()
    {
        while (NextOrIdle() is { } batch)
        {
            try
            {
                await SendAsync(batch).ConfigureAwait(false);
            }
            catch (Exception cause) when (!context.Stopping.IsCancellationRequested) // Whether the batch was applied is unknown: its number will tell.
            {
                await PauseAsync(cause).ConfigureAwait(false);
            }
            catch (Exception) when (context.Stopping.IsCancellationRequested)
            {
                // NextOrIdle ends the loop.
            }
        }
    }

    private SpendBatch? NextOrIdle()
    {
        lock (_gate)
        {
            if (context.Stopping.IsCancellationRequested)
            {
                // Stays as it is: whoever waits now or later must not wait for ever.
                _settled.TrySetResult("The exporter has ended.");
                return null;
            }

            if (sequence.Next is { } batch)
            {
                return batch;
            }

            context.Health.Succeeded(partition);
            _isRunning = false;
            _settled.TrySetResult(null);
            return null;
        }
    }

    private async Task SendAsync(SpendBatch batch)
    {
        if (_isRenumbered)
        {
            // Tried again until it is told: under a number that a journal does not know a batch must not be sent.
            context.Renumbered();
            _isRenumbered = false;
        }

        BatchReply reply;
        await context.InFlight.WaitAsync(context.Stopping).ConfigureAwait(false);
        try
        {
            reply = await store.ApplyAsync(batch, context.Stopping).ConfigureAwait(false);
        }
        finally
        {
            context.InFlight.Release();
        }

        Step step;
        lock (_gate)
        {
            step = sequence.Take(reply, context.Time.GetTimestamp());
        }

        Book(step, reply);
    }

    private void Book(Step step, BatchReply reply)
    {
        if (reply.ExpiredRows > 0)
        {
            context.Health.Expired(partition, reply.ExpiredRows);
        }

        switch (step.Kind)
        {
            case StepKind.Acknowledged:
                context.CountSent(step.Amount);
                _failures = 0;
                _wentBack = false;
                break;
            case StepKind.Repeated:
                _failures = 0;
                break;
            case StepKind.StoreLost:
                _isRenumbered = true;
                context.Health.StoreLost(partition, step.Amount);
                goto case StepKind.WentBack;
            case StepKind.WentBack:
                // Once is what a store does that lost its last second. Twice without anything new in between must not become a busy loop.
                var isAgain = _wentBack;
                _wentBack = true;
                if (isAgain)
                {
                    throw new InvalidOperationException("The store keeps losing batches that it acknowledges.");
                }

                break;
        }
    }

    private async Task PauseAsync(Exception cause)
    {
        context.Health.Failed(partition, cause, context.PendingRows());
        Task hurry;
        lock (_gate)
        {
            _hurry = NewHurry();
            hurry = _hurry.Task;
            _settled.TrySetResult($"{cause.GetType().Name}: {cause.Message}");
            _settled = NewSettled();
        }

        try
        {
            await hurry.WaitAsync(Backoff.After(++_failures, context.Chance()), context.Time, context.Stopping).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // The pause is over, or everything is.
        }
    }

    // Continuations elsewhere: they must not run under the lock, nor in the loop.
    private static TaskCompletionSource<string?> NewSettled() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource NewHurry() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
