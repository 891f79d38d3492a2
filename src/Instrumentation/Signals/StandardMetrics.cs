using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The metrics of the semantic conventions v1.41: histograms, recorded call by call.</summary>
internal sealed class StandardMetrics(Meter meter) : IStandardMetrics
{
    private readonly Histogram<long> _tokenUsage = meter.CreateHistogram(GenAi.TokenUsage, Units.Token, "Number of input and output tokens used.", null, Boundaries.Tokens);
    private readonly Histogram<double> _duration = meter.CreateHistogram(GenAi.OperationDuration, Units.Second, "GenAI operation duration.", null, Boundaries.Seconds);
    private readonly Histogram<double> _timeToFirstChunk =
        meter.CreateHistogram(GenAi.TimeToFirstChunk, Units.Second, "Time to receive the first chunk of a stream.", null, Boundaries.Seconds);

    private readonly Histogram<double> _timePerOutputChunk =
        meter.CreateHistogram(GenAi.TimePerOutputChunk, Units.Second, "Time per output chunk after the first.", null, Boundaries.Seconds);

    public bool HasListeners => _duration.Enabled || _tokenUsage.Enabled || _timeToFirstChunk.Enabled || HasChunkListeners;

    public bool HasChunkListeners => _timePerOutputChunk.Enabled;

    public void Record(StandardSeries series, in UsageEvent call, string? errorType, bool isOperation)
    {
        RecordTokens(series, in call);
        if (call.TimeToFirstChunk is { } first)
        {
            _timeToFirstChunk.Record(first.TotalSeconds, series.Tags);
        }

        if (_duration.Enabled && isOperation)
        {
            _duration.Record(call.Duration.TotalSeconds, series.TagsOf(errorType));
        }
    }

    public void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags) => _timePerOutputChunk.Record(gap.TotalSeconds, tags);

    private void RecordTokens(StandardSeries series, in UsageEvent call)
    {
        if (!call.HasUsage || !_tokenUsage.Enabled)
        {
            return;
        }

        if (call.Usage.HasInputTokens())
        {
            _tokenUsage.Record(call.Usage.InputTokens, series.InputTags);
        }

        if (call.Usage.HasOutputTokens())
        {
            _tokenUsage.Record(call.Usage.OutputTokens, series.OutputTags);
        }
    }
}
