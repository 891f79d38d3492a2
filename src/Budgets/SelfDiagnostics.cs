using System.Diagnostics.Tracing;
using System.Globalization;

namespace LlmTelemetry.Budgets;

/// <summary>What went wrong inside budgets, with type, message and what came of it, and the warnings of limits; OTEL_DIAGNOSTICS.json picks it up by its name.</summary>
[EventSource(Name = "OpenTelemetry-LlmTelemetry-Budgets")]
internal sealed class SelfDiagnostics : EventSource
{
    public static readonly SelfDiagnostics Log = new();

    [NonEvent]
    public void Failed(Exception cause, string consequence)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.None))
        {
            Failed(cause.GetType().FullName ?? "", cause.Message, consequence);
        }
    }

    [NonEvent]
    public void Dropped(string reason, long settlements)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.None))
        {
            Dropped(reason, settlements.ToString(CultureInfo.InvariantCulture));
        }
    }

    [NonEvent]
    public void Warned(string limit, string subject, int percent)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            Warned(limit, subject, percent.ToString(CultureInfo.InvariantCulture));
        }
    }

    // Numbers go as text: the overloads that mix both need reflection.
    [Event(1, Level = EventLevel.Error, Message = "{0}: {1}. {2}")]
    public void Failed(string type, string message, string consequence) => WriteEvent(1, type, message, consequence);

    [Event(2, Level = EventLevel.Error, Message = "Dropped ({0}) {1} settlements: what these calls used is not in the store.")]
    public void Dropped(string reason, string settlements) => WriteEvent(2, reason, settlements);

    [Event(3, Level = EventLevel.Warning, Message = "Limit {0} of {1} passed {2} percent.")]
    public void Warned(string limit, string subject, string percent) => WriteEvent(3, limit, subject, percent);
}
