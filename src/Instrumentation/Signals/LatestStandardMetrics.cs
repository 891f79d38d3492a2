using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The metrics of the semantic conventions' newest text: counters for tokens, read from <see cref="TokenSums"/> when somebody collects, and
/// histograms, recorded call by call.
/// </summary>
internal sealed class LatestStandardMetrics : IStandardMetrics
{
    private readonly SeriesTable _series;
    private readonly Instrument[] _tokens;
    private readonly Histogram<long> _inputTokens;
    private readonly Histogram<long> _outputTokens;
    private readonly Histogram<double> _inferenceDuration;
    private readonly Histogram<double> _operationDuration;
    private readonly Histogram<double> _timeToFirstChunk;
    private readonly Histogram<double> _timePerOutputChunk;

    public LatestStandardMetrics(Meter meter, SeriesTable series)
    {
        _series = series;
        _tokens =
        [
            Counter(GenAiLatest.InputTokens, TokenCounter.Input, "Input (prompt) tokens used, cached ones included."),
            Counter(GenAiLatest.OutputTokens, TokenCounter.Output, "Output (completion) tokens used, reasoning included."),
            Counter(GenAiLatest.CacheReadInputTokens, TokenCounter.CacheRead, "Input tokens read from the provider's cache."),
            Counter(GenAiLatest.CacheWriteInputTokens, TokenCounter.CacheWrite, "Input tokens written to the provider's cache."),
            Counter(GenAiLatest.ReasoningOutputTokens, TokenCounter.Reasoning, "Output tokens used for reasoning."),
        ];
        _inputTokens = meter.CreateHistogram(GenAiLatest.OperationInputTokens, Units.Token, "Input (prompt) tokens of a call.", null, Boundaries.Tokens);
        _outputTokens = meter.CreateHistogram(GenAiLatest.OperationOutputTokens, Units.Token, "Output (completion) tokens of a call.", null, Boundaries.Tokens);
        _inferenceDuration = meter.CreateHistogram(GenAiLatest.InferenceDuration, Units.Second, "Duration of inference.", null, Boundaries.Seconds);
        _operationDuration = meter.CreateHistogram(GenAi.OperationDuration, Units.Second, "Duration of GenAI operations other than inference.", null, Boundaries.Seconds);
        _timeToFirstChunk = meter.CreateHistogram(GenAiLatest.TimeToFirstChunk, Units.Second, "Time to receive the first chunk of a stream.", null, Boundaries.Seconds);
        _timePerOutputChunk = meter.CreateHistogram(GenAiLatest.TimePerOutputChunk, Units.Second, "Time per output chunk after the first.", null, Boundaries.Seconds);

        Instrument Counter(string name, TokenCounter counter, string description) =>
            meter.CreateObservableCounter(name, () => Sums(counter), Units.Token, description);
    }

    public bool HasListeners =>
        HasTokenListeners || _inferenceDuration.Enabled || _operationDuration.Enabled || _inputTokens.Enabled || _outputTokens.Enabled || _timeToFirstChunk.Enabled || HasChunkListeners;

    public bool HasChunkListeners => _timePerOutputChunk.Enabled;

    private bool HasTokenListeners
    {
        get
        {
            foreach (var counter in _tokens)
            {
                if (counter.Enabled)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public void Record(StandardSeries series, in UsageEvent call, string? errorType, bool isOperation)
    {
        if (!ConventionsExtensions.IsInference(call.Operation))
        {
            RecordDuration(_operationDuration, series, in call, errorType, isOperation);
            return;
        }

        if (HasTokenListeners)
        {
            series.TokensToAdd.Add(in call.Usage, isCall: call.Calls != 0);
        }

        RecordDistribution(series, in call);
        RecordDuration(_inferenceDuration, series, in call, errorType, isOperation);
        if (call.TimeToFirstChunk is { } first)
        {
            _timeToFirstChunk.Record(first.TotalSeconds, series.Tags);
        }
    }

    public void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags)
    {
        // The operation goes first in every series.
        if (tags[0].Value is string operation && ConventionsExtensions.IsInference(operation))
        {
            _timePerOutputChunk.Record(gap.TotalSeconds, tags);
        }
    }

    private static void RecordDuration(Histogram<double> duration, StandardSeries series, in UsageEvent call, string? errorType, bool isOperation)
    {
        if (duration.Enabled && isOperation)
        {
            duration.Record(call.Duration.TotalSeconds, series.TagsOf(errorType));
        }
    }

    // Of calls that did not fail and of which the tokens are known, 0 too; the counters are for the totals.
    private void RecordDistribution(StandardSeries series, in UsageEvent call)
    {
        if (!call.HasUsage || call.Outcome == CallOutcome.Failed || call.Calls == 0)
        {
            return;
        }

        if (_inputTokens.Enabled && call.Usage.HasInputTokens())
        {
            _inputTokens.Record(call.Usage.InputTokens, series.Tags);
        }

        if (_outputTokens.Enabled && call.Usage.HasOutputTokens())
        {
            _outputTokens.Record(call.Usage.OutputTokens, series.Tags);
        }
    }

    private IEnumerable<Measurement<long>> Sums(TokenCounter counter) =>
        from series in _series.AllStandard let tokens = series.Tokens where tokens is not null from sum in tokens.Of(counter) select new Measurement<long>(sum.Sum, sum.Tags);
}
