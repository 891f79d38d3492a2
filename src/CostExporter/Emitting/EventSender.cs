using Microsoft.Extensions.Logging;
using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Brings the events of a queue to a receiver of OTLP, in their order: after an interval, when enough are there for a request, when asked, and at the end. What was not taken stays in the queue and is
/// sent again; whoever gets it twice knows it by its id.
/// </summary>
internal sealed class EventSender : IAsyncDisposable
{
    // A receiver that asks for more patience than this would have us drop events that it could have had.
    private static readonly TimeSpan MostPatience = TimeSpan.FromMinutes(1);

    private readonly UsageEventOtlpOptions _options;
    private readonly TimeProvider _time;
    private readonly OtlpEventLog _log;
    private readonly SendingHealth _health;
    private readonly Random _random;
    private readonly Func<bool> _isBookedHere;
    private readonly ILogger _logger;
    private readonly OtlpSettings _settings;
    private readonly int _most;
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Lock _gate = new();

    // Under _gate: one that waits for the one before it, for all who ask meanwhile.
    private Task<bool>? _next;
    private bool _ending;

    // Written only by who holds _sending.
    private int _failures;
    private TimeSpan _retryAfter;
    private bool _hasWarned;
    private volatile string? _error;

    public EventSender(UsageEventOtlpOptions options, OtlpSettings settings, Resource resource, Func<bool> isBookedHere, ILogger logger, Random random)
    {
        (_options, _settings, _time, _isBookedHere, _logger, _random) = (options, settings, options.TimeProvider, isBookedHere, logger, random);
        _most = Math.Min(options.BatchSize, options.QueueSize);
        Queue = new EventQueue(options.QueueSize, _most, Enough);
        _log = new OtlpEventLog(settings, resource, _most, _time);
        _health = new SendingHealth(settings.Place, logger);
        _timer = _time.CreateTimer(static state => ((EventSender)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        EventMetrics.Watch(Queue);
    }

    /// <summary>Takes events in.</summary>
    public EventQueue Queue { get; }

    /// <summary>Sends by itself from now on.</summary>
    public void Start() => _timer.Change(_options.Interval, Timeout.InfiniteTimeSpan);

    /// <summary>Sends what was recorded before the call, or fails once. Never throws but for the token; sending then goes on in the background.</summary>
    /// <returns>Whether all of it was taken, or refused for good.</returns>
    public Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // On the pool, so that no caller's activity is on the log records.
            _next ??= Task.Run(SendAllAsync, CancellationToken.None);
            return _next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes nothing in any more, sends what is left within the time to shut down, and says what is lost. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        Queue.Close();
        lock (_gate)
        {
            _ending = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        using var timeUp = new CancellationTokenSource(_options.ShutdownTimeout, _time);
        try
        {
            while (!await FlushAsync(timeUp.Token).ConfigureAwait(false))
            {
                await Task.Delay(Pause(), _time, timeUp.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // What is under way ends now; whether it arrived, the receiver knows.
            _log.GiveUp();
        }

        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.Run(_log.Dispose).ConfigureAwait(false);
        }
        catch (Exception cause) // Whoever disposes is on the way out.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: the end of the log provider");
        }

        EventMetrics.Unwatch(Queue);
        if (Queue.Count is var lost and > 0)
        {
            _health.NotSent(lost, _error);
        }
    }

    private void Enough()
    {
        // A receiver that is down is asked again when its time has come, not each time that so many calls were made.
        if (_error is null)
        {
            Wake();
        }
    }

    private void Wake()
    {
        // One that is under way looks again at its end.
        if (_sending.CurrentCount > 0)
        {
            _ = FlushAsync(CancellationToken.None);
        }
    }

    private async Task<bool> SendAllAsync()
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        lock (_gate)
        {
            // Whoever asks from here on asks for events that this one may not see.
            _next = null;
        }

        try
        {
            if (Queue.Count == _options.QueueSize)
            {
                _health.Overflowing(_options.QueueSize);
            }

            for (var left = Queue.Count; left > 0;)
            {
                var some = Queue.Peek(Math.Min(left, _most));
                if (!await SendAsync(some).ConfigureAwait(false))
                {
                    return false;
                }

                left -= some.Count;
            }

            return true;
        }
        catch (Exception cause) // Whatever it is, what waits still waits and is tried again.
        {
            Failed(new OtlpAnswer(null, Message: $"{cause.GetType().Name}: {cause.Message}"));
            return false;
        }
        finally
        {
            GoOn();
        }
    }

    private void GoOn()
    {
        var isMore = _error is null && Queue.Count >= _most;
        _sending.Release();
        lock (_gate)
        {
            if (_ending)
            {
                return;
            }

            _timer.Change(Pause(), Timeout.InfiniteTimeSpan);
        }

        if (isMore)
        {
            Wake();
        }
    }

    private async Task<bool> SendAsync(IReadOnlyList<UsageRecord> records)
    {
        WarnOfTwice();
        var sent = await _log.SendAsync(records).ConfigureAwait(false);
        if (sent.IsTaken)
        {
            Done(records.Count);
            var rejected = Math.Min(sent.Answer?.Rejected ?? 0, records.Count);
            _health.Taken(records.Count - rejected, Queue.Count);
            if (rejected > 0)
            {
                _health.Refused(rejected, sent.Answer!.Message);
            }

            return true;
        }

        // Where nothing was even sent, it could not be written: too large, say.
        if (sent.Answer is { IsRefusal: false } failure)
        {
            Failed(failure);
            return false;
        }

        if (records.Count > 1)
        {
            // One event that is not understood, or too many at once: the others need not suffer for it.
            var half = records.Count / 2;
            return await SendAsync([.. records.Take(half)]).ConfigureAwait(false) && await SendAsync([.. records.Skip(half)]).ConfigureAwait(false);
        }

        Done(1);
        _health.Refused(1, Why(sent.Answer));
        return true;
    }

    private void Done(int count)
    {
        Queue.Remove(count);
        (_failures, _error, _retryAfter) = (0, null, TimeSpan.Zero);
    }

    private void Failed(OtlpAnswer answer)
    {
        _failures++;
        _error = Why(answer);
        _retryAfter = answer.RetryAfter is { } said && said > TimeSpan.Zero ? said < MostPatience ? said : MostPatience : TimeSpan.Zero;
        _health.Failed(_error, Queue.Count, _options.QueueSize);
    }

    private TimeSpan Pause()
    {
        if (_failures == 0)
        {
            return _options.Interval;
        }

        var pause = Backoff.After(_failures, _random.NextDouble());
        return pause > _retryAfter ? pause : _retryAfter;
    }

    private void WarnOfTwice()
    {
        if (!_hasWarned && _isBookedHere())
        {
            _hasWarned = true;
            _logger.LogWarning(
                "AddCostExporter (CostExporterHost) books the calls of this process, and AddUsageEventOtlp sends the same calls to {Place}: if what receives them there writes to the same store, each is counted twice. Keep one of the two.",
                _settings.Place);
        }
    }

    private static string Why(OtlpAnswer? answer) => answer switch
    {
        null => "it could not be written as OTLP",
        { Status: { } status } => $"HTTP {status}{(answer.Message is null ? "" : $" ({answer.Message})")}",
        _ => answer.Message ?? "no answer",
    };
}
