using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

internal static class EventsUnderTest
{
    public static UsageEventOtlp Start(LogsEndpoint endpoint, UsageHub hub, TimeProvider time, ListLogger<UsageEventOtlp> log, Action<UsageEventOtlpOptions>? configure = null)
    {
        var options = new UsageEventOtlpOptions { Endpoint = endpoint.Address, Hub = hub, TimeProvider = time, ShutdownTimeout = TimeSpan.FromSeconds(5) };
        configure?.Invoke(options);
        var events = new UsageEventOtlp(options, logger: log);
        events.Start();
        return events;
    }
}
