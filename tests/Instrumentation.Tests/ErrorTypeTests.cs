using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Sockets;
using Anthropic;
using Anthropic.Core;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>What <c>error.type</c> says of the failures of the real SDKs, over real HTTP on the loopback.</summary>
public sealed class ErrorTypeTests : IDisposable
{
    private readonly ScriptedEndpoint _endpoint = new();
    private readonly TrackedCalls _calls = new();

    [Theory]
    [InlineData(400, "invalid_request_error", "context_length_exceeded", "context_length_exceeded")]
    [InlineData(400, "invalid_request_error", "content_filter", "content_filter")]
    [InlineData(400, "invalid_request_error", "unsupported_value", "400")]
    [InlineData(401, "invalid_request_error", "invalid_api_key", "401")]
    [InlineData(404, "invalid_request_error", "model_not_found", "model_not_found")]
    [InlineData(429, "requests", "rate_limit_exceeded", "429")]
    [InlineData(429, "insufficient_quota", "insufficient_quota", "insufficient_quota")]
    [InlineData(500, "server_error", null, "500")]
    public async Task OpenAI_failure_is_its_status_unless_the_code_says_more(int status, string type, string? code, string expected)
    {
        var quoted = code is null ? "null" : $"\"{code}\"";
        _endpoint.Json($$"""{"error":{"message":"No.","type":"{{type}}","param":null,"code":{{quoted}} } }""", status);

        Assert.Equal(expected, await FailAsync(OpenAI(_endpoint.Address)));
    }

    [Theory]
    [InlineData("<html>Bad gateway</html>", 502, "502")]
    [InlineData("", 503, "503")]
    [InlineData("[]", 400, "400")]
    [InlineData("""{"error":"No."}""", 400, "400")]
    [InlineData("""{"error":{"code":7}}""", 400, "400")]
    public async Task Body_that_is_no_error_object_leaves_the_status(string body, int status, string expected)
    {
        _endpoint.Json(body, status);

        Assert.Equal(expected, await FailAsync(OpenAI(_endpoint.Address)));
    }

    [Theory]
    [InlineData(400, "invalid_request_error", "400")]
    [InlineData(401, "authentication_error", "401")]
    [InlineData(429, "rate_limit_error", "429")]
    [InlineData(500, "api_error", "500")]
    [InlineData(529, "overloaded_error", "529")]
    public async Task Anthropic_failure_is_its_status(int status, string type, string expected)
    {
        _endpoint.Json($$"""{"type":"error","error":{"type":"{{type}}","message":"prompt is too long: 210000 tokens > 200000 maximum"} }""", status);

        Assert.Equal(expected, await FailAsync(Anthropic(_endpoint.Address)));
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Connection_that_is_refused_is_a_connection_error(string sdk) =>
        Assert.Equal("connection_error", await FailAsync(Client(sdk, new Uri($"http://127.0.0.1:{Server.FreePort()}/"))));

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Server_that_speaks_no_tls_is_a_secure_connection_error(string sdk) =>
        Assert.Equal("secure_connection_error", await FailAsync(Client(sdk, new UriBuilder(_endpoint.Address) { Scheme = "https" }.Uri)));

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Name_that_nobody_knows_is_a_name_resolution_error(string sdk)
    {
        // What the resolver says of such a name, without asking one.
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, _) => throw new SocketException((int)SocketError.HostNotFound) });

        Assert.Equal("name_resolution_error", await FailAsync(Client(sdk, new Uri("http://nowhere.invalid/"), http)));
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Answer_that_is_no_json_is_named_by_its_exception(string sdk)
    {
        _endpoint.Json("{\"id\":");

        var error = await FailAsync(Client(sdk, _endpoint.Address));

        Assert.Matches(@"^[A-Za-z.]+\.[A-Za-z]*Exception$", error);
    }

    [Fact]
    public async Task Answer_that_breaks_off_is_named_by_its_exception()
    {
        _endpoint.CutSse("""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}""");
        using var client = _calls.Track(OpenAI(_endpoint.Address));

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
            {
            }
        });

        Assert.Equal("System.Net.Http.HttpIOException", _calls.Event.ErrorType);
    }

    [Fact]
    public void Exceptions_of_other_sdks_are_read_by_their_shape()
    {
        Assert.Equal("429", ErrorTypes.Of(new AwsException(HttpStatusCode.TooManyRequests, "ThrottlingException")));
        Assert.Equal("ModelNotReadyException", ErrorTypes.Of(new AwsException(0, "ModelNotReadyException")));
        Assert.Equal("403", ErrorTypes.Of(new GoogleApiException(HttpStatusCode.Forbidden)));
        Assert.Equal("ResourceExhausted", ErrorTypes.Of(new RpcException(RpcStatus.ResourceExhausted)));
        Assert.Equal("content_filter", ErrorTypes.Of(new RequestFailedException(400, "content_filter")));
        Assert.Equal("429", ErrorTypes.Of(new RequestFailedException(429, "TooManyRequests")));
        Assert.Equal("400", ErrorTypes.Of(new GoogleGenAiException(400, "INVALID_ARGUMENT")));
    }

    [Fact]
    public void Exception_whose_answer_throws_is_its_status() => Assert.Equal("400", ErrorTypes.Of(new BrokenException()));

    public void Dispose()
    {
        _calls.Dispose();
        _endpoint.Dispose();
    }

    private static IChatClient Client(string sdk, Uri address, HttpClient? http = null) => sdk == "openai" ? OpenAI(address, http) : Anthropic(address, http);

    private static OpenAIChatClientAdapter OpenAI(Uri address, HttpClient? http = null)
    {
        var options = new OpenAIClientOptions { Endpoint = address, RetryPolicy = new ClientRetryPolicy(0) };
        if (http is not null)
        {
            options.Transport = new HttpClientPipelineTransport(http);
        }

        return new OpenAIChatClientAdapter(new ChatClient("gpt-4o", new ApiKeyCredential("key"), options), address);
    }

    private static IChatClient Anthropic(Uri address, HttpClient? http = null)
    {
        var options = new ClientOptions { ApiKey = "key", BaseUrl = address.ToString().TrimEnd('/'), MaxRetries = 0 };
        if (http is not null)
        {
            options = options with { HttpClient = http };
        }

        return new AnthropicClient(options).AsIChatClient("claude-sonnet-4-5", 1_000);
    }

    private async Task<string?> FailAsync(IChatClient inner)
    {
        using var client = _calls.Track(inner);

        await Assert.ThrowsAnyAsync<Exception>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(CallOutcome.Failed, _calls.Event.Outcome);
        return _calls.Event.ErrorType;
    }

    private enum RpcStatus
    {
        ResourceExhausted = 8,
    }

    private sealed class AwsException(HttpStatusCode status, string code) : Exception
    {
        public HttpStatusCode StatusCode => status;

        public string ErrorCode => code;
    }

    private sealed class GoogleApiException(HttpStatusCode status) : Exception
    {
        public HttpStatusCode HttpStatusCode => status;
    }

    private sealed class GoogleGenAiException(int status, string name) : Exception
    {
        public int StatusCode => status;

        public string Status => name;
    }

    private sealed class RpcException(RpcStatus status) : Exception
    {
        public RpcStatus StatusCode => status;
    }

    private sealed class RequestFailedException(int status, string code) : Exception
    {
        public int Status => status;

        public string ErrorCode => code;
    }

    private sealed class BrokenException(int status = 400) : Exception
    {
        public int Status => status;

        public object GetRawResponse() => throw new InvalidOperationException($"The response with status {status} was not buffered.");
    }
}
