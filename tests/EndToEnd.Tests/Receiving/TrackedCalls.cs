using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>Calls through the real tracker, each of another size, and what they were: the truth that a ledger is compared with.</summary>
internal sealed class TrackedCalls : IUsageSink
{
    private static readonly string[] Models = ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "model-of-nobody"];

    private readonly UsageHub _hub;
    private readonly Lock _gate = new();

    public TrackedCalls(UsageHub hub)
    {
        _hub = hub;
        hub.Subscribe(this);
    }

    public long Calls { get; private set; }

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    public Int128 CostPico { get; private set; }

    public void Record(in UsageEvent usageEvent)
    {
        lock (_gate)
        {
            Calls++;
            InputTokens += usageEvent.Usage.InputTokens;
            OutputTokens += usageEvent.Usage.OutputTokens;
            CostPico += usageEvent.HasCost ? usageEvent.Cost.TotalPico : 0;
        }
    }

    public async Task RunAsync(int from, int count, CancellationToken cancellationToken)
    {
        for (var n = from; n < from + count; n++)
        {
            var (number, model) = (n, Models[n % Models.Length]);
            var client = new ScriptedChatClient
            {
                Metadata = new ChatClientMetadata("anthropic"),
                OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000 + number, CachedInputTokenCount = number, OutputTokenCount = 7 * number }, model)),
            }.UseUsageTracking(o => o.Hub = _hub);
            using var scope = UsageScope.Begin(user: $"user-{n % 5}", feature: n % 2 == 0 ? "search" : "chat");
            await client.GetResponseAsync("Hi", new ChatOptions { ModelId = model }, cancellationToken);
        }
    }
}
