using System.Diagnostics.Tracing;

namespace LlmTelemetry.Instrumentation;

/// <summary>What the instrumentation swallowed so that the call would not be harmed, for OpenTelemetry's self-diagnostics and dotnet-trace.</summary>
[EventSource(Name = "OpenTelemetry-LlmTelemetry-Instrumentation")]
internal sealed class SelfDiagnostics : EventSource
{
    public static readonly SelfDiagnostics Log = new();

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
