using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Stands for the exporter's sink: it says that it books calls.</summary>
internal sealed class LedgerSink : IUsageSink
{
    public bool IsLedger => true;

    public void Record(in UsageEvent usageEvent)
    {
    }
}
