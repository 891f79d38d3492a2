using System.Diagnostics.Tracing;
using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What went wrong inside the exporter, with type, message and what was lost; OTEL_DIAGNOSTICS.json picks it up by its name.</summary>
[EventSource(Name = "OpenTelemetry-LlmTelemetry-CostExporter")]
internal sealed class SelfDiagnostics : EventSource
{
    public static readonly SelfDiagnostics Log = new();

    [NonEvent]
    public void FlushFailed(Exception cause, long pendingRows)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            FlushFailed(cause.GetType().FullName ?? "", cause.Message, pendingRows.ToString(CultureInfo.InvariantCulture));
        }
    }

    [NonEvent]
    public void Failed(Exception cause, string lost)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.None))
        {
            Failed(cause.GetType().FullName ?? "", cause.Message, lost);
        }
    }

    [NonEvent]
    public void Dropped(string reason, long rows, string why)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.None))
        {
            Dropped(reason, rows.ToString(CultureInfo.InvariantCulture), why);
        }
    }

    [NonEvent]
    public void EventsFailed(string place, string why, long waiting)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            EventsFailed(place, why, waiting.ToString(CultureInfo.InvariantCulture));
        }
    }

    // Numbers go as text: the overloads that mix both need reflection.
    [Event(1, Level = EventLevel.Warning, Message = "A flush failed with {0}: {1}. {2} rows are kept and sent again.")]
    public void FlushFailed(string type, string message, string pendingRows) => WriteEvent(1, type, message, pendingRows);

    [Event(2, Level = EventLevel.Informational, Message = "Flushes succeed again.")]
    public void FlushRecovered() => WriteEvent(2);

    [Event(3, Level = EventLevel.Error, Message = "Dropped ({0}) {1} rows: {2}")]
    public void Dropped(string reason, string rows, string why) => WriteEvent(3, reason, rows, why);

    [Event(4, Level = EventLevel.Error, Message = "{0}: {1}. Lost: {2}")]
    public void Failed(string type, string message, string lost) => WriteEvent(4, type, message, lost);

    [Event(5, Level = EventLevel.Warning, Message = "Usage events do not reach {0}: {1}. {2} are kept and sent again.")]
    public void EventsFailed(string place, string why, string waiting) => WriteEvent(5, place, why, waiting);
}
