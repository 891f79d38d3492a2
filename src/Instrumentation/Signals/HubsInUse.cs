using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>The hubs of the process's clients, for whether their calls are booked in a ledger. Keeps no hub alive. Thread-safe.</summary>
internal sealed class HubsInUse
{
    private readonly Lock _gate = new();
    private readonly List<WeakReference<UsageHub>> _hubs = [];

    /// <summary>Whether one of them has a ledger now.</summary>
    public bool HaveLedger
    {
        get
        {
            lock (_gate)
            {
                return _hubs.Exists(known => known.TryGetTarget(out var hub) && hub.HasLedger);
            }
        }
    }

    public void Add(UsageHub hub)
    {
        lock (_gate)
        {
            _hubs.RemoveAll(known => !known.TryGetTarget(out _));
            if (!_hubs.Exists(known => known.TryGetTarget(out var other) && ReferenceEquals(other, hub)))
            {
                _hubs.Add(new WeakReference<UsageHub>(hub));
            }
        }
    }
}
