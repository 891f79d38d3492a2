using System.Collections.Concurrent;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Quickstart;

/// <summary>Adds up this run's calls on its own, beside the exporter: any class that implements <see cref="IUsageSink"/> is handed every finished call.</summary>
internal sealed class RunTally : IUsageSink
{
    private readonly ConcurrentQueue<UsageEvent> _calls = new();

    /// <summary>The calls so far, in the order in which they ended.</summary>
    public IReadOnlyCollection<UsageEvent> Calls => _calls;

    public long InputTokens => _calls.Where(call => call.HasUsage).Sum(call => call.Usage.InputTokens);

    public long OutputTokens => _calls.Where(call => call.HasUsage).Sum(call => call.Usage.OutputTokens);

    /// <summary>In USD, of the calls whose cost is known.</summary>
    public decimal Cost => _calls.Where(call => call.HasCost).Sum(call => call.Cost.Amount);

    /// <summary>Whether every call failed: a wrong key, no network.</summary>
    public bool NothingWorked => _calls.All(call => call.Outcome == CallOutcome.Failed);

    public void Record(in UsageEvent usageEvent) => _calls.Enqueue(usageEvent);
}
