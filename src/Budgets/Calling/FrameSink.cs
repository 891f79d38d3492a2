using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Hands the events of a hub to the calls under way; one for each hub, however many clients publish there, so that nothing is counted twice.</summary>
internal sealed class FrameSink : IUsageSink
{
    private static readonly ConditionalWeakTable<UsageHub, FrameSink> Known = [];

    private readonly Lock _gate = new();

    // Under the gate.
    private int _members;
    private IDisposable? _subscription;

    private FrameSink()
    {
    }

    /// <summary>Listens to the hub until what is returned is disposed.</summary>
    public static IDisposable Join(UsageHub hub)
    {
        var sink = Known.GetValue(hub, static _ => new FrameSink());
        lock (sink._gate)
        {
            if (sink._members++ == 0)
            {
                sink._subscription = hub.Subscribe(sink);
            }
        }

        return new Membership(sink);
    }

    public void Record(in UsageEvent usageEvent) => BudgetFrame.Note(in usageEvent);

    private void Leave()
    {
        lock (_gate)
        {
            if (--_members == 0)
            {
                _subscription?.Dispose();
            }
        }
    }

    private sealed class Membership(FrameSink sink) : IDisposable
    {
        private FrameSink? _sink = sink;

        public void Dispose() => Interlocked.Exchange(ref _sink, null)?.Leave();
    }
}
