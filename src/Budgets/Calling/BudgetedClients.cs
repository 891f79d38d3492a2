using LlmTelemetry.Instrumentation;

namespace LlmTelemetry.Budgets;

/// <summary>Puts budgets around clients: finds the tracker inside, or puts one there.</summary>
internal static class BudgetedClients
{
    /// <summary>The client with budgets.</summary>
    /// <param name="client">The client.</param>
    /// <param name="gate">Decides.</param>
    /// <param name="owned">The client's own guard; null: it is somebody else's.</param>
    /// <param name="getService">Asks a client what is inside.</param>
    /// <param name="track">Puts a tracker around a client.</param>
    /// <param name="wrap">Puts budgets around a tracked client.</param>
    public static TClient Wrap<TClient>(
        TClient client, IBudgetGate gate, BudgetGuard? owned, Func<TClient, object?> getService, Func<TClient, TClient> track, Func<TClient, BudgetedCalls, TClient> wrap)
    {
        var (tracked, tracker) = (client, Find(client, getService));
        if (tracker is null)
        {
            tracked = track(client);
            tracker = Find(tracked, getService) ?? throw new InvalidOperationException("A client with a tracker around it must hand it out by GetService.");
        }

        return wrap(tracked, new BudgetedCalls(gate, tracker, owned));
    }

    /// <summary>A tracker that is put there for the budgets: it works, whatever the defaults of the process say.</summary>
    public static void ForBudgets(UsageTrackingOptions options)
    {
        // Where tracking is switched off, nobody else is told of the calls.
        if (!options.Enabled)
        {
            options.Enabled = true;
            options.Hub = new Usage.UsageHub();
            options.ResponseCost = false;
        }
    }

    /// <summary>The guard of the services.</summary>
    public static BudgetGuard GuardOf(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.GetService(typeof(BudgetGuard)) as BudgetGuard
            ?? throw new InvalidOperationException($"No {nameof(BudgetGuard)} is registered: call services.AddBudgets(), or pass a guard to UseBudgets.");
    }

    private static IUsageTracker? Find<TClient>(TClient client, Func<TClient, object?> getService)
    {
        try
        {
            return getService(client) as IUsageTracker;
        }
        catch (Exception cause) // A client that cannot describe itself is still one to call.
        {
            SelfDiagnostics.Log.Failed(cause, "A client is taken to have no tracker.");
            return null;
        }
    }
}
