#pragma warning disable OPENAI001 // The Responses API is still marked as experimental in the SDK.
using System.ClientModel;
using System.ClientModel.Primitives;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The official OpenAI SDK over real HTTP. Prices, USD per million tokens, gpt-4o: input 2.50, cached 1.25, output 10.00.</summary>
public sealed class OpenAISdkTests : IDisposable
{
    private const string Usage = """
        {"prompt_tokens":2000,"completion_tokens":300,"total_tokens":2300,
         "prompt_tokens_details":{"cached_tokens":1536,"audio_tokens":0},
         "completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
        """;

    private readonly ScriptedEndpoint _endpoint = new();
    private readonly TrackedCalls _calls = new();
    private readonly IChatClient _client;

    public OpenAISdkTests()
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(_endpoint.Address, "v1"), RetryPolicy = new ClientRetryPolicy(0) };
        _client = _calls.Track(new OpenAIChatClientAdapter(new ChatClient("gpt-4o", new ApiKeyCredential("key"), options), options.Endpoint));
    }

    [Fact]
    public async Task Answer_is_priced_exactly()
    {
        _endpoint.Json($$"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-4o-2024-08-06",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{{Usage}}}
            """);

        var answer = await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("Hello", answer.Text);
        AssertPriced();
        Assert.Equal(CostQuality.Reported, _calls.Event.Quality);
    }

    [Fact]
    public async Task Stream_is_priced_exactly_from_its_last_chunk()
    {
        _endpoint.Sse(Chunk("Hel"), Chunk("lo"), Last(Usage), "[DONE]");

        var answer = await _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToChatResponseAsync(TestContext.Current.CancellationToken);

        Assert.Equal("Hello", answer.Text);
        Assert.Contains("\"include_usage\":true", Assert.Single(_endpoint.Requests), StringComparison.Ordinal);
        AssertPriced();
    }

    [Theory]
    [InlineData("default", CostQuality.Reported)]
    [InlineData("flex", CostQuality.Unpriced)]
    [InlineData("priority", CostQuality.Reported)]
    public async Task Service_tier_that_the_book_has_no_prices_for_is_not_charged_as_the_standard_one(string tier, CostQuality expected)
    {
        _endpoint.Json($$"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-4o-2024-08-06","service_tier":"{{tier}}",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{{Usage}}}
            """);
        _endpoint.Sse(Chunk("Hel"), Last(Usage).Replace("\"usage\":", $"\"service_tier\":\"{tier}\",\"usage\":", StringComparison.Ordinal), "[DONE]");

        await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([(tier, expected), (tier, expected)], _calls.Events.Select(call => (call.ServiceTier!, call.Quality)));
    }

    // gpt-5.6-terra, USD per million: input 2, cached 0.20, written 2.50, output 12: 476 x 2 + 1,024 x 0.20 + 1,500 x 2.50 + 10 x 12 = 5,026.8.
    [Fact]
    public async Task Tokens_written_to_the_cache_have_their_price_though_adapters_do_not_pass_them_on()
    {
        const string Chat = """{"prompt_tokens":3000,"completion_tokens":10,"total_tokens":3010,"prompt_tokens_details":{"cached_tokens":1024,"cache_write_tokens":1500}}""";
        const string Responses = """{"input_tokens":3000,"output_tokens":10,"total_tokens":3010,"input_tokens_details":{"cached_tokens":1024,"cache_write_tokens":1500},"output_tokens_details":{"reasoning_tokens":0}}""";
        _endpoint.Json($$"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-5.6-terra","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{{Chat}}}
            """);
        _endpoint.Sse(Chunk("Hel"), Last(Chat).Replace("gpt-4o-2024-08-06", "gpt-5.6-terra", StringComparison.Ordinal), "[DONE]");
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 3_000, OutputTokenCount = 10, TotalTokenCount = 3_010, CachedInputTokenCount = 1_024 }, "gpt-5.6-terra");
        answer.RawRepresentation = ModelReaderWriter.Read<ResponseResult>(BinaryData.FromString(
            $$"""{"id":"resp_1","object":"response","created_at":1790000000,"status":"completed","model":"gpt-5.6-terra","tools":[],"output":[],"usage":{{Responses}}}"""));
        using var responses = _calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) });

        await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        await responses.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([0.0050268m, 0.0050268m, 0.0050268m], _calls.Events.Select(call => call.Cost.Amount));
        Assert.All(_calls.Events, call => Assert.Equal((476L, 1_500L, false), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheWrite5m], call.UsageInconsistent)));
    }

    // The answer of the Responses API as its SDK reads it. gpt-4o: two searches at 10 and one of files at 2.50 per thousand, one container at 0.03.
    [Fact]
    public async Task Tools_that_the_provider_ran_are_charged_beside_the_tokens()
    {
        var response = ModelReaderWriter.Read<ResponseResult>(BinaryData.FromString("""
            {"id":"resp_1","object":"response","created_at":1790000000,"status":"completed","model":"gpt-4o-2024-08-06","service_tier":"default","tools":[],"output":[
             {"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"a"}},
             {"id":"ws_2","type":"web_search_call","status":"completed","action":{"type":"open_page","url":"https://example.org/"}},
             {"id":"ws_3","type":"web_search_call","status":"completed","action":{"type":"search","query":"b"}},
             {"id":"fs_1","type":"file_search_call","status":"completed","queries":["a"],"results":null},
             {"id":"ci_1","type":"code_interpreter_call","status":"completed","container_id":"cntr_1","code":"1","outputs":[]},
             {"id":"ci_2","type":"code_interpreter_call","status":"completed","container_id":"cntr_1","code":"2","outputs":[]}]}
            """))!;
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 100, TotalTokenCount = 1_100 }, response.Model);
        answer.RawRepresentation = response;
        answer.Messages[0].Contents.Add(new WebSearchToolCallContent("ws_2"));
        using var client = _calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        var call = _calls.Event;
        Assert.Equal((2L, 1L, 1L, "default"), (call.Usage[UsageBucket.WebSearch], call.Usage[UsageBucket.FileSearch], call.Usage[UsageBucket.CodeExecution], call.ServiceTier));
        // 1,000 x 2.50 + 100 x 10 = 3,500 per million; 0.02 + 0.0025 + 0.03 for the tools.
        Assert.Equal(0.056m, call.Cost.Amount);
    }

    [Fact]
    public async Task Answer_whose_properties_throw_is_priced_by_what_its_client_says()
    {
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 100, TotalTokenCount = 1_100 }, "gpt-4o");
        answer.RawRepresentation = new OpenAI.Made.Up.ThrowingAnswer("There is none.");
        using var client = _calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0.0035m, _calls.Event.Cost.Amount); // 1,000 x 2.50 + 100 x 10 = 3,500 per million.
    }

    [Fact]
    public async Task Stream_left_half_way_is_unmeasured_as_the_usage_comes_last()
    {
        _endpoint.Sse(Chunk("Hel"), Chunk("lo"), Last(Usage), "[DONE]");

        await foreach (var _ in _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            break;
        }

        Assert.Equal((CallOutcome.Abandoned, CostQuality.Unmeasured, false), (_calls.Event.Outcome, _calls.Event.Quality, _calls.Event.HasCost));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(401)]
    public async Task Failure_carries_the_http_status(int status)
    {
        _endpoint.Json("""{"error":{"message":"No.","type":"requests","code":"rate_limit_exceeded"}}""", status);

        await Assert.ThrowsAsync<ClientResultException>(() => _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((CallOutcome.Failed, $"{status}"), (_calls.Event.Outcome, _calls.Event.ErrorType));
    }

    public void Dispose()
    {
        _client.Dispose();
        _calls.Dispose();
        _endpoint.Dispose();
    }

    private static string Chunk(string text) =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"{{text}}"},"finish_reason":null}],"usage":null}""";

    private static string Last(string usage) =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4o-2024-08-06","choices":[],"usage":{{usage.ReplaceLineEndings("")}} }""";

    private void AssertPriced()
    {
        var call = _calls.Event;
        Assert.Equal(("openai", "gpt-4o", "gpt-4o-2024-08-06", "chatcmpl-1"), (call.Provider, call.RequestModel, call.ResponseModel, call.ResponseId));
        // 2,000 prompt tokens, 1,536 of them cached: 464 at the full rate. 300 completion tokens, 64 of them reasoning.
        Assert.Equal((464L, 1_536L, 236L, 64L), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead], call.Usage[UsageBucket.Output], call.Usage[UsageBucket.Reasoning]));
        Assert.False(call.UsageInconsistent);
        // 464 x 2.50 + 1,536 x 1.25 + 300 x 10.00 = 1,160 + 1,920 + 3,000 = 6,080 per million.
        Assert.Equal(0.00608m, call.Cost.Amount);
    }
}
