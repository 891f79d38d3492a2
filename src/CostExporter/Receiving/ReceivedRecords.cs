using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>Writes the records of calls that were delivered and booked. Records are no money: where their store fails, that is counted and told, and nothing else. Thread-safe.</summary>
internal sealed class ReceivedRecords(IRecordStore store, CostExporterOptions options, ILogger logger)
{
    private const int RecordsAtOnce = 200;

    // The store's own limit should strike first: its message says more.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // Under _gate.
    private Task? _opening;

    private volatile bool _isFailing;

    /// <summary>Writes them, or gives up after the store's time limit; never throws.</summary>
    /// <param name="records">The records.</param>
    /// <param name="wrote">Told of each step that it goes on.</param>
    public async Task WriteAsync(IEnumerable<UsageRecord> records, Action<int> wrote)
    {
        var left = 0;
        var isDown = false;
        foreach (var some in records.Chunk(RecordsAtOnce))
        {
            if (!isDown)
            {
                try
                {
                    await WriteAsync(some).ConfigureAwait(false);
                    wrote(some.Length);
                    continue;
                }
                catch (Exception cause) // Whoever delivered them is answered all the same: the ledger has what they cost.
                {
                    Failed(cause);
                    isDown = true;
                }
            }

            left += some.Length;
        }

        if (left > 0)
        {
            ExporterMetrics.CountRecordsDropped(Vocabulary.DropReasons.Failed, left);
            SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Failed, left, "Records of calls; what they cost is in the ledger all the same.");
        }
    }

    private async Task WriteAsync(UsageRecord[] records)
    {
        using var timeUp = new CancellationTokenSource(options.StoreTimeout + Grace, options.TimeProvider);

        // On the pool, because a store may work before its first await; not beyond the limit, whether or not it keeps to it.
        await Task.Run(() => OpenAndWriteAsync(records, timeUp.Token), CancellationToken.None).WaitAsync(timeUp.Token).ConfigureAwait(false);
        if (_isFailing)
        {
            _isFailing = false;
            logger.LogInformation("Records are being kept again.");
        }
    }

    private async Task OpenAndWriteAsync(UsageRecord[] records, CancellationToken cancellationToken)
    {
        await OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        _ = await store.WriteAsync(records, cancellationToken).ConfigureAwait(false);
    }

    // One attempt for all who wait, and another one after it failed.
    private Task OpenAsync()
    {
        lock (_gate)
        {
            return _opening = _opening is null or { IsFaulted: true } or { IsCanceled: true } ? store.OpenAsync(CancellationToken.None) : _opening;
        }
    }

    private void Failed(Exception cause)
    {
        SelfDiagnostics.Log.Failed(cause, "records of calls that were delivered");
        if (!_isFailing)
        {
            _isFailing = true;
            logger.LogWarning(cause, "Records of what is delivered are not being kept; spend is not touched by it.");
        }
    }
}
