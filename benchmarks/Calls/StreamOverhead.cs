using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Benchmarks;

/// <summary>What tracking adds to one stream of 1,000 updates, read to its end.</summary>
public class StreamOverhead
{
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Count to a thousand.")];

    private readonly ChatOptions _options = new() { ModelId = "claude-sonnet-4-5" };
    private readonly Listeners _listeners = new();
    private IChatClient _client = new ScriptedClient();

    [GlobalSetup(Target = nameof(NobodyListens))]
    public void TrackForNobody() => Track();

    [GlobalSetup(Target = nameof(WithMetricsAndSpan))]
    public void TrackMetricsAndSpan()
    {
        _listeners.Metrics().Spans();
        Track();
    }

    [GlobalSetup(Target = nameof(WithExporter))]
    public void TrackAll()
    {
        _listeners.Metrics().Spans().Exporter();
        Track();
    }

    [GlobalCleanup]
    public void Stop() => _listeners.Dispose();

    [Benchmark(Baseline = true, Description = "bare client")]
    public Task<int> Bare() => ReadAsync();

    [Benchmark(Description = "tracked, nobody listens")]
    public Task<int> NobodyListens() => ReadAsync();

    [Benchmark(Description = "metrics + span")]
    public Task<int> WithMetricsAndSpan() => ReadAsync();

    [Benchmark(Description = "metrics + span + exporter")]
    public Task<int> WithExporter() => ReadAsync();

    private async Task<int> ReadAsync()
    {
        var updates = 0;
        await foreach (var update in _client.GetStreamingResponseAsync(Messages, _options))
        {
            updates += update.Contents.Count;
        }

        return updates;
    }

    private void Track()
    {
        var callers = new Callers(16);
        _client = _client.UseUsageTracking(options =>
        {
            options.Hub = _listeners.Hub;
            options.Attribution = callers.Next;
            options.ResponseCost = false;
        });
    }
}
