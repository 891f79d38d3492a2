using System.Diagnostics.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Our public meter as the instrumentation makes it: counters that are read when somebody collects, and stand as long as the process does.</summary>
internal sealed class OwnMeter : IDisposable
{
    // A process that opted in to the newest conventions says the same tokens once more.
    private const string NewestTokens = "gen_ai.client.inference.usage.input_tokens";

    private readonly Meter _meter = new("LlmTelemetry");
    private readonly Lock _gate = new();
    private readonly List<(string Metric, KeyValuePair<string, object?>[] Tags, double[] Sum)> _series = [];

    public OwnMeter()
    {
        foreach (var name in new[] { "llm.usage.tokens", "llm.usage.calls", "llm.usage.inconsistent", NewestTokens })
        {
            _meter.CreateObservableCounter(name, () => Read(name).Select(series => new Measurement<long>((long)series.Sum[0], series.Tags)));
        }

        foreach (var name in new[] { "llm.usage.cost", "llm.usage.duration" })
        {
            _meter.CreateObservableCounter(name, () => Read(name).Select(series => new Measurement<double>(series.Sum[0], series.Tags)));
        }
    }

    /// <summary>Counts one call, as the tracker does.</summary>
    public void Call(string user, long input = 100, double cost = 0.0003, string model = "claude-sonnet-4-5", string provider = "anthropic", string quality = "reported", string outcome = "completed")
    {
        KeyValuePair<string, object?>[] who =
            [new("gen_ai.provider.name", provider), new("gen_ai.request.model", model), new("gen_ai.operation.name", "chat"), new("user.id", user), new("llm.feature", "search"), new("llm.cost.quality", quality)];
        Add("llm.usage.calls", 1, [.. who, new("llm.outcome", outcome)]);
        Add("llm.usage.duration", 1.5, who);
        if (quality != "unmeasured")
        {
            Add("llm.usage.tokens", input, [.. who, new("llm.usage.type", "input")]);
            Add("llm.usage.tokens", 1_000, [.. who, new("llm.usage.type", "cache_read")]);
            Add(NewestTokens, input + 1_000, [.. who[..3], new("gen_ai.token.modality", "unknown")]);
        }

        if (quality is "reported" or "partial" or "estimated")
        {
            Add("llm.usage.cost", cost, [.. who, new("llm.usage.type", "input")]);
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Add(string metric, double amount, KeyValuePair<string, object?>[] tags)
    {
        lock (_gate)
        {
            var found = _series.FirstOrDefault(series => series.Metric == metric && series.Tags.SequenceEqual(tags));
            if (found.Sum is null)
            {
                found = (metric, tags, [0]);
                _series.Add(found);
            }

            found.Sum[0] += amount;
        }
    }

    private (string Metric, KeyValuePair<string, object?>[] Tags, double[] Sum)[] Read(string metric)
    {
        lock (_gate)
        {
            return [.. _series.Where(series => series.Metric == metric)];
        }
    }
}
