using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter;

/// <summary>What became of events that were sent.</summary>
/// <param name="IsTaken">Whether they are where they should be, but for what was rejected.</param>
/// <param name="Answer">What the receiver said; null: nothing was sent.</param>
internal readonly record struct SentEvents(bool IsTaken, OtlpAnswer? Answer);

/// <summary>
/// A log provider of our own, of the OpenTelemetry SDK and its OTLP exporter, apart from the application's logs: no filter, sampler or scope of those changes what is sent.
/// Used by one at a time.
/// </summary>
internal sealed class OtlpEventLog : IDisposable
{
    private static readonly EventId Event = new(0, UsageEventLog.EventName);

    private readonly OpenTelemetrySdk _sdk;
    private readonly WatchedHttp _http;
    private readonly WatchedLogExporter _exporter;
    private readonly BatchLogRecordExportProcessor _batches;
    private readonly ILogger _logger;

    /// <param name="settings">Where and how.</param>
    /// <param name="resource">What the events are said to come from.</param>
    /// <param name="mostAtOnce">The most events that <see cref="SendAsync"/> is given.</param>
    /// <param name="time">The clock.</param>
    public OtlpEventLog(OtlpSettings settings, Resource resource, int mostAtOnce, TimeProvider time)
    {
        // What is not set here it reads from the environment: compression, certificates, its own retries. The time limit is that of the client that it makes.
        var options = new OtlpExporterOptions
        {
            Endpoint = settings.Endpoint,
            Protocol = settings.Protocol,
            Headers = settings.Headers,
            TimeoutMilliseconds = (int)settings.Timeout.TotalMilliseconds,
        };
        _http = new WatchedHttp(options.HttpClientFactory(), time);
        var client = new HttpClient(_http) { Timeout = Timeout.InfiniteTimeSpan };
        options.HttpClientFactory = () => client;
        var otlp = new OtlpLogExporter(options);
        _exporter = new WatchedLogExporter(otlp);

        // It exports when all that was given is there, never because time went by.
        _batches = new BatchLogRecordExportProcessor(_exporter, maxQueueSize: mostAtOnce, scheduledDelayMilliseconds: int.MaxValue, maxExportBatchSize: mostAtOnce);
        _sdk = OpenTelemetrySdk.Create(sdk => sdk
            .ConfigureResource(said => said.Clear().AddAttributes(resource.Attributes))
            .WithLogging(
                logs => logs.AddProcessor(new ExporterOwner(otlp)).AddProcessor(_batches),
                logs => logs.IncludeFormattedMessage = true));
        _logger = _sdk.GetLoggerFactory().CreateLogger(Vocabulary.Instrumentation);
    }

    /// <summary>Sends events in one request.</summary>
    public async Task<SentEvents> SendAsync(IReadOnlyList<UsageRecord> records)
    {
        _http.TakeAnswer();
        var sent = _exporter.ExpectAsync(records.Count);
        foreach (var record in records)
        {
            _logger.Log(LogLevel.Information, Event, new LoggedEvent(record), exception: null, static (logged, _) => UsageEventLog.Body(logged.Record));
        }

        // No time to wait: it only wakes the thread that exports.
        _batches.ForceFlush(0);
        return new SentEvents(await sent.ConfigureAwait(false), _http.TakeAnswer());
    }

    /// <summary>Ends the request that is under way, and all later ones.</summary>
    public void GiveUp() => _http.GiveUp();

    public void Dispose()
    {
        _http.GiveUp();
        _sdk.Dispose();
        _http.Dispose();
    }
}
