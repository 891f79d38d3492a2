using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class AttributionTests
{
    [Fact]
    public async Task Scope_attributes_the_calls_inside_it_and_no_others()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        using (UsageScope.Begin(user: "ada", tenant: "acme", feature: "search", conversation: "c1", session: "s1", tier: "pro", tags: [new("a", "1")]))
        {
            await CallAsync(client);
        }

        await CallAsync(client);

        var said = calls.Events[0].Attribution;
        Assert.Equal(("ada", "acme", "search", "c1", "s1", "pro", "1"), (said.User, said.Tenant, said.Feature, said.Conversation, said.Session, said.Tier, said.Tags?["a"]));
        Assert.Equal(default, calls.Events[1].Attribution);
    }

    [Fact]
    public void Inner_scope_inherits_what_it_does_not_say()
    {
        using var outer = UsageScope.Begin(user: "ada", feature: "search", tags: [new("a", "1"), new("b", "1")]);
        using (UsageScope.Begin(feature: "chat", tags: [new("b", "2")]))
        {
            Assert.Equal(("ada", "chat"), (UsageScope.Current.User, UsageScope.Current.Feature));
            Assert.Equal(("1", "2"), (UsageScope.Current.Tags!["a"], UsageScope.Current.Tags!["b"]));
        }

        Assert.Equal(("ada", "search", "1"), (UsageScope.Current.User, UsageScope.Current.Feature, UsageScope.Current.Tags!["b"]));
    }

    [Fact]
    public void Scopes_disposed_out_of_order_leave_the_open_ones_in_force()
    {
        var outer = UsageScope.Begin(user: "ada");
        var inner = UsageScope.Begin(user: "bob");

        outer.Dispose();
        Assert.Equal("bob", UsageScope.Current.User);
        inner.Dispose();
        Assert.Null(UsageScope.Current.User);
        inner.Dispose();
        outer.Dispose();
        Assert.Null(UsageScope.Current.User);
    }

    // It used to fall back to what was around the closed one.
    [Fact]
    public async Task Work_that_outlives_its_scope_keeps_it_also_after_a_scope_of_its_own()
    {
        using var around = UsageScope.Begin(user: "around");
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<string?> work;
        using (UsageScope.Begin(user: "ada"))
        {
            work = LaterAsync();
        }

        closed.SetResult();
        Assert.Equal("ada", await work);
        Assert.Equal("around", UsageScope.Current.User);

        async Task<string?> LaterAsync()
        {
            await closed.Task;
            using (UsageScope.Begin(user: "own"))
            {
            }

            return UsageScope.Current.User;
        }
    }

    [Fact]
    public void Scopes_that_are_never_closed_do_not_keep_others_from_closing()
    {
        using (UsageScope.Begin(user: "ada"))
        {
            for (var i = 0; i < 100_000; i++)
            {
                UsageScope.Begin(feature: "left open");
            }
        }

        Assert.Equal(("ada", "left open"), (UsageScope.Current.User, UsageScope.Current.Feature));
    }

    [Fact]
    public async Task Scope_flows_to_work_started_in_it_and_not_back()
    {
        using var scope = UsageScope.Begin(user: "ada");

        await Task.Run(
            () =>
            {
                Assert.Equal("ada", UsageScope.Current.User);
                UsageScope.Begin(user: "bob");
            },
            TestContext.Current.CancellationToken);

        Assert.Equal("ada", UsageScope.Current.User);
    }

    [Fact]
    public async Task Work_started_in_a_scope_keeps_it_when_the_scope_is_closed()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<string?> work;
        using (UsageScope.Begin(user: "ada"))
        {
            work = LaterAsync();
        }

        Assert.Null(UsageScope.Current.User);
        closed.SetResult();
        Assert.Equal("ada", await work);

        async Task<string?> LaterAsync()
        {
            await closed.Task;
            return UsageScope.Current.User;
        }
    }

    [Fact]
    public async Task Keys_of_the_call_win_over_the_scope_and_the_scope_over_the_callback()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient(), o => o.Attribution = () => new Attribution("callback", "callback", "callback"));

        using (UsageScope.Begin(user: "scope", tenant: "scope"))
        {
            await CallAsync(client, new() { [Options.User] = "key" });
        }

        var said = calls.Event.Attribution;
        Assert.Equal(("key", "scope", "callback"), (said.User, said.Tenant, said.Feature));
    }

    [Fact]
    public async Task Values_that_are_no_text_are_written_out_and_null_and_empty_say_nothing()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        using (UsageScope.Begin(tenant: "scope", feature: "scope"))
        {
            await CallAsync(client, new() { [Options.User] = 42, [Options.Tenant] = null, [Options.Feature] = "", [Options.TagPrefix + "ratio"] = 1.5 });
        }

        var said = calls.Event.Attribution;
        Assert.Equal(("42", "scope", "scope", "1.5"), (said.User, said.Tenant, said.Feature, said.Tags!["ratio"]));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Keys_never_reach_the_provider_and_the_callers_options_stay_as_they_were(bool isListened, bool isStreaming)
    {
        using var calls = new TrackedCalls(isListened, isListened);
        var inner = new ScriptedChatClient();
        using var client = calls.Track(inner, o => o.Hub = isListened ? calls.Hub : new UsageHub());
        var options = new ChatOptions { Temperature = 0.5f, AdditionalProperties = new() { [Options.User] = "ada", ["llm.whatever"] = 1, ["top_logprobs"] = 3 } };

        if (isStreaming)
        {
            await client.GetStreamingResponseAsync("Hi", options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
        }

        var sent = Assert.Single(inner.SeenOptions)!;
        Assert.NotSame(options, sent);
        Assert.Equal(0.5f, sent.Temperature);
        Assert.Equal(["top_logprobs"], sent.AdditionalProperties!.Keys);
        Assert.Equal(3, options.AdditionalProperties.Count);
        Assert.Equal(isListened ? 1 : 0, calls.Events.Length);
    }

    [Fact]
    public async Task Options_without_our_keys_are_passed_on_as_they_are()
    {
        using var calls = new TrackedCalls();
        var inner = new ScriptedChatClient();
        using var client = calls.Track(inner);
        var options = new ChatOptions { AdditionalProperties = new() { ["top_logprobs"] = 3 } };

        await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
        await client.GetResponseAsync("Hi", null, TestContext.Current.CancellationToken);

        Assert.Same(options, inner.SeenOptions[0]);
        Assert.Null(inner.SeenOptions[1]);
    }

    [Fact]
    public async Task Options_with_only_our_keys_reach_the_provider_without_any()
    {
        using var calls = new TrackedCalls();
        var inner = new ScriptedChatClient();
        using var client = calls.Track(inner);

        await CallAsync(client, new() { [Options.User] = "ada" });

        Assert.Null(inner.SeenOptions[0]!.AdditionalProperties);
    }

    [Fact]
    public async Task Conversation_of_the_client_stands_in_where_none_is_said()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", new ChatOptions { ConversationId = "conv-7" }, TestContext.Current.CancellationToken);

        Assert.Equal("conv-7", calls.Event.Attribution.Conversation);
        Assert.Equal("conv-7", calls.Span.GetTagItem(GenAi.ConversationId));
    }

    [Fact]
    public async Task Metrics_keep_the_first_values_and_fold_the_rest_while_events_stay_exact()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient(), o => o.MaxAttributeValues = 2);

        foreach (var user in (string[])["a", "b", "c", "d", "a"])
        {
            await CallAsync(client, new() { [Options.User] = user });
        }

        Assert.Equal(["a", "b", "c", "d", "a"], calls.Events.Select(e => e.Attribution.User));
        var byUser = calls.Measurements.Of(Metrics.UsageCalls).ToDictionary(m => (string)m.Tags[Attributes.UserId]!, m => m.Value);
        Assert.Equal(new() { ["a"] = 2, ["b"] = 1, ["_other"] = 2 }, byUser);
        var folded = Assert.Single(calls.Measurements.Of(Metrics.AttributionFolded));
        Assert.Equal((2, Attributes.UserId), (folded.Value, folded.Tags[Attributes.Attribute]));
    }

    [Fact]
    public async Task Model_names_without_a_price_are_bounded_and_known_ones_are_not_folded_with_them()
    {
        using var calls = new TrackedCalls();
        var answered = 0;
        using var client = calls.Track(
            new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(model: "typo-" + answered++)) }, o => o.MaxAttributeValues = 2);

        for (var i = 0; i < 5; i++)
        {
            await CallAsync(client);
        }

        var models = calls.Measurements.Of(Metrics.UsageCalls).Select(m => (m.Tags[GenAi.RequestModel], m.Tags[GenAi.ResponseModel]));
        Assert.Equal([("gpt-4o-mini", "_other"), ("gpt-4o-mini", "typo-0"), ("gpt-4o-mini", "typo-1")], models.Order());
    }

    [Fact]
    public async Task Attribution_limit_holds_under_threads()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient(), o => o.MaxAttributeValues = 10);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await CallAsync(client, new() { [Options.User] = $"{thread}-{i}" });
            }
        })));

        var users = calls.Measurements.Of(Metrics.UsageCalls);
        Assert.InRange(users.Count, 2, 11);
        Assert.Equal(1_600, users.Sum(m => m.Value));
    }

    [Fact]
    public async Task Combinations_stay_below_what_the_metrics_sdk_keeps_and_no_call_is_lost()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1, OutputTokenCount = 1 })) });

        for (var i = 0; i < 5_000; i++)
        {
            await CallAsync(client, new() { [Options.User] = $"user-{i % 100}", [Options.Feature] = $"feature-{i / 100}" });
        }

        var tokens = calls.Measurements.Of(Metrics.UsageTokens);
        Assert.InRange(tokens.Count, 1_000, 2_000);
        Assert.Equal(10_000, tokens.Sum(m => m.Value));
        Assert.Equal(5_000, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
    }

    [Fact]
    public async Task Stream_asked_for_in_a_scope_is_attributed_to_it_also_when_read_later()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());
        IAsyncEnumerable<ChatResponseUpdate> stream;
        using (UsageScope.Begin(user: "ada"))
        {
            stream = client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        }

        await stream.ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal("ada", calls.Event.Attribution.User);
    }

    private static Task<ChatResponse> CallAsync(IChatClient client, AdditionalPropertiesDictionary? properties = null) =>
        client.GetResponseAsync("Hi", properties is null ? null : new ChatOptions { AdditionalProperties = properties }, TestContext.Current.CancellationToken);
}
