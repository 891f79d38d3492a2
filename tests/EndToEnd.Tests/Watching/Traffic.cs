using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Calls of all kinds through the real tracker, by users that nobody else in this process has.</summary>
internal sealed class Traffic(UsageHub hub)
{
    public const string Provider = "anthropic";
    public const string Model = "claude-sonnet-4-5";
    public const string AnsweringModel = "claude-sonnet-4-5-20250929";
    public const string UnpricedModel = "model-of-nobody";

    private static readonly UsageDetails Usage = new()
    {
        InputTokenCount = 1_234,
        CachedInputTokenCount = 1_000,
        OutputTokenCount = 321,
        ReasoningTokenCount = 21,
    };

    private readonly string _run = Guid.NewGuid().ToString("N");

    public string User => "alice-" + _run;

    public string OtherUser => "bob-" + _run;

    /// <summary>Matches the users of this run.</summary>
    public string Users => ".*-" + _run;

    /// <summary>Eight calls: answered and streamed, of two users and two models, one without a price, one that fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var user in new[] { User, OtherUser })
        {
            using var scope = UsageScope.Begin(user: user, feature: "watching");
            await Client(Answering(AnsweringModel)).GetResponseAsync("Hi", new ChatOptions { ModelId = Model }, cancellationToken);
            await foreach (var update in Client(Answering(AnsweringModel)).GetStreamingResponseAsync("Hi", new ChatOptions { ModelId = Model }, cancellationToken))
            {
                Assert.NotNull(update);
            }

            await Client(Answering("claude-haiku-4-5-20251001")).GetResponseAsync("Hi", new ChatOptions { ModelId = "claude-haiku-4-5" }, cancellationToken);
        }

        using (UsageScope.Begin(user: User))
        {
            await Client(Answering(UnpricedModel)).GetResponseAsync("Hi", new ChatOptions { ModelId = UnpricedModel }, cancellationToken);
            await Assert.ThrowsAsync<HttpRequestException>(() => Client(Failing()).GetResponseAsync("Hi", new ChatOptions { ModelId = Model }, cancellationToken));
        }
    }

    private static ScriptedChatClient Answering(string model) => new()
    {
        Metadata = new ChatClientMetadata(Provider),
        OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, model)),
        OnStream = (_, _) => ScriptedChatClient.Stream(
            ScriptedChatClient.Text("Hi", model), ScriptedChatClient.Text(" there", model), ScriptedChatClient.Usage(Usage)),
    };

    private static ScriptedChatClient Failing() => new()
    {
        Metadata = new ChatClientMetadata(Provider),
        OnResponse = (_, _) => throw new HttpRequestException("overloaded", null, (System.Net.HttpStatusCode)529),
    };

    private IChatClient Client(ScriptedChatClient model) => model.UseUsageTracking(o => o.Hub = hub);
}
