using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>Metrics that are read again and again in the background, so that a scrape asks no store. What is too old to be true is not there any more.</summary>
internal sealed class BackgroundReading(string what, TimeSpan period, TimeSpan limit, Task canBegin, Func<CancellationToken, Task<IReadOnlyList<MetricFamily>>> read, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int ReadingsUntilStale = 4;

    // Whatever is read seldom is tried again soon.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private volatile Reading? _last;
    private bool _isFailing;

    /// <summary>The last reading; empty where it is too old, or there was none.</summary>
    public IReadOnlyList<MetricFamily> Fresh => _last is { } last && time.GetElapsedTime(last.At) < (period * ReadingsUntilStale) + limit ? last.Families : [];

    /// <summary>How many readings succeeded.</summary>
    public long Count { get; private set; }

    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Reads in the place of what <see cref="Start"/> begins, if it is time: for whoever sets the clock.</summary>
    public Task ReadIfDueAsync() => _last is { } last && time.GetElapsedTime(last.At) < period ? Task.CompletedTask : ReadAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await canBegin.WaitAsync(_stopping.Token).ConfigureAwait(false);
            while (true)
            {
                await ReadAsync().ConfigureAwait(false);
                await Task.Delay(_isFailing && period > AfterFailure ? AfterFailure : period, time, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReadAsync()
    {
        using var timeUp = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeUp.Token, _stopping.Token);
        try
        {
            // Of the beginning: nothing in it is older.
            var at = time.GetTimestamp();
            _last = new Reading(at, await read(either.Token).ConfigureAwait(false));
            Count++;
            _isFailing = false;
        }
        catch (Exception cause) // A store that is down is read again; whoever stops waits for this loop and must not meet it.
        {
            // Once: it is tried several times a minute.
            if (!_isFailing && !_stopping.IsCancellationRequested)
            {
                logger.LogWarning("{What} cannot be read for /metrics at the moment: {Problem}", what, cause.Message);
            }

            _isFailing = true;
        }
    }

    private sealed record Reading(long At, IReadOnlyList<MetricFamily> Families);
}
