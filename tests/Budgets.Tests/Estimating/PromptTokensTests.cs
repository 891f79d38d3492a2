using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class PromptTokensTests
{
    [Fact]
    public void Each_message_counts_with_what_marks_it()
    {
        var one = Of([new(ChatRole.User, "Hello")]);
        Assert.Equal(8, one);
        Assert.Equal(one + 5, Of([new(ChatRole.User, "Hello"), new(ChatRole.Assistant, "Hello")]));
    }

    [Fact]
    public void Instructions_tools_and_schemas_count()
    {
        var schema = JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string","description":"Name of the city"}}}""").RootElement;
        ChatMessage[] messages = [new(ChatRole.User, "Hello")];
        var plain = Of(messages);
        Assert.InRange(Of(messages, new ChatOptions { Instructions = "Be brief." }) - plain, 5, 9);
        Assert.InRange(Of(messages, new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) }) - plain, 25, 50);
        Assert.InRange(Of(messages, new ChatOptions { Tools = [AIFunctionFactory.CreateDeclaration("weather", "The weather of a city.", schema)] }) - plain, 35, 60);
    }

    [Fact]
    public void Tool_calls_and_results_count_as_their_json()
    {
        var call = new FunctionCallContent("1", "weather", new Dictionary<string, object?> { ["city"] = "Oslo", ["days"] = 3, ["exact"] = true, ["more"] = null });
        Assert.InRange(PromptTokens.Of(call, null), 15, 30);
        Assert.InRange(PromptTokens.Of(new FunctionResultContent("1", JsonDocument.Parse("""{"temp": 21.5, "sky": "clear"}""").RootElement), null), 15, 30);
        Assert.InRange(PromptTokens.Of(new FunctionResultContent("1", new List<object?> { "a", "b", new Dictionary<string, object?> { ["c"] = "d" } }), null), 15, 30);
    }

    [Fact]
    public void Value_that_holds_itself_ends()
    {
        var loop = new Dictionary<string, object?>();
        loop["self"] = loop;
        loop["result"] = new FunctionResultContent("1", loop);
        Assert.InRange(PromptTokens.Of(new FunctionCallContent("1", "f", loop), null), 1, 100_000);
    }

    [Fact]
    public void Media_count_by_documented_constants()
    {
        Assert.Equal(1_600, PromptTokens.Of(new DataContent(new byte[50_000], "image/png"), null));
        Assert.Equal(1_600, PromptTokens.Of(new UriContent("https://example.com/a.png", "image/png"), null));
        Assert.Equal(1_600, PromptTokens.Of(new HostedFileContent("file-1"), null));
        Assert.Equal(100, PromptTokens.Of(new DataContent(new byte[1_000], "audio/mp3"), null));
        Assert.Equal(1_920, PromptTokens.Of(new DataContent(new byte[960_000], "audio/mp3"), null));
        Assert.Equal(50_000, PromptTokens.Of(new DataContent(new byte[1_000_000], "application/pdf"), null));
        Assert.Equal(1_000, PromptTokens.Of(new DataContent(new byte[3_000], "text/csv"), null));
    }

    [Fact]
    public void Audio_is_noticed() =>
        Assert.Equal((true, false), (PromptTokens.HasAudio([new(ChatRole.User, [new DataContent(new byte[1], "audio/wav")])]), PromptTokens.HasAudio([new(ChatRole.User, "Hello")])));

    private static long Of(ChatMessage[] messages, ChatOptions? options = null) => PromptTokens.Of(messages, options, null);
}
