using BenchmarkDotNet.Attributes;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Benchmarks;

/// <summary>What each way of saying whose call it is costs, with metrics and span listened to; opening the scope is counted, making the options is not.</summary>
public class AttributionDoors
{
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "What is six times seven?")];
    private static readonly ChatOptions Plain = new() { ModelId = "claude-sonnet-4-5" };

    private readonly Listeners _listeners = new Listeners().Metrics().Spans();
    private readonly Callers _callers = new(16);
    private readonly ChatOptions _keyed = new()
    {
        ModelId = "claude-sonnet-4-5",
        AdditionalProperties = new() { ["llm.user"] = "ada", ["llm.feature"] = "search" },
    };

    private Func<Attribution>? _callback;
    private IChatClient _client = new ScriptedClient();

    [GlobalSetup(Target = nameof(Callback))]
    public void TrackWithCallback()
    {
        _callback = _callers.Next;
        Track();
    }

    [GlobalSetup(Targets = [nameof(Nothing), nameof(Scope), nameof(Keys)])]
    public void Track() => _client = _client.UseUsageTracking(options =>
    {
        options.Hub = _listeners.Hub;
        options.Attribution = _callback;
    });

    [GlobalCleanup]
    public void Stop() => _listeners.Dispose();

    [Benchmark(Baseline = true, Description = "not attributed")]
    public Task<ChatResponse> Nothing() => _client.GetResponseAsync(Messages, Plain);

    [Benchmark(Description = "options callback")]
    public Task<ChatResponse> Callback() => _client.GetResponseAsync(Messages, Plain);

    [Benchmark(Description = "UsageScope opened for the call")]
    public Task<ChatResponse> Scope()
    {
        var who = _callers.Next();
        using (UsageScope.Begin(user: who.User, feature: who.Feature))
        {
            return _client.GetResponseAsync(Messages, Plain);
        }
    }

    [Benchmark(Description = "llm.user and llm.feature in ChatOptions")]
    public Task<ChatResponse> Keys() => _client.GetResponseAsync(Messages, _keyed);
}
