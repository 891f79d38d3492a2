using System.Runtime.CompilerServices;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class StreamBudgetTests
{
    [Fact]
    public async Task Stream_read_to_its_end_is_charged_what_it_reports()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi"), ScriptedChatClient.Text(" there"), ScriptedChatClient.Usage(BudgetedChat.Used(100, 20)));
        Assert.Equal(3, (await chat.ReadAsync()).Count);
        Assert.Equal(new CallAmounts(100, 20, (100 * 150_000) + (20 * 600_000)), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Stream_that_nobody_enumerates_holds_nothing()
    {
        using var chat = new BudgetedChat();
        var stream = chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(chat.Gate.Asks);
        await foreach (var _ in stream)
        {
            Assert.Single(chat.Gate.Asks);
        }
    }

    [Fact]
    public async Task Stream_that_is_enumerated_twice_is_two_calls()
    {
        using var chat = new BudgetedChat();
        var stream = chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        for (var i = 0; i < 2; i++)
        {
            await foreach (var _ in stream)
            {
            }
        }

        Assert.Equal((2, 2), (chat.Gate.Asks.Count, chat.Gate.Settled.Count));
    }

    [Fact]
    public async Task Refused_stream_throws_at_its_first_update_and_sends_nothing()
    {
        using var chat = new BudgetedChat();
        chat.Gate.OnAsk = (_, _) => Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal());
        await using var updates = chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<BudgetExceededException>(async () => await updates.MoveNextAsync());
        Assert.Empty(chat.Inner.SeenOptions);
        Assert.Empty(chat.Gate.Settled);
    }

    [Fact]
    public async Task Stream_left_early_is_charged_its_prompt_and_what_was_seen()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("one two"), ScriptedChatClient.Text(" three"), ScriptedChatClient.Text(" four"));
        await foreach (var update in chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken))
        {
            if (update.Text == " three")
            {
                break;
            }
        }

        AssertChargedBySight(chat, output: 3);
    }

    [Fact]
    public async Task Cancelled_stream_is_charged_its_prompt_and_what_was_seen()
    {
        using var chat = new BudgetedChat();
        using var cancel = new CancellationTokenSource();
        chat.Inner.OnStream = (_, token) => ScriptedChatClient.StreamThen(null, [ScriptedChatClient.Text("one two"), ScriptedChatClient.Text(" three")], token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
        AssertChargedBySight(chat, output: 2);
    }

    [Fact]
    public async Task Cancelled_stream_that_reported_little_is_charged_what_was_seen()
    {
        // Anthropic reports the prompt and one token at the start of an answer.
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(
            ScriptedChatClient.Usage(BudgetedChat.Used(1_000, 1)), ScriptedChatClient.Text("one two three four five six"), ScriptedChatClient.Text(" seven"));
        await foreach (var update in chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken))
        {
            if (update.Text.StartsWith("one", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.Equal(new CallAmounts(1_000, 6, (1_000 * 150_000) + (6 * 600_000), IsEstimated: true), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Stream_that_fails_before_it_says_anything_is_charged_its_request()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, token) => ScriptedChatClient.StreamThen(new HttpRequestException("reset"), [], token);
        await Assert.ThrowsAsync<HttpRequestException>(() => chat.ReadAsync());
        Assert.Equal(new CallAmounts(0, 0, null), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Stream_that_breaks_off_is_charged_its_prompt_and_what_was_seen()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, token) => ScriptedChatClient.StreamThen(new HttpRequestException("reset"), [ScriptedChatClient.Text("one two"), ScriptedChatClient.Text(" three")], token);
        await Assert.ThrowsAsync<HttpRequestException>(() => chat.ReadAsync());
        AssertChargedBySight(chat, output: 3);
    }

    [Fact]
    public async Task Stream_that_nobody_disposes_is_settled_when_it_is_collected()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("one two"), ScriptedChatClient.Text(" three"));
        await DropAsync(chat);
        await Eventually.HoldsAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                lock (chat.Gate.Settled)
                {
                    return Task.FromResult(chat.Gate.Settled.Count == 1);
                }
            },
            "the dropped stream is settled");
        AssertChargedBySight(chat, output: 2);
    }

    [Fact]
    public async Task Stream_is_decided_for_the_scope_that_it_was_asked_for_in()
    {
        UsageEvent? published = null;
        using var chat = new BudgetedChat(options => options.OnCompleted = (in UsageEvent call) => published = call);
        IAsyncEnumerable<ChatResponseUpdate> stream;
        using (UsageScope.Begin(user: "ada"))
        {
            stream = chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        }

        using (UsageScope.Begin(user: "eve", feature: "reader"))
        {
            await foreach (var _ in stream)
            {
                Assert.Equal("eve", UsageScope.Current.User);
            }

            Assert.Equal("eve", UsageScope.Current.User);
        }

        Assert.Equal(("ada", "reader"), (published!.Value.Attribution.User, published.Value.Attribution.Feature));
        Assert.Equal(published.Value.Attribution, Assert.Single(chat.Gate.Asks).Subject.Attribution);
    }

    [Fact]
    public async Task Call_that_the_reader_makes_between_updates_is_not_the_streams()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("a"), ScriptedChatClient.Usage(BudgetedChat.Used(100, 20)));
        chat.Answers(BudgetedChat.Used(7, 3));
        var isFirst = true;
        await foreach (var _ in chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken))
        {
            if (isFirst)
            {
                await chat.Tracked.GetResponseAsync("Other", cancellationToken: TestContext.Current.CancellationToken);
                isFirst = false;
            }
        }

        Assert.Equal((1, 100, 20), (chat.Gate.OnlySettled.Requests, chat.Gate.OnlySettled.InputTokens, chat.Gate.OnlySettled.OutputTokens));
    }

    private static void AssertChargedBySight(BudgetedChat chat, long output)
    {
        var prompt = Assert.Single(chat.Gate.Asks).Estimate.InputTokens;
        Assert.Equal(new CallAmounts(prompt, output, (prompt * 150_000) + (output * 600_000), IsEstimated: true), chat.Gate.OnlySettled);
    }

    // Apart, so that nothing of it is left on the test's own stack.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DropAsync(BudgetedChat chat)
    {
        var updates = chat.Client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await updates.MoveNextAsync());
    }
}
