using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Says to the store that this exporter lives and up to when it has sent everything, and tells of others that ended without saying so. What goes wrong
/// here hurts no flush: the next beat makes up for it. Thread-safe.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="instance">This exporter's name.</param>
/// <param name="interval">How long what it records may wait.</param>
/// <param name="journal">Whether a journal has what is not sent.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where others' ends are told.</param>
internal sealed class Heartbeat(TimedStore store, string instance, TimeSpan interval, bool journal, TimeProvider time, ILogger logger) : IDisposable
{
    // Where flushes come by hand alone.
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly TimeSpan _pause = interval == Timeout.InfiniteTimeSpan ? LeastPause : interval;

    // Under _turn.
    private DateTimeOffset _last = DateTimeOffset.MinValue;
    private bool _ended;

    /// <summary>The first beat.</summary>
    public Task StartAsync()
    {
        ProcessLife.Add(instance);
        return BeatAsync(time.GetUtcNow(), ends: false, CancellationToken.None);
    }

    /// <summary>Beats, at most once in an interval.</summary>
    /// <param name="at">Everything recorded before was sent.</param>
    public Task BeatAsync(DateTimeOffset at) => BeatAsync(at, ends: false, CancellationToken.None);

    /// <summary>The last beat.</summary>
    /// <param name="isClean">Whether everything was sent; else whoever comes next is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task EndAsync(bool isClean, CancellationToken cancellationToken)
    {
        ProcessLife.Remove(instance);
        if (isClean)
        {
            await BeatAsync(time.GetUtcNow(), ends: true, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task BeatAsync(DateTimeOffset at, bool ends, CancellationToken cancellationToken)
    {
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_ended || (!ends && at - _last < _pause))
                {
                    return;
                }

                _ended = ends;
                var beat = new ExporterBeat(instance, Environment.MachineName, Environment.ProcessId, at, interval, journal, ends);
                foreach (var dead in await store.BeatAsync(beat, cancellationToken).ConfigureAwait(false))
                {
                    Tell(dead);
                }

                _last = at;
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception cause) // A beat is not worth more than another attempt.
        {
            SelfDiagnostics.Log.Failed(cause, "a beat; the next one makes up for it");
        }
    }

    private void Tell(ExporterBeat dead)
    {
        ExporterMetrics.CountGap(dead.Journal);
        if (dead.Journal)
        {
            logger.LogWarning(
                "The exporter {Instance} (process {ProcessId} on {Host}) ended without saying so. It last had everything in the store at {At:O}; what it recorded after that is in its journal, which the next exporter there with the same journal folder sends, if it has not yet. Of a service, which has no journal, nothing is missing: its senders deliver again what it had not answered.",
                dead.Instance, dead.ProcessId, dead.Host, dead.At);
            return;
        }

        // When it died nobody knows: before now, and usually before its next beat was due.
        var most = time.GetUtcNow() - dead.At;
        logger.LogWarning(
            "The exporter {Instance} (process {ProcessId} on {Host}) ended without saying so. It last had everything in the store at {At:O}; what it recorded after that is missing: one interval ({Interval}) if the store answered it to the end, and never more than the {Most} since then. A journal would have kept it.",
            dead.Instance, dead.ProcessId, dead.Host, dead.At, dead.Interval, most > TimeSpan.Zero ? most : TimeSpan.Zero);
    }
}
