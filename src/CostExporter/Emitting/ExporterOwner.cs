using OpenTelemetry;
using OpenTelemetry.Logs;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Gives each log record its event's time, and exports nothing itself. An exporter knows the resource of its provider, and is ended with it, through the processor that it is
/// given to; ours is given to this one, because the one that makes batches has <see cref="WatchedLogExporter"/> in its place.
/// </summary>
internal sealed class ExporterOwner(BaseExporter<LogRecord> exporter) : BaseExportProcessor<LogRecord>(exporter)
{
    /// <inheritdoc/>
    protected override void OnExport(LogRecord data)
    {
        if (data.Attributes is LoggedEvent logged)
        {
            data.Timestamp = logged.Record.EndedAt.UtcDateTime;
        }
    }
}
