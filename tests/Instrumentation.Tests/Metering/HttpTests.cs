using System.Net.Http.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation.Tests.Metering;

/// <summary>A real HttpClient, and the bodies of providers.</summary>
public sealed class HttpTests : IDisposable
{
    private const string OpenAI = """
        {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18", "service_tier": "default",
         "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200, "prompt_tokens_details": {"cached_tokens": 400}, "completion_tokens_details": {"reasoning_tokens": 50}}}
        """;

    private const string Anthropic = """
        {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn",
         "usage": {"input_tokens": 100, "cache_creation_input_tokens": 1000, "cache_read_input_tokens": 2000, "output_tokens": 50}}
        """;

    private readonly ScriptedEndpoint _endpoint = new();
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAI_body_gives_usage_model_id_and_price()
    {
        using var calls = new TrackedCalls();
        _endpoint.Json(OpenAI);

        var json = await calls.Meter().TrackAsync(new MeteredCall { Provider = "openai", Model = "gpt-4o-mini" }, AskAsync, static (json, call) => call.WithBody(json), Token);

        Assert.Equal(OpenAI, json);
        var call = calls.Event;
        Assert.Equal(("gpt-4o-mini", "gpt-4o-mini-2024-07-18", "chatcmpl-1"), (call.RequestModel, call.ResponseModel, call.ResponseId));
        Assert.Equal((600, 400, 150, 50), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead], call.Usage[UsageBucket.Output], call.Usage[UsageBucket.Reasoning]));
        Assert.Equal((0.00024m, CostQuality.Reported, false), (call.Cost.Amount, call.Quality, call.UsageInconsistent));
        Assert.True(call.Duration >= TimeSpan.Zero);
    }

    [Fact]
    public async Task Anthropic_body_gives_its_cache_writes_beside_its_input()
    {
        using var calls = new TrackedCalls();
        _endpoint.Json(Anthropic);

        await calls.Meter().TrackAsync(new MeteredCall { Provider = "anthropic" }, AskAsync, static (json, call) => call.WithBody(json), Token);

        var call = calls.Event;
        Assert.Equal(("claude-sonnet-4-5-20250929", "msg_1"), (call.Model, call.ResponseId));
        Assert.Equal((100, 2_000, 1_000, 50), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead], call.Usage[UsageBucket.CacheWrite5m], call.Usage[UsageBucket.Output]));
        Assert.Equal(0.0054m, call.Cost.Amount); // 100 x 3 + 2,000 x 0.30 + 1,000 x 3.75 + 50 x 15 per million.
    }

    [Fact]
    public async Task Stream_read_as_a_whole_gives_the_usage_of_its_last_chunk()
    {
        using var calls = new TrackedCalls();
        _endpoint.Sse(
            """{"id":"chatcmpl-2","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":"Hi"}}]}""",
            """{"id":"chatcmpl-2","model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}""",
            "[DONE]");

        await calls.Meter().TrackAsync(new MeteredCall { Provider = "openai" }, AskAsync, static (json, call) => call.WithBody(json), Token);

        Assert.Equal((10, 2, "chatcmpl-2"), (calls.Event.Usage[UsageBucket.Input], calls.Event.Usage[UsageBucket.Output], calls.Event.ResponseId));
    }

    [Fact]
    public async Task Cost_that_the_body_tells_wins_over_the_price_book()
    {
        using var calls = new TrackedCalls();
        _endpoint.Json("""{"id": "gen-1", "model": "openai/gpt-4o-mini", "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200, "cost": 0.00031}}""");

        await calls.Meter().TrackAsync(new MeteredCall { Provider = "openrouter" }, AskAsync, static (json, call) => call.WithBody(json), Token);

        Assert.Equal((0.00031m, 1_000, CostQuality.Reported), (calls.Event.Cost.Amount, calls.Event.Usage.InputTokens, calls.Event.Quality));
    }

    [Fact]
    public async Task Body_without_usage_is_unmeasured()
    {
        using var calls = new TrackedCalls();
        _endpoint.Json("""{"id": "chatcmpl-3", "model": "gpt-4o-mini", "choices": []}""");

        await calls.Meter().TrackAsync(new MeteredCall { Provider = "openai" }, AskAsync, static (json, call) => call.WithBody(json), Token);

        Assert.Equal((CostQuality.Unmeasured, false, "chatcmpl-3"), (calls.Event.Quality, calls.Event.HasUsage, calls.Event.ResponseId));
    }

    [Fact]
    public async Task Status_that_is_thrown_or_read_is_a_failure()
    {
        using var calls = new TrackedCalls();
        _endpoint.Json("{}", 429).Json("{}", 503);
        var call = new MeteredCall { Provider = "openai", Model = "gpt-4o-mini" };

        await Assert.ThrowsAsync<HttpRequestException>(() => calls.Meter().TrackAsync(call, AskAsync, cancellationToken: Token));
        using var response = await calls.Meter().TrackAsync(
            call,
            token => _http.GetAsync(_endpoint.Address, token),
            static (response, call) => response.IsSuccessStatusCode ? call : call with { ErrorType = $"{(int)response.StatusCode}" },
            Token);

        Assert.Equal([(CallOutcome.Failed, "429"), (CallOutcome.Failed, "503")], calls.Events.Select(e => (e.Outcome, e.ErrorType)));
    }

    public void Dispose()
    {
        _http.Dispose();
        _endpoint.Dispose();
    }

    private async Task<string> AskAsync(CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync(_endpoint.Address, new { messages = Array.Empty<string>() }, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
