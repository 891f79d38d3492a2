using System.Diagnostics.Tracing;

namespace LlmTelemetry.Budgets;

/// <summary>What the budgets' clients swallowed so that the call would not be harmed, for OpenTelemetry's self-diagnostics and dotnet-trace.</summary>
[EventSource(Name = "OpenTelemetry-LlmTelemetry-Budgets-Calls")]
internal sealed class CallDiagnostics : EventSource
{
    public static readonly CallDiagnostics Log = new();

    [NonEvent]
    public void Lost(string what, Exception cause)
    {
        if (IsEnabled())
        {
            Lost(what, cause.GetType().FullName ?? cause.GetType().Name, cause.ToString());
        }
    }

    [Event(1, Level = EventLevel.Error, Message = "Lost {0}: {1}. {2}")]
    private void Lost(string what, string type, string details) => WriteEvent(1, what, type, details);
}
