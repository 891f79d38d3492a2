using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>Says when sending begins to fail and when it works again: once for each change, not for each attempt.</summary>
internal sealed class FlushHealth(ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _failing = new(StringComparer.Ordinal);
    private string? _error;

    /// <summary>The last failure, while there is a partition whose flushes fail; else null.</summary>
    public string? Error
    {
        get
        {
            lock (_gate)
            {
                return _error;
            }
        }
    }

    public void Failed(string partition, Exception cause, long pendingRows)
    {
        ExporterMetrics.CountFlush(succeeded: false);
        SelfDiagnostics.Log.FlushFailed(cause, pendingRows);
        lock (_gate)
        {
            _error = $"{cause.GetType().Name}: {cause.Message}";
            if (_failing.Add(partition) && _failing.Count == 1)
            {
                logger.LogError(cause, "Spend is not reaching the store; {PendingRows} rows are kept and sent again until it does.", pendingRows);
            }
        }
    }

    public void Succeeded(string partition)
    {
        ExporterMetrics.CountFlush(succeeded: true);
        lock (_gate)
        {
            if (_failing.Remove(partition) && _failing.Count == 0)
            {
                _error = null;
                SelfDiagnostics.Log.FlushRecovered();
                logger.LogInformation("Spend is reaching the store again; nothing was lost or counted twice.");
            }
        }
    }

    public void StoreLost(string partition, long rows)
    {
        ExporterMetrics.CountDropped(Vocabulary.DropReasons.StoreLost, rows);
        SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.StoreLost, rows, $"The store of {partition} lost batches that it had acknowledged: it was restored from an older copy, or emptied.");
        logger.LogError("The store of {Partition} lost about {Rows} rows that it had acknowledged and that are not kept here any more.", partition, rows);
    }

    public void Expired(string partition, int rows)
    {
        ExporterMetrics.CountDropped(Vocabulary.DropReasons.Expired, rows);
        SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Expired, rows, $"Increments of {partition} were older than the retention of their period.");
        logger.LogWarning("{Rows} increments of {Partition} were older than the retention of their period, and are counted but not kept.", rows, partition);
    }

    public void LeftInJournal(long rows, string? error) =>
        logger.LogWarning("The cost exporter ends with {Rows} rows that the store did not acknowledge; its journal keeps them for the next one: {Error}", rows, error ?? "the time to shut down was over");

    public void NotSent(long rows, string? error)
    {
        ExporterMetrics.CountDropped(Vocabulary.DropReasons.Shutdown, rows);
        SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Shutdown, rows, error ?? "The time to shut down was over.");
        logger.LogError("The cost exporter ends with {Rows} rows that the store did not acknowledge; what they hold is lost: {Error}", rows, error ?? "the time to shut down was over");
    }
}
