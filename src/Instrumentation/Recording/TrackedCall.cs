using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Reads what a kind of answer, or an update of its stream, says.</summary>
internal interface IAnswerReader<in TAnswer>
{
    /// <param name="reading">What is known so far.</param>
    /// <param name="answer">The answer, or the next update.</param>
    /// <param name="isCumulative">Whether each report of usage in a stream holds those before it; else they add up.</param>
    static abstract void Read(ref CallReading reading, TAnswer answer, bool isCumulative);

    /// <summary>After the last of it: adds what the provider bills by and did not report.</summary>
    /// <param name="reading">All that the answer said.</param>
    static virtual void End(ref CallReading reading)
    {
    }
}

/// <summary>A call whose answer comes at once.</summary>
internal static class TrackedCall
{
    /// <summary>Makes the call, passes its answer on unchanged and records it once, whatever ends it.</summary>
    /// <param name="recorder">Records it.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="state">What <paramref name="send"/> needs: a static lambda makes no closure.</param>
    /// <param name="send">Makes the call.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static async Task<TAnswer> RunAsync<TState, TAnswer, TReader>(
        CallRecorder recorder, CallRequest request, TState state, Func<TState, CancellationToken, Task<TAnswer>> send, CancellationToken cancellationToken)
        where TReader : IAnswerReader<TAnswer>
    {
        var started = recorder.Time.GetTimestamp();
        var call = recorder.Start(in request, UsageScope.Current);
        TAnswer answer;
        try
        {
            answer = await send(state, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            var outcome = ErrorTypes.OutcomeOf(cause, cancellationToken);
            var duration = recorder.Time.GetElapsedTime(started);
            recorder.Finish(in call, default, new CallEnd(outcome, duration, duration, Error: cause));
            throw;
        }

        Finish<TAnswer, TReader>(recorder, in request, in call, answer, recorder.Time.GetElapsedTime(started));
        return answer;
    }

    // Not in the asynchronous method: what is read is large, and need not be kept while waiting.
    private static void Finish<TAnswer, TReader>(CallRecorder recorder, in CallRequest request, in StartedCall call, TAnswer answer, TimeSpan duration)
        where TReader : IAnswerReader<TAnswer>
    {
        var reading = recorder.NewReading(in request);
        try
        {
            if (answer is not null)
            {
                TReader.Read(ref reading, answer, isCumulative: false);
            }

            TReader.End(ref reading);
        }
        catch (Exception cause) // An answer of somebody's own making.
        {
            recorder.Failed("the usage of an answer", cause);
        }

        recorder.Finish(in call, in reading, new CallEnd(CallOutcome.Completed, duration, duration, Answer: typeof(TAnswer).IsValueType ? null : answer));
    }
}
