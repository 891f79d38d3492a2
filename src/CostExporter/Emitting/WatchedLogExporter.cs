using OpenTelemetry;
using OpenTelemetry.Logs;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Tells when the log records that were handed to a batch processor went through its exporter, and with which result: a flush of the processor returns
/// when they were taken out of its queue, which is before they are sent.
/// </summary>
/// <param name="inner">The exporter; not this one's to end.</param>
internal sealed class WatchedLogExporter(BaseExporter<LogRecord> inner) : BaseExporter<LogRecord>
{
    private readonly Lock _gate = new();

    // All under _gate.
    private TaskCompletionSource<bool>? _expected;
    private long _missing;
    private bool _succeeded;

    /// <summary>Whether the next so many records are exported: completes with the last of them.</summary>
    public Task<bool> ExpectAsync(int records)
    {
        lock (_gate)
        {
            (_missing, _succeeded) = (records, true);
            _expected = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _expected.Task;
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<LogRecord> batch)
    {
        var (count, result) = (batch.Count, ExportResult.Failure);
        try
        {
            return result = inner.Export(in batch);
        }
        finally
        {
            lock (_gate)
            {
                _succeeded &= result == ExportResult.Success;
                _missing -= count;
                if (_missing <= 0)
                {
                    _expected?.TrySetResult(_succeeded);
                }
            }
        }
    }
}
