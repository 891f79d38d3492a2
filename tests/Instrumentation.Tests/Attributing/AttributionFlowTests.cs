using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Where what a call is attributed to flows from, and where to.</summary>
public sealed class AttributionFlowTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Span_says_all_that_is_said_and_metrics_only_what_is_bounded(bool isStreaming)
    {
        using var client = _calls.Track(new ScriptedChatClient());

        using (UsageScope.Begin("ada", "acme", "search", "c1", "s1", "pro", [new("team", "blue")], "shop-api", "staging"))
        {
            await CallAsync(client, isStreaming: isStreaming);
        }

        var names = new Dictionary<string, object?>
        {
            [Attributes.UserId] = "ada",
            [Attributes.Tenant] = "acme",
            [Attributes.Feature] = "search",
            [GenAi.ConversationId] = "c1",
            [Attributes.SessionId] = "s1",
            [Attributes.Tier] = "pro",
            [Options.TagPrefix + "team"] = "blue",
            [Attributes.Client] = "shop-api",
            [Attributes.DeploymentEnvironment] = "staging",
        };
        Assert.Equal(names, _calls.Span.TagObjects.Where(tag => names.ContainsKey(tag.Key)).ToDictionary());
        var labels = Assert.Single(_calls.Measurements.Of(Metrics.UsageCalls)).Tags.Keys;
        Assert.Equal([Attributes.Feature, Attributes.Tenant, Attributes.Tier, Attributes.UserId], labels.Where(names.ContainsKey).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Span_has_no_attribute_for_what_is_not_said()
    {
        using var client = _calls.Track(new ScriptedChatClient());

        await CallAsync(client);

        Assert.DoesNotContain(
            _calls.Span.TagObjects,
            tag => tag.Key.StartsWith("user.", StringComparison.Ordinal) || tag.Key.StartsWith(Attributes.Tag, StringComparison.Ordinal)
                || tag.Key is Attributes.Tenant or Attributes.Feature or Attributes.Tier or Attributes.SessionId or Attributes.Client or Attributes.DeploymentEnvironment or GenAi.ConversationId);
    }

    [Fact]
    public async Task Tiers_are_bounded_on_metrics_and_exact_in_events()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.MaxAttributeValues = 2);

        foreach (var tier in (string[])["free", "pro", "x", "y"])
        {
            await CallAsync(client, new() { [Options.Tier] = tier });
        }

        Assert.Equal(["free", "pro", "x", "y"], _calls.Events.Select(e => e.Attribution.Tier));
        var byTier = _calls.Measurements.Of(Metrics.UsageCalls).ToDictionary(m => (string)m.Tags[Attributes.Tier]!, m => m.Value);
        Assert.Equal(new() { ["free"] = 1, ["pro"] = 1, ["_other"] = 2 }, byTier);
        Assert.Equal(2, Assert.Single(_calls.Measurements.Of(Metrics.AttributionFolded), m => (string)m.Tags[Attributes.Attribute]! == Attributes.Tier).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Conversation_is_never_invented(bool isStreaming)
    {
        using var client = _calls.Track(
            new ScriptedChatClient
            {
                OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(id: "resp-1")),
                OnStream = (_, _) => ScriptedChatClient.Stream(new ChatResponseUpdate(ChatRole.Assistant, "Hi") { ResponseId = "resp-1", MessageId = "msg-1" }),
            },
            o => (o.ClientId, o.Environment) = ("shop-api", "staging"));

        using (UsageScope.Begin("ada", session: "s1", tags: [new("conversation", "c1")]))
        {
            await CallAsync(client, isStreaming: isStreaming);
        }

        Assert.Null(_calls.Event.Attribution.Conversation);
        Assert.Null(_calls.Span.GetTagItem(GenAi.ConversationId));
    }

    [Fact]
    public async Task Conversation_comes_from_the_options_key_then_the_scope_then_the_request_then_the_answer()
    {
        var answered = "answer";
        using var client = _calls.Track(new ScriptedChatClient
        {
            OnResponse = (_, _) =>
            {
                var answer = ScriptedChatClient.Answer();
                answer.ConversationId = answered;
                return Task.FromResult(answer);
            },
        });

        using (UsageScope.Begin(conversation: "scope"))
        {
            await client.GetResponseAsync("Hi", new ChatOptions { ConversationId = "request", AdditionalProperties = new() { [Options.Conversation] = "key" } }, TestContext.Current.CancellationToken);
            await client.GetResponseAsync("Hi", new ChatOptions { ConversationId = "request" }, TestContext.Current.CancellationToken);
        }

        await client.GetResponseAsync("Hi", new ChatOptions { ConversationId = "request" }, TestContext.Current.CancellationToken);
        await CallAsync(client);

        Assert.Equal(["key", "scope", "request", "answer"], _calls.Events.Select(e => e.Attribution.Conversation));
    }

    [Fact]
    public async Task Scope_that_a_tool_opens_inside_a_call_goes_before_that_call_and_what_it_does_not_change_is_the_calls()
    {
        using var inner = _calls.Track(new ScriptedChatClient());
        using var outer = _calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, _) =>
            {
                using (UsageScope.Begin(feature: "tool", tags: [new("step", "2")]))
                {
                    await CallAsync(inner);
                }

                await CallAsync(inner);
                return ScriptedChatClient.Answer(id: "outer");
            },
        });

        using (UsageScope.Begin("scope", feature: "scope", tags: [new("a", "1"), new("step", "1")]))
        {
            await CallAsync(outer, new() { [Options.User] = "key" });
        }

        Assert.Equal(
            [("key", "tool", "2", "1"), ("key", "scope", "1", "1")],
            _calls.Events.Take(2).Select(e => (e.Attribution.User, e.Attribution.Feature, e.Attribution.Tags!["step"], e.Attribution.Tags["a"])));
    }

    // Each worker opens and closes scopes at random, hops between threads and starts work that outlives them; a model of its own says what each call must have.
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Scopes_of_parallel_work_never_mix(int seed)
    {
        using var client = _calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, _) =>
            {
                await Task.Yield();
                return ScriptedChatClient.Answer();
            },
        });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() => WorkAsync(new Random(seed * 100 + worker), $"{worker}", "none", "none", depth: 0))));

        Assert.True(_calls.Events.Length > 100);
        Assert.All(_calls.Events, e => Assert.Equal(e.Attribution.Tags!["expected"], $"{e.Attribution.User}/{e.Attribution.Feature ?? "none"}"));

        async Task WorkAsync(Random random, string path, string user, string feature, int depth)
        {
            var (own, ownFeature) = ($"user-{path}", random.Next(2) == 0 ? $"feature-{path}" : null);
            var scope = UsageScope.Begin(own, feature: ownFeature);
            var expected = $"{own}/{ownFeature ?? feature}";
            var later = new List<Task>();
            for (var step = 0; step < 6; step++)
            {
                switch (random.Next(5))
                {
                    case 0 when depth < 3:
                        await WorkAsync(random, $"{path}.{step}", own, ownFeature ?? feature, depth + 1);
                        break;
                    case 1 when depth < 3:
                        var seeded = new Random(random.Next());
                        var name = $"{path}.{step}";
                        later.Add(Task.Run(() => WorkAsync(seeded, name, own, ownFeature ?? feature, depth + 1)));
                        break;
                    case 2:
                        await Task.Yield();
                        break;
                    case 3:
                        await client.GetStreamingResponseAsync("Hi", Expect(expected), TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
                        break;
                    default:
                        await client.GetResponseAsync("Hi", Expect(expected), TestContext.Current.CancellationToken);
                        break;
                }
            }

            // On another thread, and perhaps before the work that was started inside it ends.
            if (random.Next(2) == 0)
            {
                await Task.WhenAll(later);
            }

            await Task.Yield();
            scope.Dispose();
            scope.Dispose();
            if (user != "none")
            {
                await client.GetResponseAsync("Hi", Expect($"{user}/{feature}"), TestContext.Current.CancellationToken);
            }

            await Task.WhenAll(later);
        }

        static ChatOptions Expect(string expected) => new() { AdditionalProperties = new() { [Options.TagPrefix + "expected"] = expected } };
    }

    public void Dispose() => _calls.Dispose();

    private static async Task CallAsync(IChatClient client, AdditionalPropertiesDictionary? properties = null, bool isStreaming = false)
    {
        var options = properties is null ? null : new ChatOptions { AdditionalProperties = properties };
        if (isStreaming)
        {
            await client.GetStreamingResponseAsync("Hi", options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
        }
    }
}
