using Microsoft.Extensions.Hosting;

namespace LlmTelemetry.CostExporter;

/// <summary>Starts sending before the application's own services and ends it after them, so that their last calls are sent too.</summary>
internal sealed class UsageEventOtlpService(UsageEventOtlp events) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        events.Start();
        return Task.CompletedTask;
    }

    // A host without the lifecycle calls only this one and StopAsync.
    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await events.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) // Ending the application goes on; what is left is tried again, and said, when it is disposed.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing yet: the last usage events are sent again");
        }
    }

    public async Task StoppedAsync(CancellationToken cancellationToken) => await events.DisposeAsync().ConfigureAwait(false);
}
