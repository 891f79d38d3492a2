using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Which hubs' events are taken by folders of this process. Thread-safe.</summary>
internal static class FolderSubscriptions
{
    private static readonly Lock ActiveGate = new();
    private static readonly List<UsageHub> ActiveHubs = [];

    /// <summary>Told of a hub before a folder begins to take its events, and after it ended while <see cref="IsActiveOn"/> still says so.</summary>
    public static event Action<UsageHub>? Changing;

    public static bool IsActiveOn(UsageHub hub)
    {
        lock (ActiveGate)
        {
            return ActiveHubs.Contains(hub);
        }
    }

    public static IDisposable Add(UsageHub hub, SpendFolder folder)
    {
        Changing?.Invoke(hub);
        lock (ActiveGate)
        {
            ActiveHubs.Add(hub);
        }

        return new Subscription(hub, hub.Subscribe(folder));
    }

    private sealed class Subscription(UsageHub hub, IDisposable inner) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            inner.Dispose();
            Changing?.Invoke(hub);
            lock (ActiveGate)
            {
                ActiveHubs.Remove(hub);
            }
        }
    }
}
