using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Sends every usage event of a hub over OTLP, as a log record, to a Collector or to <c>llmtelemetry serve</c>, which books each once however often it arrives. Applications with dependency injection use
/// <c>services.AddUsageEventOtlp()</c> and may ask for this type to flush. Never blocks or fails a call. Thread-safe.
/// </summary>
public sealed class UsageEventOtlp : IAsyncDisposable, IDisposable
{
    private readonly UsageEventOtlpOptions _options;
    private readonly ILogger _logger;
    private readonly EventSender? _sender;
    private readonly Lock _gate = new();
    private IDisposable? _subscription;
    private bool _started;
    private Task? _ended;

    internal UsageEventOtlp(UsageEventOtlpOptions options, Resource? resource = null, ILogger<UsageEventOtlp>? logger = null, Random? random = null)
    {
        _options = options = options.Copy();
        _logger = logger ?? NullLogger<UsageEventOtlp>.Instance;
        var settings = options.Otel.Resolve(options);
        Place = settings.Place;
        if (!options.Otel.IsDisabled)
        {
            var hub = options.Hub;
            _sender = new EventSender(
                options, settings, options.Resource ?? resource ?? EventOrigin.OfEnvironment(), () => FolderSubscriptions.IsActiveOn(hub), _logger, random ?? Random.Shared);
        }
    }

    /// <summary>Events that wait to be sent. After <see cref="DisposeAsync"/>: those that were not, and are lost with the process.</summary>
    public int PendingEvents => _sender?.Queue.Count ?? 0;

    internal string Place { get; }

    /// <summary>Starts sending. Does not wait for the receiver: while it is not there, events wait.</summary>
    /// <param name="configure">Sets the options; null for those that environment variables set. What is set here wins.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An environment variable is wrong; the message names it and what would be right.</exception>
    public static UsageEventOtlp Start(Action<UsageEventOtlpOptions>? configure = null)
    {
        var options = EnvironmentSettings.ReadOtlp();
        configure?.Invoke(options);
        var started = new UsageEventOtlp(options);
        started.Start();
        return started;
    }

    /// <summary>Sends what was recorded before the call, and waits until the receiver has taken it, or until sending failed once: it then goes on in the background. Calls may overlap.</summary>
    /// <param name="cancellationToken">Gives up waiting; sending goes on in the background.</param>
    /// <returns>Whether all of it was taken, or refused for good; false: some of it waits.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<bool> FlushAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_ended is not null, this);
        return _sender?.FlushAsync(cancellationToken) ?? Task.FromResult(true);
    }

    /// <summary>
    /// Stops taking events, then sends what is left within <see cref="UsageEventOtlpOptions.ShutdownTimeout"/>. What was not taken by then is lost with the process:
    /// <see cref="PendingEvents"/> says how much; it is logged and counted as <c>llm.events.dropped</c>. Never throws.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_ended ??= Task.Run(EndAsync));
        }
    }

    /// <summary>The same as <see cref="DisposeAsync"/>, for callers that cannot await: blocks no longer than the time limit.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Takes the hub's events from now on. Later calls change nothing.</summary>
    internal void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended is not null, this);
            if (_started)
            {
                return;
            }

            _started = true;
            if (_sender is null)
            {
                _logger.LogWarning("OTEL_SDK_DISABLED is true: usage events are not sent to {Place}.", Place);
                return;
            }

            _logger.LogInformation("Usage events are sent to {Place}, every {Interval} and {BatchSize} at once at most.", Place, _options.Interval, _options.BatchSize);
            _subscription = _options.Hub.Subscribe(_sender.Queue);
            _sender.Start();
        }
    }

    private async Task EndAsync()
    {
        _subscription?.Dispose();
        if (_sender is not null)
        {
            await _sender.DisposeAsync().ConfigureAwait(false);
        }
    }
}
