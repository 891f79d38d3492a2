using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Benchmarks;

/// <summary>What tracking adds to one call that is not streamed. Attributed by the options' callback, to 16 users where nothing else is said.</summary>
public class CallOverhead
{
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "What is six times seven?")];

    private readonly ChatOptions _options = new() { ModelId = "claude-sonnet-4-5", MaxOutputTokens = 1_024 };
    private readonly Listeners _listeners = new();
    private IChatClient _client = new ScriptedClient();

    [GlobalSetup(Target = nameof(NobodyListens))]
    public void TrackForNobody() => Track(16);

    [GlobalSetup(Target = nameof(WithMetrics))]
    public void TrackMetrics()
    {
        _listeners.Metrics();
        Track(16);
    }

    [GlobalSetup(Target = nameof(WithMetricsAndSpan))]
    public void TrackMetricsAndSpan()
    {
        _listeners.Metrics().Spans();
        Track(16);
    }

    [GlobalSetup(Target = nameof(WithExporter))]
    public void TrackAll()
    {
        _listeners.Metrics().Spans().Exporter();
        Track(16);
    }

    [GlobalSetup(Target = nameof(WithExporterAndManyUsers))]
    public void TrackManyUsers()
    {
        _listeners.Metrics().Spans().Exporter();
        Track(5_000);
    }

    [GlobalSetup(Target = nameof(WithCostOnTheAnswer))]
    public void TrackAnswers()
    {
        _listeners.Metrics().Spans();
        Track(16, responseCost: true);
    }

    [GlobalCleanup]
    public void Stop() => _listeners.Dispose();

    [Benchmark(Baseline = true, Description = "bare client")]
    public Task<ChatResponse> Bare() => Call();

    [Benchmark(Description = "tracked, nobody listens")]
    public Task<ChatResponse> NobodyListens() => Call();

    [Benchmark(Description = "metrics")]
    public Task<ChatResponse> WithMetrics() => Call();

    [Benchmark(Description = "metrics + span")]
    public Task<ChatResponse> WithMetricsAndSpan() => Call();

    [Benchmark(Description = "metrics + span + exporter")]
    public Task<ChatResponse> WithExporter() => Call();

    [Benchmark(Description = "the same, 5,000 users")]
    public Task<ChatResponse> WithExporterAndManyUsers() => Call();

    [Benchmark(Description = "metrics + span + cost on the answer")]
    public Task<ChatResponse> WithCostOnTheAnswer() => Call();

    private Task<ChatResponse> Call() => _client.GetResponseAsync(Messages, _options);

    // Without GetUsageCost(), which is on by default: the yardstick has none, and it has a row of its own.
    private void Track(int users, bool responseCost = false)
    {
        var callers = new Callers(users);
        _client = _client.UseUsageTracking(options =>
        {
            options.Hub = _listeners.Hub;
            options.Attribution = callers.Next;
            options.ResponseCost = responseCost;
        });
        for (var i = 0; i < users; i++)
        {
            Call().GetAwaiter().GetResult();
        }
    }
}
