using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>A streaming call. Each enumeration is a call of its own; one that nobody enumerates is none.</summary>
/// <param name="recorder">Records it.</param>
/// <param name="request">What it asks for.</param>
/// <param name="state">What <paramref name="open"/> needs: a static lambda makes no closure.</param>
/// <param name="open">Asks for the stream.</param>
internal sealed class TrackedStream<TState, TUpdate, TReader>(
    CallRecorder recorder, CallRequest request, TState state, Func<TState, CancellationToken, IAsyncEnumerable<TUpdate>> open)
    where TReader : IAnswerReader<TUpdate>
{
    // Of where the stream was asked for: it may be read elsewhere, and the scope may be closed by then.
    private readonly UsageScope? _scope = UsageScope.Innermost;
    private readonly StrongBox<Attribution>? _baggage = recorder.CaptureBaggage();

    /// <summary>Passes every update on, unchanged and at once, and records the call once, whatever ends it.</summary>
    public async IAsyncEnumerable<TUpdate> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var started = recorder.Time.GetTimestamp();
        var ambient = _scope?.Attribution.Over(UsageScope.Current) ?? UsageScope.Current;
        var call = new StreamedCall(recorder, in request, recorder.Start(in request, in ambient, _baggage), started, cancellationToken);

        // After each yield the consumer's context is the current one; what is inside goes on in this one, with our span. Restoring costs
        // nothing, where setting the span again would allocate for each update.
        var context = call.HasContext ? ExecutionContext.Capture() : null;
        KeyValuePair<string, object?>[]? chunkTags = null;
        IAsyncEnumerator<TUpdate>? updates = null;
        try
        {
            while (true)
            {
                var from = recorder.Time.GetTimestamp();
                bool hasNext;
                TUpdate update;
                try
                {
                    updates ??= open(state, cancellationToken).GetAsyncEnumerator(cancellationToken);
                    hasNext = await updates.MoveNextAsync().ConfigureAwait(false);
                    update = hasNext ? updates.Current : default!;
                }
                catch (Exception cause)
                {
                    call.Waited(recorder.Time.GetElapsedTime(from));
                    call.Failed(cause);
                    throw;
                }

                var gap = recorder.Time.GetElapsedTime(from);
                call.Waited(gap);
                if (!hasNext)
                {
                    call.Completed();
                    break;
                }

                if (call.IsTracked && update is not null)
                {
                    Read(ref call.Reading, update);
                    call.Last = update;
                }

                if (!call.HasFirst)
                {
                    call.Began();
                }
                else if (request.IsStreaming && call.IsTracked && call.Call.Frame is not { HasCallInside: true } && recorder.HasChunkListeners)
                {
                    recorder.RecordChunk(gap, chunkTags ??= recorder.ChunkTags(in call.Call, in call.Reading));
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
                if (call.HasAnswer)
                {
                    End(ref call.Reading);
                }

                call.Dispose();
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

    private void End(ref CallReading reading)
    {
        try
        {
            TReader.End(ref reading);
        }
        catch (Exception cause) // What was sent may be of somebody's own making.
        {
            recorder.Failed("the usage of a stream", cause);
        }
    }
}
