using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>A streaming call. Each enumeration is a call of its own; one that nobody enumerates is none.</summary>
/// <param name="recorder">Records it.</param>
/// <param name="request">What it asks for.</param>
/// <param name="ambient">The scope in which it was asked for.</param>
/// <param name="state">What <paramref name="open"/> needs: a static lambda makes no closure.</param>
/// <param name="open">Asks for the stream.</param>
internal sealed class TrackedStream<TState, TUpdate, TReader>(
    CallRecorder recorder, CallRequest request, Attribution ambient, TState state, Func<TState, CancellationToken, IAsyncEnumerable<TUpdate>> open)
    where TReader : IAnswerReader<TUpdate>
{
    // Of where the stream was asked for, as the scope: it may be read elsewhere.
    private readonly StrongBox<Attribution>? _baggage = recorder.CaptureBaggage();

    /// <summary>Passes every update on, unchanged and at once, and records the call once, whatever ends it.</summary>
    public async IAsyncEnumerable<TUpdate> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var time = recorder.Time;
        var started = time.GetTimestamp();

        // The scope in which the stream was asked for may be closed by the time somebody reads it.
        var call = recorder.Start(in request, ambient.Over(UsageScope.Current), _baggage);

        // After each yield the consumer's context is the current one; what is inside goes on in this one, with our span. Restoring costs
        // nothing, where setting the span again would allocate for each update.
        var context = call.Span.IsOpen || call.Frame is not null ? ExecutionContext.Capture() : null;
        var reading = default(CallReading);
        var outcome = CallOutcome.Abandoned;
        Exception? error = null;
        TimeSpan waited = default; // On the provider; the consumer's own time is left out.
        TimeSpan? first = null;
        KeyValuePair<string, object?>[]? chunkTags = null;
        IAsyncEnumerator<TUpdate>? updates = null;
        object? last = null;
        try
        {
            while (true)
            {
                var from = time.GetTimestamp();
                bool hasNext;
                try
                {
                    updates ??= open(state, cancellationToken).GetAsyncEnumerator(cancellationToken);
                    hasNext = await updates.MoveNextAsync().ConfigureAwait(false);
                }
                catch (Exception cause)
                {
                    waited += time.GetElapsedTime(from);
                    error = cause;
                    outcome = cause is OperationCanceledException && cancellationToken.IsCancellationRequested ? CallOutcome.Cancelled : CallOutcome.Failed;
                    throw;
                }

                var gap = time.GetElapsedTime(from);
                waited += gap;
                if (!hasNext)
                {
                    outcome = CallOutcome.Completed;
                    break;
                }

                var update = updates.Current;
                if (call.IsTracked)
                {
                    Read(ref reading, update);
                    last = update;
                }

                if (first is null)
                {
                    first = waited;
                }
                else if (call is { IsTracked: true, Frame: null or { HasCallInside: false } } && recorder.HasChunkListeners)
                {
                    recorder.RecordChunk(gap, chunkTags ??= recorder.ChunkTags(in call, in reading));
                }

                yield return update;
                if (context is not null)
                {
                    ExecutionContext.Restore(context);
                }
            }
        }
        finally
        {
            if (outcome == CallOutcome.Abandoned && cancellationToken.IsCancellationRequested)
            {
                outcome = CallOutcome.Cancelled;
            }

            // Disposed by the consumer: in the consumer's context.
            if (context is not null)
            {
                ExecutionContext.Restore(context);
            }

            try
            {
                if (updates is not null)
                {
                    await updates.DisposeAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                recorder.Finish(in call, in reading, new CallEnd(outcome, waited, time.GetElapsedTime(started), first, error, last));
            }
        }
    }

    private void Read(ref CallReading reading, TUpdate update)
    {
        try
        {
            TReader.Read(ref reading, update, recorder.HasCumulativeReports);
        }
        catch (Exception cause) // An update of somebody's own making.
        {
            recorder.Failed("the usage of an update", cause);
        }
    }
}
