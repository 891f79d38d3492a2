using System.Text;
using Anthropic;
using Anthropic.Exceptions;
using LlmTelemetry.Quickstart;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Quickstart;

/// <summary>The sample's endpoint, asked by the official SDK: were it not the provider's wire format, the sample would prove nothing.</summary>
public sealed class LoopbackProviderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_has_the_usage_of_its_question_and_the_models_full_name()
    {
        await using var provider = await LoopbackProvider.StartAsync(ScriptedAnswers.To, Token);
        using var client = ClientOf(provider);

        var response = await client.GetResponseAsync(Questions.Summary, new() { ModelId = "claude-haiku-4-5" }, Token);

        Assert.Equal((4_200, 160), (response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount));
        Assert.Equal("claude-haiku-4-5-20251001", response.ModelId);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task Stream_reports_its_usage_once_and_word_by_word_the_same_text()
    {
        await using var provider = await LoopbackProvider.StartAsync(ScriptedAnswers.To, Token);
        using var client = ClientOf(provider);

        var updates = await client.GetStreamingResponseAsync(Questions.Delivery, new() { ModelId = "claude-sonnet-5" }, Token).ToListAsync(Token);

        var usage = Assert.Single(updates.SelectMany(update => update.Contents).OfType<UsageContent>()).Details;
        Assert.Equal((1_850, 612), (usage.InputTokenCount, usage.OutputTokenCount));
        Assert.StartsWith("It left our warehouse this morning", updates.ToChatResponse().Text, StringComparison.Ordinal);
        Assert.True(updates.Count(update => update.Text.Length > 0) > 10);
    }

    [Fact]
    public async Task Marked_prefix_is_written_to_the_cache_once_and_read_from_then_on()
    {
        await using var provider = await LoopbackProvider.StartAsync(ScriptedAnswers.To, Token);
        using var client = ClientOf(provider);
        ChatMessage[] Asking(string question) =>
            [new(ChatRole.System, [new TextContent("A long text").WithCacheControl(Anthropic.Models.Messages.Ttl.Ttl5m)]), new(ChatRole.User, question)];

        var first = await client.GetResponseAsync(Asking(Questions.Vacation), new() { ModelId = "claude-sonnet-5" }, Token);
        var second = await client.GetResponseAsync(Asking(Questions.SickLeave), new() { ModelId = "claude-sonnet-5" }, Token);
        var otherModel = await client.GetResponseAsync(Asking(Questions.SickLeave), new() { ModelId = "claude-opus-5" }, Token);

        Assert.Equal((6_048, 0, 6_000), (first.Usage?.InputTokenCount, first.Usage?.CachedInputTokenCount, Written(first)));
        Assert.Equal((6_052, 6_000, 0), (second.Usage?.InputTokenCount, second.Usage?.CachedInputTokenCount, Written(second)));
        Assert.Equal((6_052, 0, 6_000), (otherModel.Usage?.InputTokenCount, otherModel.Usage?.CachedInputTokenCount, Written(otherModel)));
    }

    [Fact]
    public async Task Failure_has_the_providers_status_and_error_object()
    {
        await using var provider = await LoopbackProvider.StartAsync(ScriptedAnswers.To, Token);
        using var client = ClientOf(provider);

        var failure = await Assert.ThrowsAnyAsync<AnthropicApiException>(() => client.GetResponseAsync(Questions.Overload, new() { ModelId = "claude-sonnet-5" }, Token));

        Assert.Equal(529, (int)failure.StatusCode);
        Assert.Contains("\"overloaded_error\"", failure.Message, StringComparison.Ordinal);
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task Events_of_a_stream_come_in_the_providers_order()
    {
        await using var provider = await LoopbackProvider.StartAsync(ScriptedAnswers.To, Token);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var body = new StringContent(
            $$"""{"model":"claude-sonnet-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"{{Questions.Delivery}}"}]}""", Encoding.UTF8, "application/json");

        using var response = await http.PostAsync(new Uri(provider.Address + "/v1/messages"), body, Token);
        var text = await response.Content.ReadAsStringAsync(Token);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        string[] order = ["message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop", "message_delta", "message_stop"];
        var seen = text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line["event: ".Length..]).Distinct();
        Assert.Equal(order, seen);
        Assert.Contains("\"input_tokens\":1850,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":612", text, StringComparison.Ordinal);
    }

    private static IChatClient ClientOf(LoopbackProvider provider) => new AnthropicClient
    {
        ApiKey = "none",
        BaseUrl = provider.Address,
        MaxRetries = 0,
        HttpClient = new HttpClient(new SocketsHttpHandler { UseProxy = false }),
    }.AsIChatClient();

    private static long? Written(ChatResponse response) => response.Usage?.AdditionalCounts?.GetValueOrDefault("CacheCreationInputTokens", 0) ?? 0;
}
