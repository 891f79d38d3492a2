using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Brings what is delivered for one partition into the store: what has come in meanwhile goes together, so that many deliveries cost as much as one, and nobody else of
/// this process writes the partition's states. It ends when nothing is left. Thread-safe.
/// </summary>
internal sealed class BookingLane(string partition, ReceiverContext context)
{
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly List<DeliveryPart> _arrived = [];
    private TaskCompletionSource _news = NewNews();
    private bool _hasEnded;

    // Used by the loop alone.
    private readonly LaneRounds _rounds = new(partition, context);

    /// <summary>Ends when the lane has.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <returns>False: it has ended, and another one is to take it.</returns>
    public bool TryOffer(DeliveryPart part)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return false;
            }

            _arrived.Add(part);
            _news.TrySetResult();
            return true;
        }
    }

    /// <param name="ended">Told when it has ended.</param>
    public void Start(Action ended) => Running = Task.Run(async () =>
    {
        await RunAsync().ConfigureAwait(false);
        ended();
    });

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (await TakeAsync().ConfigureAwait(false) is { } arrived)
            {
                await _rounds.RunAsync(arrived).ConfigureAwait(false);
            }
        }
        catch (Exception cause) // Nobody is above a lane; what it holds must be answered, or it would wait for ever.
        {
            if (!context.Stopping.IsCancellationRequested)
            {
                SelfDiagnostics.Log.Failed(cause, "nothing: what was delivered is to be delivered again");
                context.Logger.LogError(cause, "What was delivered for {Partition} could not be booked.", partition);
            }

            _rounds.End(End(), cause);
        }
    }

    /// <summary>Waits until there is something to do.</summary>
    /// <returns>What has come in; null: the lane has ended.</returns>
    private async Task<List<DeliveryPart>?> TakeAsync()
    {
        while (true)
        {
            Task news;
            TimeSpan wait;
            lock (_gate)
            {
                if (_arrived.Count > 0 || _rounds.HasMore)
                {
                    var arrived = _arrived.ToList();
                    _arrived.Clear();
                    _news = _news.Task.IsCompleted ? NewNews() : _news;
                    return arrived;
                }

                if (_rounds.Pause is not { } pause)
                {
                    _hasEnded = true;
                    return null;
                }

                (news, wait) = (_news.Task, pause);
            }

            using var enough = CancellationTokenSource.CreateLinkedTokenSource(context.Stopping);
            var over = Task.Delay(wait, context.Options.TimeProvider, enough.Token);
            var first = await Task.WhenAny(news, over).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            if (ReferenceEquals(first, over))
            {
                context.Stopping.ThrowIfCancellationRequested();
                await _rounds.ConfirmAsync().ConfigureAwait(false);
            }
        }
    }

    private List<DeliveryPart> End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            return _arrived;
        }
    }
}
