using System.Runtime.CompilerServices;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Fetches an earlier answer, or the rest of its stream. That is no call and has no span; but where the answer was asked for in this process and told
/// no usage then, the first fetch that does books it.
/// </summary>
internal static class FetchedAnswer
{
    /// <summary>Fetches an answer and passes it on unchanged.</summary>
    public static async Task<TAnswer> RunAsync<TState, TAnswer, TReader>(
        CallRecorder recorder, TState state, Func<TState, CancellationToken, Task<TAnswer>> send, CancellationToken cancellationToken)
        where TReader : IAnswerReader<TAnswer>
    {
        var started = recorder.Time.GetTimestamp();
        var answer = await send(state, cancellationToken).ConfigureAwait(false);
        var reading = default(CallReading);
        Read<TAnswer, TReader>(recorder, ref reading, answer, isCumulative: false);
        recorder.Book(in reading, recorder.Time.GetElapsedTime(started), answer);
        return answer;
    }

    /// <summary>Goes on with a stream and passes every update on unchanged. Only one that is read to its end is booked: else it can be fetched again.</summary>
    public static async IAsyncEnumerable<TUpdate> ReadAsync<TState, TUpdate, TReader>(
        CallRecorder recorder, CallRequest request, TState state, Func<TState, CancellationToken, IAsyncEnumerable<TUpdate>> open, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TReader : IAnswerReader<TUpdate>
    {
        var waited = TimeSpan.Zero;
        var reading = recorder.NewReading(in request);
        object? last = null;
        var updates = open(state, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (updates.ConfigureAwait(false))
        {
            while (true)
            {
                var from = recorder.Time.GetTimestamp();
                if (!await updates.MoveNextAsync().ConfigureAwait(false))
                {
                    break;
                }

                waited += recorder.Time.GetElapsedTime(from);
                last = updates.Current;
                Read<TUpdate, TReader>(recorder, ref reading, updates.Current, recorder.HasCumulativeReports);
                yield return updates.Current;
            }
        }

        recorder.Book(in reading, waited, last);
    }

    private static void Read<TAnswer, TReader>(CallRecorder recorder, ref CallReading reading, TAnswer answer, bool isCumulative)
        where TReader : IAnswerReader<TAnswer>
    {
        try
        {
            TReader.Read(ref reading, answer, isCumulative);
        }
        catch (Exception cause) // An answer of somebody's own making.
        {
            recorder.Failed("the usage of a fetched answer", cause);
        }
    }
}
