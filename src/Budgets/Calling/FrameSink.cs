using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Hands the events of a hub to the calls under way; one for each hub, however many clients publish there, so that nothing is counted twice.</summary>
internal sealed class FrameSink : IUsageSink
{
    private static readonly ConditionalWeakTable<UsageHub, FrameSink> Known = [];

    private readonly UsageHub _hub;
    private readonly Lock _gate = new();

    // Under the gate.
    private int _members;
    private IDisposable? _subscription;

    private FrameSink(UsageHub hub) => _hub = hub;

    public static FrameSink Of(UsageHub hub) => Known.GetValue(hub, static hub => new FrameSink(hub));

    /// <summary>Listens until all who entered have left: clients, and calls under way, which may outlive theirs.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            if (_members++ == 0)
            {
                _subscription = _hub.Subscribe(this);
            }
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (--_members == 0)
            {
                _subscription?.Dispose();
            }
        }
    }

    public void Record(in UsageEvent usageEvent) => BudgetFrame.Note(in usageEvent);
}
