using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class ChatBudgetTests
{
    [Fact]
    public async Task Call_holds_its_worst_case_and_is_charged_what_it_used()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(1_000, 200));

        var answer = await chat.AskAsync(options: new ChatOptions { MaxOutputTokens = 500 });

        Assert.Equal("Hi", answer.Text);
        var ask = Assert.Single(chat.Gate.Asks);
        Assert.Equal(500, ask.Estimate.OutputTokens);
        Assert.InRange(ask.Estimate.InputTokens, 5, 15);
        Assert.Equal(1, ask.Estimate.Requests);
        Assert.Equal(0, ask.Estimate.ToolCalls);

        // gpt-4o-mini: 0.15 and 0.60 USD per million.
        Assert.Equal((ask.Estimate.InputTokens * 150_000) + (500 * 600_000), ask.Estimate.CostPico);
        Assert.Equal(new CallAmounts(1_000, 200, (1_000 * 150_000) + (200 * 600_000)), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Call_without_a_limit_of_its_own_holds_the_assumed_output()
    {
        using var chat = new BudgetedChat();
        chat.Gate.Options.AssumedOutputTokens = 777;
        await chat.AskAsync();
        Assert.Equal(777, Assert.Single(chat.Gate.Asks).Estimate.OutputTokens);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 4_096)]
    [InlineData(int.MinValue, 4_096)]
    public async Task Output_below_0_is_no_limit_of_its_own(int most, long held)
    {
        using var chat = new BudgetedChat();
        await chat.AskAsync(options: new ChatOptions { MaxOutputTokens = most });
        Assert.Equal(held, Assert.Single(chat.Gate.Asks).Estimate.OutputTokens);
    }

    [Fact]
    public async Task Call_that_was_cancelled_before_it_began_asks_for_nothing()
    {
        using var chat = new BudgetedChat();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat.AskAsync(cancellationToken: new CancellationToken(canceled: true)));
        Assert.Empty(chat.Gate.Asks);
    }

    [Fact]
    public async Task Call_is_decided_for_whom_its_event_names()
    {
        UsageEvent? published = null;
        using var chat = new BudgetedChat(options => options.OnCompleted = (in UsageEvent call) => published = call);
        using var scope = UsageScope.Begin(user: "ada", tenant: "acme");
        await chat.AskAsync(options: new ChatOptions { ModelId = "gpt-4o", AdditionalProperties = new() { ["llm.feature"] = "search", ["llm.tier"] = "free" } });

        var subject = Assert.Single(chat.Gate.Asks).Subject;
        Assert.Equal(published!.Value.Attribution, subject.Attribution);
        Assert.Equal(("ada", "acme"), (subject.Attribution.User, subject.Attribution.Tenant));
        Assert.Equal((published.Value.Provider, published.Value.RequestModel), (subject.Provider, subject.Model));
        Assert.Equal("gpt-4o", subject.Model);
    }

    [Fact]
    public async Task Refused_call_is_not_sent_and_nothing_is_settled()
    {
        using var chat = new BudgetedChat();
        chat.Gate.OnAsk = (_, _) => Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal());
        await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync());
        Assert.Empty(chat.Inner.SeenOptions);
        Assert.Empty(chat.Gate.Settled);
    }

    [Fact]
    public async Task Wait_for_the_store_that_is_cancelled_sends_nothing()
    {
        using var chat = new BudgetedChat();
        using var cancel = new CancellationTokenSource();
        chat.Gate.OnAsk = async (_, token) =>
        {
            await cancel.CancelAsync();
            token.ThrowIfCancellationRequested();
            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat.AskAsync(cancellationToken: cancel.Token));
        Assert.Empty(chat.Inner.SeenOptions);
        Assert.Empty(chat.Gate.Settled);
    }

    [Fact]
    public async Task Call_that_no_limit_applies_to_passes_straight_through()
    {
        using var chat = new BudgetedChat();
        chat.Gate.IsLimiting = false;
        await chat.AskAsync();
        await chat.ReadAsync();
        Assert.Empty(chat.Gate.Asks);
        Assert.Equal(2, chat.Inner.SeenOptions.Count);
    }

    [Fact]
    public async Task Failed_call_without_usage_is_charged_its_request()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnResponse = (_, _) => throw new HttpRequestException("500");
        await Assert.ThrowsAsync<HttpRequestException>(() => chat.AskAsync());
        Assert.Equal(new CallAmounts(0, 0, null), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Cancelled_call_is_charged_the_estimate_of_its_prompt()
    {
        using var chat = new BudgetedChat();
        using var cancel = new CancellationTokenSource();
        chat.Inner.OnResponse = async (_, token) =>
        {
            await cancel.CancelAsync();
            token.ThrowIfCancellationRequested();
            return ScriptedChatClient.Answer();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat.AskAsync(cancellationToken: cancel.Token));
        var prompt = Assert.Single(chat.Gate.Asks).Estimate.InputTokens;
        Assert.Equal(new CallAmounts(prompt, 0, prompt * 150_000, IsEstimated: true), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Completed_call_without_usage_is_charged_prompt_and_answer_by_estimate()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnResponse = (_, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "one two three four five")) { ModelId = "gpt-4o-mini" });
        await chat.AskAsync();
        var prompt = Assert.Single(chat.Gate.Asks).Estimate.InputTokens;
        Assert.Equal(new CallAmounts(prompt, 5, (prompt * 150_000) + (5 * 600_000), IsEstimated: true), chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Tools_that_the_answer_asks_for_are_counted_once_each()
    {
        using var chat = new BudgetedChat();
        var call = new FunctionCallContent("1", "weather", new Dictionary<string, object?> { ["city"] = "Oslo" });
        chat.Inner.OnResponse = (_, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [call, new FunctionCallContent("2", "time"), call])) { Usage = BudgetedChat.Used(10, 5) });
        await chat.AskAsync(options: new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "weather")] });
        Assert.Equal(1, Assert.Single(chat.Gate.Asks).Estimate.ToolCalls);
        Assert.Equal(2, chat.Gate.OnlySettled.ToolCalls);
    }

    [Fact]
    public async Task Tools_without_an_id_are_each_one()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnResponse = (_, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("", "weather"), new FunctionCallContent("", "time")])) { Usage = BudgetedChat.Used(10, 5) });
        await chat.AskAsync();
        Assert.Equal(2, chat.Gate.OnlySettled.ToolCalls);
    }

    [Fact]
    public async Task Fetching_an_earlier_answer_holds_nothing()
    {
        using var chat = new BudgetedChat();
        var options = new ChatOptions { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) };
        await chat.AskAsync(options: options);
        await chat.ReadAsync(options);
        Assert.Empty(chat.Gate.Asks);
    }

    [Fact]
    public async Task Answer_in_the_background_is_charged_its_whole_estimate()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnResponse = (_, _) => Task.FromResult(new ChatResponse { ModelId = "gpt-4o-mini", ResponseId = "r1", ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) });
        await chat.AskAsync(options: new ChatOptions { MaxOutputTokens = 50 });
        var estimate = Assert.Single(chat.Gate.Asks).Estimate;
        Assert.Equal(estimate with { IsEstimated = true }, chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Messages_that_can_be_walked_once_arrive_whole()
    {
        using var chat = new BudgetedChat();
        var walks = 0;
        await chat.Client.GetResponseAsync(Messages(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, walks);
        Assert.InRange(Assert.Single(chat.Gate.Asks).Estimate.InputTokens, 10, 30);

        IEnumerable<ChatMessage> Messages()
        {
            walks++;
            yield return new ChatMessage(ChatRole.System, "Be brief.");
            yield return new ChatMessage(ChatRole.User, "Hello");
        }
    }

    [Fact]
    public async Task Call_from_a_cache_inside_lets_its_hold_go()
    {
        using var chat = new BudgetedChat();
        using var client = ChatClientBudgetExtensions.Wrap(new AnsweringClient(chat.Tracked), chat.Gate);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(default, chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Client_without_a_tracker_gets_one()
    {
        var gate = new RecordingGate();
        using var inner = new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(BudgetedChat.Used(7, 3))) };
        using var client = ChatClientBudgetExtensions.Wrap(inner, gate);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((7, 3), (gate.OnlySettled.InputTokens, gate.OnlySettled.OutputTokens));
        Assert.NotNull(client.GetService(typeof(IUsageTracker)));
    }

    [Fact]
    public async Task Client_whose_tracker_is_switched_off_gets_another_one()
    {
        var gate = new RecordingGate();
        using var inner = new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(BudgetedChat.Used(7, 3))) };
        using var client = ChatClientBudgetExtensions.Wrap(inner.UseUsageTracking(o => o.Enabled = false), gate);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((7, 3), (gate.OnlySettled.InputTokens, gate.OnlySettled.OutputTokens));
    }

    [Fact]
    public async Task Settlement_that_throws_does_not_harm_the_call()
    {
        using var chat = new BudgetedChat();
        using var client = ChatClientBudgetExtensions.Wrap(chat.Tracked, new FailingGate());
        Assert.Equal("Hi", (await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken)).Text);
    }

    [Fact]
    public async Task Client_that_is_disposed_no_longer_listens()
    {
        var chat = new BudgetedChat();
        using var second = ChatClientBudgetExtensions.Wrap(chat.Tracked, chat.Gate);
        Assert.True(chat.Hub.HasSinks);
        second.Dispose();
        Assert.True(chat.Hub.HasSinks);
        await chat.AskAsync();
        Assert.Single(chat.Gate.Settled);
        chat.Dispose();
        Assert.False(chat.Hub.HasSinks);
    }

    [Fact]
    public async Task Call_whose_client_is_disposed_meanwhile_is_charged_all_the_same()
    {
        var chat = new BudgetedChat();
        var answer = new TaskCompletionSource<ChatResponse>();
        chat.Inner.OnResponse = (_, _) => answer.Task;
        var call = chat.AskAsync();
        chat.Dispose();
        chat.Dispose();
        answer.SetResult(ScriptedChatClient.Answer(BudgetedChat.Used(100, 20)));
        await call;
        Assert.Equal((100, 20), (chat.Gate.OnlySettled.InputTokens, chat.Gate.OnlySettled.OutputTokens));
        Assert.False(chat.Hub.HasSinks);
    }

    private sealed class AnsweringClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(ScriptedChatClient.Answer(BudgetedChat.Used(5, 5)));
    }

    private sealed class FailingGate : IBudgetGate
    {
        public BudgetOptions Options { get; } = new();

        public bool MayLimit(in CallSubject subject) => true;

        public Task<GateAnswer> HoldAsync(CallAsk ask, CancellationToken cancellationToken) =>
            Task.FromResult(new GateAnswer(_ => throw new InvalidOperationException("no store"), null, []));
    }
}
