using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class LearningTests
{
    private static readonly string Long = string.Join(' ', Enumerable.Repeat("word", 200));

    [Fact]
    public async Task Next_estimate_is_what_the_provider_counted_for_the_same_prompt()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(300, 5));
        await chat.AskAsync(Long);
        await chat.AskAsync(Long);
        Assert.InRange(chat.Gate.Asks[0].Estimate.InputTokens, 200, 215);
        Assert.InRange(chat.Gate.Asks[1].Estimate.InputTokens, 300, 301);
    }

    [Fact]
    public async Task Models_are_learned_apart()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(300, 5));
        await chat.AskAsync(Long, new ChatOptions { ModelId = "gpt-4o" });
        await chat.AskAsync(Long);
        Assert.Equal(chat.Gate.Asks[0].Estimate.InputTokens, chat.Gate.Asks[1].Estimate.InputTokens);
    }

    [Fact]
    public async Task Clients_of_one_guard_share_what_was_learned()
    {
        using var chat = new BudgetedChat();
        using var other = ChatClientBudgetExtensions.Wrap(chat.Tracked, chat.Gate);
        chat.Answers(BudgetedChat.Used(300, 5));
        await chat.AskAsync(Long);
        await other.GetResponseAsync(Long, cancellationToken: TestContext.Current.CancellationToken);
        Assert.InRange(chat.Gate.Asks[1].Estimate.InputTokens, 300, 301);
    }

    [Fact]
    public async Task Turn_of_several_calls_teaches_nothing()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(300, 5));
        using var client = ChatClientBudgetExtensions.Wrap(new TwiceClient(chat.Tracked), chat.Gate);
        await client.GetResponseAsync(Long, cancellationToken: TestContext.Current.CancellationToken);
        await chat.AskAsync(Long);
        Assert.Equal(chat.Gate.Asks[0].Estimate.InputTokens, chat.Gate.Asks[1].Estimate.InputTokens);
    }

    [Fact]
    public async Task Stream_that_was_cut_teaches_nothing()
    {
        using var chat = new BudgetedChat();
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Usage(BudgetedChat.Used(900, 1)), ScriptedChatClient.Text("Hi"));
        await foreach (var _ in chat.Client.GetStreamingResponseAsync(Long, cancellationToken: TestContext.Current.CancellationToken))
        {
            break;
        }

        await chat.AskAsync(Long);
        Assert.Equal(chat.Gate.Asks[0].Estimate.InputTokens, chat.Gate.Asks[1].Estimate.InputTokens);
    }

    public static TheoryData<string, AIContent?, ChatOptions?> NotOfTextAlone => new()
    {
        { "image", new DataContent(new byte[10], "image/png"), null },
        { "address", new UriContent("https://example.com/a.pdf", "application/pdf"), null },
        { "file", new HostedFileContent("file-1"), null },
        { "tool's image", new FunctionResultContent("1", new DataContent(new byte[10], "image/png")), null },
        { "tool's contents", new FunctionResultContent("1", new List<AIContent> { new TextContent("one"), new DataContent(new byte[10], "image/png") }), null },
        { "conversation", null, new ChatOptions { ConversationId = "resp_1" } },
        { "provider's tool", null, new ChatOptions { Tools = [new HostedWebSearchTool()] } },
    };

    // Fewer than half for an image, ten thousands for what a search found: the next text would be held by that.
    [Theory]
    [MemberData(nameof(NotOfTextAlone), DisableDiscoveryEnumeration = true)]
    public async Task Prompt_that_is_not_of_text_alone_teaches_nothing(string what, AIContent? content, ChatOptions? options)
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(9_000, 5));
        await chat.Client.GetResponseAsync([new(ChatRole.User, [new TextContent(Long), .. content is null ? [] : new[] { content }])], options, TestContext.Current.CancellationToken);
        await chat.AskAsync(Long);
        Assert.True(chat.Gate.Asks[1].Estimate.InputTokens < 215, what);
    }

    [Fact]
    public async Task Prompt_with_tools_and_their_results_teaches_as_any_text()
    {
        using var chat = new BudgetedChat();
        chat.Answers(BudgetedChat.Used(9_000, 5));
        ChatMessage[] messages =
        [
            new(ChatRole.User, Long),
            new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new FunctionCallContent("1", "find", new Dictionary<string, object?> { ["what"] = "words" })]),
            new(ChatRole.Tool, [new FunctionResultContent("1", Long)]),
        ];
        await chat.Client.GetResponseAsync(messages, new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "find")] }, TestContext.Current.CancellationToken);
        await chat.AskAsync(Long);
        Assert.True(chat.Gate.Asks[1].Estimate.InputTokens > 800);
    }

    [Fact]
    public async Task Estimator_of_the_options_is_asked_and_learned_of()
    {
        using var chat = new BudgetedChat();
        chat.Gate.Options.TokenEstimator = new FixedEstimator(100);
        chat.Answers(BudgetedChat.Used(150, 5));
        await chat.AskAsync();
        await chat.AskAsync();
        Assert.Equal([100, 150], chat.Gate.Asks.Select(a => a.Estimate.InputTokens));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(null)]
    public async Task Estimator_that_fails_is_replaced_by_the_built_in_one(int? tokens)
    {
        using var chat = new BudgetedChat();
        chat.Gate.Options.TokenEstimator = new FixedEstimator(tokens);
        chat.Inner.OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("one two"));
        await chat.ReadAsync();
        Assert.InRange(Assert.Single(chat.Gate.Asks).Estimate.InputTokens, 5, 15);
        Assert.Equal(2, chat.Gate.OnlySettled.OutputTokens);
    }

    private sealed class FixedEstimator(int? tokens) : ITokenEstimator
    {
        public long EstimateInputTokens(IReadOnlyList<ChatMessage> messages, ChatOptions? options, string? model) => EstimateTokens("", model);

        public long EstimateTokens(string text, string? model) => tokens ?? throw new InvalidOperationException("no tokenizer");
    }

    private sealed class TwiceClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await base.GetResponseAsync(messages, options, cancellationToken);
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
    }
}
