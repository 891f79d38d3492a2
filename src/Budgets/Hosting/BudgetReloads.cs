using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Gives a guard the options anew when the configuration changes. Not by <c>IOptionsMonitor</c>: that lets what is wrong in a file end the thread that watches it, and with
/// that the application.
/// </summary>
internal sealed class BudgetReloads : IDisposable
{
    private readonly BudgetGuard _guard;
    private readonly IServiceProvider _services;
    private readonly ILogger? _logger;
    private readonly Lock _gate = new();
    private readonly List<IDisposable> _watched = [];

    public BudgetReloads(BudgetGuard guard, IServiceProvider services, ILogger? logger)
    {
        (_guard, _services, _logger) = (guard, services, logger);
        if (services.GetService<IConfiguration>() is { } configuration)
        {
            _watched.Add(ChangeToken.OnChange(configuration.GetReloadToken, Reload));
        }

        // An application that binds the options to a section of its own.
        foreach (var source in services.GetServices<IOptionsChangeTokenSource<BudgetOptions>>().Where(source => string.IsNullOrEmpty(source.Name)))
        {
            _watched.Add(ChangeToken.OnChange(source.GetChangeToken, Reload));
        }
    }

    public void Dispose() => _watched.ForEach(watched => watched.Dispose());

    private void Reload()
    {
        // Two files that change together: the one that reads last must be the one that is used.
        lock (_gate)
        {
            try
            {
                var options = _services.GetRequiredService<IOptionsFactory<BudgetOptions>>().Create(Options.DefaultName);
                KeepPlace(options);
                _guard.Change(options);
            }
            catch (ObjectDisposedException)
            {
                // The application is on its way out.
            }
            catch (Exception cause) // The thread is that of whoever changed the configuration; it must not end by what is wrong there.
            {
                SelfDiagnostics.Log.Failed(cause, "The changed settings are not used; the old ones stay.");
                _logger?.LogError(cause, "The changed settings of budgets are wrong, and the old ones stay: {Message}", cause.Message);
            }
        }
    }

    // What was opened stays open.
    private void KeepPlace(BudgetOptions options)
    {
        var old = _guard.Options;
        if (options.Store != old.Store || options.KeyPrefix != old.KeyPrefix || !Equals(options.TimeZone, old.TimeZone) || options.Gauges != old.Gauges)
        {
            _logger?.LogWarning(
                "{Store}, {KeyPrefix}, {TimeZone} and {Gauges} of budgets change with the next start alone.",
                nameof(options.Store), nameof(options.KeyPrefix), nameof(options.TimeZone), nameof(options.Gauges));
        }

        (options.Store, options.KeyPrefix, options.TimeZone, options.Gauges, options.TimeProvider) = (old.Store, old.KeyPrefix, old.TimeZone, old.Gauges, old.TimeProvider);
    }
}
