using LlmTelemetry.Usage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>Starts the exporter before the application's own services and ends it after them, so that their last calls count too.</summary>
internal sealed class CostExporterService(
    CostExporterHost exporter, IEnumerable<IUsageSink> sinks, IOptions<CostExporterOptions> options, ILogger<CostExporterHost>? logger = null) : IHostedLifecycleService
{
    private readonly Lock _gate = new();
    private bool _subscribed;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_subscribed)
            {
                // Whoever misspelt the setting sees here where spend really goes.
                logger?.LogInformation(
                    "Spend is kept in {Store}, in days of {TimeZone}, and sent every {Interval}.",
                    options.Value.Place, options.Value.TimeZone.Id, options.Value.Interval);
            }

            foreach (var sink in _subscribed ? [] : sinks)
            {
                exporter.Subscribe(sink);
            }

            _subscribed = true;
        }

        return exporter.StartAsync(subscribe: true, cancellationToken);
    }

    // A host without the lifecycle calls only this one and StopAsync.
    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await exporter.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) // Ending the application goes on; the exporter tries again, and says what is left, when it is disposed.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing yet: the last flush is tried again");
        }
    }

    public async Task StoppedAsync(CancellationToken cancellationToken) => await exporter.DisposeAsync().ConfigureAwait(false);
}
