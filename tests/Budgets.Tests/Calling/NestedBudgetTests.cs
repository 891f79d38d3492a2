using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class NestedBudgetTests
{
    [Fact]
    public async Task Turn_of_several_calls_is_charged_their_sum()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(100, 10));
        using var client = ChatClientBudgetExtensions.Wrap(new TurnClient(chat.Tracked, calls: 3), chat.Gate);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((3, 300, 30), (chat.Gate.OnlySettled.Requests, chat.Gate.OnlySettled.InputTokens, chat.Gate.OnlySettled.OutputTokens));
    }

    [Fact]
    public async Task Call_inside_a_call_of_the_same_guard_is_charged_once_in_its_own()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(100, 10));
        using var outer = ChatClientBudgetExtensions.Wrap(new TurnClient(chat.Client, calls: 2), chat.Gate);
        await outer.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(3, chat.Gate.Settled.Count);
        Assert.Equal([1, 1, 0], chat.Gate.Settled.Select(s => s.Requests));
        Assert.Equal(200, chat.Gate.Settled.Sum(s => s.InputTokens));
    }

    [Fact]
    public async Task Tools_of_an_answer_are_charged_once_by_the_same_guard()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnResponse = (_, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "a"), new FunctionCallContent("2", "b")])) { Usage = BudgetedChat.Used(10, 5) });
        using var outer = ChatClientBudgetExtensions.Wrap(chat.Client, chat.Gate);
        await outer.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([2, 0], chat.Gate.Settled.Select(s => s.ToolCalls));
    }

    [Fact]
    public async Task Two_guards_are_both_charged()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(100, 10));
        var second = new RecordingGate();
        using var outer = ChatClientBudgetExtensions.Wrap(chat.Client, second);
        await outer.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((1, 100, 10), (chat.Gate.OnlySettled.Requests, chat.Gate.OnlySettled.InputTokens, chat.Gate.OnlySettled.OutputTokens));
        Assert.Equal(chat.Gate.OnlySettled, second.OnlySettled);
    }

    [Fact]
    public async Task Calls_side_by_side_are_charged_each_its_own()
    {
        using var chat = new BudgetedChat();
        var next = 0;
        var gates = new TaskCompletionSource();
        chat.Inner.OnResponse = async (_, _) =>
        {
            var mine = Interlocked.Increment(ref next);
            if (mine == 20)
            {
                gates.SetResult();
            }

            await gates.Task;
            return ScriptedChatClient.Answer(BudgetedChat.Used(mine, 1));
        };
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => chat.AskAsync()));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), chat.Gate.Settled.Select(s => s.InputTokens).Order());
        Assert.All(chat.Gate.Settled, s => Assert.Equal(1, s.Requests));
    }

    [Fact]
    public async Task Call_that_outlives_the_call_that_started_it_is_not_charged_to_it()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(100, 10));
        var mayGo = new TaskCompletionSource();
        var late = Task.CompletedTask;
        using var client = ChatClientBudgetExtensions.Wrap(new StartingClient(chat.Tracked, () => late = LateAsync()), chat.Gate);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        mayGo.SetResult();
        await late;
        Assert.Equal(1, chat.Gate.OnlySettled.Requests);

        async Task LateAsync()
        {
            await mayGo.Task;
            await chat.Tracked.GetResponseAsync("Late", cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    private sealed class TurnClient(IChatClient inner, int calls) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            for (var i = 1; i < calls; i++)
            {
                await base.GetResponseAsync(messages, options, cancellationToken);
            }

            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class StartingClient(IChatClient inner, Action start) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            start();
            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }
}
