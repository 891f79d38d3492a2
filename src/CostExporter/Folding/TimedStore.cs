namespace LlmTelemetry.CostExporter;

/// <summary>
/// A store that is opened before its first batch, whoever comes first, and that never takes longer than the limit, whether or not it
/// keeps to its own. What is given up may still be applied later: the numbers of the batches make that harmless.
/// </summary>
internal sealed class TimedStore(ISpendStore store, TimeSpan limit, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Task? _opening;

    /// <summary>Opens the store; repeats a failed attempt, shares a running or successful one.</summary>
    public Task OpenAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // Not the caller's token: others wait for the same attempt.
                _opening = LimitedAsync<bool>(
                    async token =>
                    {
                        await store.OpenAsync(token).ConfigureAwait(false);
                        return true;
                    },
                    CancellationToken.None);
            }

            return _opening.WaitAsync(cancellationToken);
        }
    }

    public async Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await LimitedAsync(token => store.ApplyAsync(batch, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Any other call to the same store, opened before it, within the same limit.</summary>
    public async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await LimitedAsync(call, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>See <see cref="ISpendStore.BeatAsync"/>; nothing where the store was not opened yet: a beat is not worth an attempt.</summary>
    public async Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_opening is not { IsCompletedSuccessfully: true })
            {
                return [];
            }
        }

        return await LimitedAsync(token => store.BeatAsync(beat, token), cancellationToken).ConfigureAwait(false);
    }

    public string PartitionOf(in SpendKey key) => store.PartitionOf(in key);

    /// <summary>Disposes the store, or gives up after the limit.</summary>
    public async Task CloseAsync() => await LimitedAsync<bool>(
        async _ =>
        {
            await store.DisposeAsync().ConfigureAwait(false);
            return true;
        },
        CancellationToken.None).ConfigureAwait(false);

    private async Task<T> LimitedAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // On the pool, because a store may work before its first await.
        var token = giveUp.Token;
        var task = Task.Run(() => call(token), CancellationToken.None);
        try
        {
            return await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!task.IsCompleted)
        {
            await giveUp.CancelAsync().ConfigureAwait(false);

            // Nobody waits for it any more, and its failure is not news.
            _ = task.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"The store did not answer within {limit.TotalSeconds:0.###} s.");
        }
    }
}
