using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// The official Anthropic SDK over real HTTP. Prices, USD per million tokens, claude-sonnet-4-5: input 3, cache read 0.30, cache write 3.75 (5 min)
/// and 6 (1 h), output 15.
/// </summary>
public sealed class AnthropicSdkTests : IDisposable
{
    private const string Start = """
        {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,
        "usage":{"input_tokens":100,"cache_creation_input_tokens":50,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"output_tokens":1,"service_tier":"standard"}}}
        """;

    private const string BlockStart = """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""";
    private const string BlockDelta = """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""";
    private const string BlockStop = """{"type":"content_block_stop","index":0}""";
    private const string Delta = """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":40}}""";
    private const string Stop = """{"type":"message_stop"}""";
    private const string Failure = """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""";

    private readonly ScriptedEndpoint _endpoint = new();
    private readonly TrackedCalls _calls = new();
    private readonly IChatClient _client;

    public AnthropicSdkTests()
    {
        var sdk = new AnthropicClient(new ClientOptions { ApiKey = "key", BaseUrl = _endpoint.Address.ToString().TrimEnd('/'), MaxRetries = 0 });
        _client = _calls.Track(sdk.AsIChatClient("claude-sonnet-4-5", 1_000));
    }

    [Fact]
    public async Task Answer_is_priced_exactly()
    {
        _endpoint.Json(Message("""{"input_tokens":1000,"output_tokens":200,"service_tier":"standard"}"""));

        var answer = await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("Hello", answer.Text);
        var call = _calls.Event;
        Assert.Equal(("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "msg_1", "standard"), (call.Provider, call.RequestModel, call.ResponseModel, call.ResponseId, call.ServiceTier));
        Assert.Equal(0.006m, call.Cost.Amount); // 1,000 x 3 + 200 x 15 = 6,000 per million.
    }

    [Fact]
    public async Task Web_searches_are_charged_beside_the_tokens()
    {
        _endpoint.Json(Message("""{"input_tokens":1000,"output_tokens":200,"server_tool_use":{"web_search_requests":2,"web_fetch_requests":5}}"""));

        await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(2L, _calls.Event.Usage[UsageBucket.WebSearch]);
        // 6,000 per million for the tokens, and 2 searches at 10 per thousand; fetches are free.
        Assert.Equal(0.026m, _calls.Event.Cost.Amount);
        Assert.Equal(["input", "output"], _calls.Measurements.Of(Vocabulary.Metrics.UsageTokens).Select(m => m.Tags[Vocabulary.Attributes.UsageType]).Order());
        Assert.Contains(_calls.Measurements.Of(Vocabulary.Metrics.UsageCost), m => (string?)m.Tags[Vocabulary.Attributes.UsageType] == "web_search");
    }

    [Fact]
    public async Task Cache_hit_and_writes_of_both_lifetimes_are_priced_apart()
    {
        _endpoint.Json(Message("""
            {"input_tokens":100,"cache_creation_input_tokens":50,"cache_read_input_tokens":1000,
             "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},
             "output_tokens":40,"output_tokens_details":{"thinking_tokens":7},"service_tier":"standard"}
            """));

        await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        AssertCached(reasoning: 7);
        Assert.Equal(CostQuality.Reported, _calls.Event.Quality);
    }

    [Fact]
    public async Task Stream_with_a_cache_hit_is_priced_as_the_same_answer_at_once()
    {
        _endpoint.Sse(Line(Start), BlockStart, BlockDelta, BlockStop, Delta, Stop);

        var answer = await _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToChatResponseAsync(TestContext.Current.CancellationToken);

        Assert.Equal("Hello", answer.Text);
        AssertCached(reasoning: 0);
        Assert.Equal((CallOutcome.Completed, CostQuality.Reported), (_calls.Event.Outcome, _calls.Event.Quality));
    }

    [Theory]
    [InlineData("""{"input_tokens":100,"cache_creation_input_tokens":50,"cache_read_input_tokens":1000,"output_tokens":40}""")]
    [InlineData("""{"input_tokens":null,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":40}""")]
    public async Task Stream_whose_last_event_repeats_the_input_counts_it_once(string usage)
    {
        _endpoint.Sse(Line(Start), BlockStart, BlockDelta, Delta.Replace("40", "7", StringComparison.Ordinal), BlockStop, Delta.Replace("""{"output_tokens":40}""", usage, StringComparison.Ordinal), Stop);

        await ReadAsync();

        AssertCached(reasoning: 0);
    }

    [Fact]
    public async Task Web_searches_of_a_stream_are_charged_too()
    {
        _endpoint.Sse(Line(Start), BlockStart, BlockDelta, BlockStop, Delta.Replace("40}", """40,"server_tool_use":{"web_search_requests":2,"web_fetch_requests":0}}""", StringComparison.Ordinal), Stop);

        await ReadAsync();

        Assert.Equal(2L, _calls.Event.Usage[UsageBucket.WebSearch]);
    }

    [Fact]
    public async Task Fast_mode_and_region_of_the_answer_are_told_and_win_over_what_is_set()
    {
        const string Usage = """{"input_tokens":1000,"output_tokens":200,"service_tier":"standard","speed":"fast","inference_geo":"us"}""";
        _endpoint.Json(Message(Usage));
        _endpoint.Sse(Line(Start).Replace("\"service_tier\":\"standard\"", "\"service_tier\":\"standard\",\"speed\":\"fast\",\"inference_geo\":\"us\"", StringComparison.Ordinal), BlockStart, BlockDelta, BlockStop, Delta, Stop);
        using var told = _calls.Track(new AnthropicClient(new ClientOptions { ApiKey = "key", BaseUrl = _endpoint.Address.ToString().TrimEnd('/'), MaxRetries = 0 })
            .AsIChatClient("claude-sonnet-4-5", 1_000), o => (o.ServiceTier, o.Region) = ("batch", "eu"));

        await told.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await told.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([("fast", "us"), ("fast", "us")], _calls.Events.Select(call => (call.ServiceTier!, call.Region!)));
    }

    // What summing up a long conversation took is beside the counts above it: 1,000 + 180,000 in, 200 + 3,500 out.
    [Fact]
    public async Task Compaction_is_counted_although_the_adapter_leaves_it_out()
    {
        _endpoint.Json(Message("""
            {"input_tokens":1000,"output_tokens":200,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,
             "iterations":[{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"message","input_tokens":1000,"output_tokens":200}]}
            """));

        await _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((181_000L, 3_700L, false), (_calls.Event.Usage.InputTokens, _calls.Event.Usage.OutputTokens, _calls.Event.UsageInconsistent));
    }

    [Fact]
    public async Task Tool_call_is_a_call_like_any_other()
    {
        _endpoint.Json("""
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929",
             "content":[{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}}],"stop_reason":"tool_use","stop_sequence":null,
             "usage":{"input_tokens":400,"output_tokens":60}}
            """);
        var tool = AIFunctionFactory.Create((string city) => city, "weather");

        var answer = await _client.GetResponseAsync("Hi", new ChatOptions { Tools = [tool] }, TestContext.Current.CancellationToken);

        Assert.Equal("weather", Assert.Single(answer.Messages[0].Contents.OfType<FunctionCallContent>()).Name);
        Assert.Equal(0.0021m, _calls.Event.Cost.Amount); // 400 x 3 + 60 x 15 = 2,100 per million.
        Assert.Equal("tool_calls", Assert.Single(Assert.IsType<string[]>(_calls.Span.GetTagItem(Vocabulary.GenAi.ResponseFinishReasons))));
    }

    [Fact]
    public async Task Stream_left_half_way_bills_the_input_that_the_provider_announced()
    {
        _endpoint.Sse(Line(Start), BlockStart, BlockDelta, BlockStop, Delta, Stop);

        await foreach (var update in _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            if (update.Text.Length > 0)
            {
                break;
            }
        }

        Assert.Equal((CallOutcome.Abandoned, CostQuality.Partial), (_calls.Event.Outcome, _calls.Event.Quality));
        Assert.Equal((1_150L, 1L), (_calls.Event.Usage.InputTokens, _calls.Event.Usage.OutputTokens));
        // 100 x 3 + 1,000 x 0.30 + 20 x 3.75 + 30 x 6 + 1 x 15 = 300 + 300 + 75 + 180 + 15 = 870 per million.
        Assert.Equal(0.00087m, _calls.Event.Cost.Amount);
    }

    [Fact]
    public async Task Stream_whose_connection_breaks_failed_with_what_was_announced()
    {
        _endpoint.CutSse(Line(Start), BlockStart, BlockDelta);

        await Assert.ThrowsAnyAsync<IOException>(ReadAsync);

        Assert.Equal((CallOutcome.Failed, CostQuality.Partial, 1_150L), (_calls.Event.Outcome, _calls.Event.Quality, _calls.Event.Usage.InputTokens));
        Assert.Equal("System.Net.Http.HttpIOException", _calls.Event.ErrorType);
    }

    [Fact]
    public async Task Failure_inside_a_stream_carries_the_providers_code()
    {
        _endpoint.Sse(Line(Start), Failure);

        await Assert.ThrowsAnyAsync<AnthropicException>(ReadAsync);

        Assert.Equal((CallOutcome.Failed, "overloaded_error"), (_calls.Event.Outcome, _calls.Event.ErrorType));
    }

    [Theory]
    [InlineData(429, "rate_limit_error")]
    [InlineData(529, "overloaded_error")]
    [InlineData(400, "invalid_request_error")]
    public async Task Failure_carries_the_http_status(int status, string code)
    {
        _endpoint.Json($$$"""{"type":"error","error":{"type":"{{{code}}}","message":"No."}}""", status);

        await Assert.ThrowsAnyAsync<AnthropicException>(() => _client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((CallOutcome.Failed, $"{status}", CostQuality.Unmeasured), (_calls.Event.Outcome, _calls.Event.ErrorType, _calls.Event.Quality));
    }

    [Fact]
    public async Task Provider_is_not_sent_our_keys()
    {
        _endpoint.Json(Message("""{"input_tokens":1,"output_tokens":1}"""));

        await _client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [Vocabulary.Options.User] = "ada-lovelace" } }, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("ada-lovelace", Assert.Single(_endpoint.Requests), StringComparison.Ordinal);
        Assert.Equal("ada-lovelace", _calls.Event.Attribution.User);
    }

    public void Dispose()
    {
        _client.Dispose();
        _calls.Dispose();
        _endpoint.Dispose();
    }

    private static string Line(string json) => json.ReplaceLineEndings("");

    private static string Message(string usage) => $$"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929",
         "content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{usage}}}
        """;

    private async Task ReadAsync()
    {
        await foreach (var _ in _client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
        }
    }

    private void AssertCached(long reasoning)
    {
        var call = _calls.Event;
        Assert.Equal((100L, 1_000L), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead]));
        Assert.Equal((20L, 30L), (call.Usage[UsageBucket.CacheWrite5m], call.Usage[UsageBucket.CacheWrite1h]));
        Assert.Equal((40 - reasoning, reasoning), (call.Usage[UsageBucket.Output], call.Usage[UsageBucket.Reasoning]));
        Assert.False(call.UsageInconsistent);
        // 100 x 3 + 1,000 x 0.30 + 20 x 3.75 + 30 x 6 + 40 x 15 = 300 + 300 + 75 + 180 + 600 = 1,455 per million.
        Assert.Equal(0.001455m, call.Cost.Amount);
    }
}
