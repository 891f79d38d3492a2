namespace LlmTelemetry.CostExporter;

/// <summary>
/// Proves that a write reaches the store: batches without rows, under an instance of their own, take the way of all others and change nothing but their own
/// number. Thread-safe.
/// </summary>
internal sealed class StoreCanary(TimedStore store, TimeSpan limit, TimeProvider time)
{
    // One that timed out may have been applied, or the store may have been emptied: its answer says where to go on.
    private const int Attempts = 3;

    private readonly string _instance = $"canary-{Guid.NewGuid():N}";
    private readonly Lock _gate = new();
    private Task? _underWay;

    // Of the task that is under way.
    private long _last;

    /// <summary>Ends when a write was acknowledged; fails when none was within the limit.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        Task underWay;
        lock (_gate)
        {
            // One for all who ask: a store that hangs must not get more and more of them.
            underWay = _underWay = _underWay is null or { IsCompleted: true } ? Task.Run(RunAsync, CancellationToken.None) : _underWay;
        }

        try
        {
            await underWay.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!underWay.IsCompleted)
        {
            _ = underWay.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new TimeoutException($"A write did not reach the store within {limit.TotalSeconds:0.###} s.");
        }
    }

    private async Task RunAsync()
    {
        var partition = store.PartitionOf(default);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var reply = await store.ApplyAsync(new SpendBatch(_instance, partition, _last + 1, []), CancellationToken.None).ConfigureAwait(false);
            _last = reply.LastNumber;
            if (reply.Status == BatchStatus.Applied)
            {
                return;
            }
        }

        throw new InvalidOperationException($"The store answers {Attempts} writes in a row without taking one.");
    }
}
