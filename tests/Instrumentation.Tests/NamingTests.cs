using System.Net;
using System.Net.Sockets;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class NamingTests
{
    [Theory]
    [InlineData("openai", "https://api.openai.com/v1", "openai")]
    [InlineData("openai", "https://my-resource.openai.azure.com/", "azure.ai.openai")]
    [InlineData("openai", "https://my-resource.services.ai.azure.com/openai/v1", "azure.ai.openai")]
    [InlineData("openai", "https://api.deepseek.com/v1", "deepseek")]
    [InlineData("openai", "https://api.x.ai/v1", "x_ai")]
    [InlineData("openai", "https://notapi.x.ai.example.com/v1", "openai")]
    [InlineData("openai", "http://localhost:11434/v1", "openai")]
    [InlineData("anthropic", "https://bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock")]
    [InlineData("anthropic", "https://us-east5-aiplatform.googleapis.com", "gcp.vertex_ai")]
    [InlineData("anthropic", "https://api.anthropic.com", "anthropic")]
    [InlineData("anthropic", "https://aiplatform.eu.rep.googleapis.com", "gcp.vertex_ai")]
    [InlineData("openai", "https://my-resource.openai.azure.us/", "azure.ai.openai")]
    [InlineData("openai", "https://my-resource.openai.azure.cn/", "azure.ai.openai")]
    [InlineData("anthropic", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "aws.bedrock")]
    [InlineData("Mistral", null, "mistral_ai")]
    [InlineData("xai", null, "x_ai")]
    [InlineData("aws.bedrock", null, "aws.bedrock")]
    [InlineData("Ollama", "http://localhost:11434", "ollama")]
    [InlineData(null, null, null)]
    [InlineData(" ", null, null)]
    public void Provider_has_the_conventions_name(string? name, string? uri, string? expected) =>
        Assert.Equal(expected, ProviderNames.Normalize(name, uri is null ? null : new Uri(uri)));

    [Fact]
    public void Error_type_is_the_status_also_of_a_wrapped_exception() =>
        Assert.Equal("503", ErrorTypes.Of(new InvalidOperationException("Wrapped.", new HttpRequestException("Down.", null, HttpStatusCode.ServiceUnavailable))));

    [Fact]
    public void Error_type_of_an_sdk_without_a_status_is_its_code() => Assert.Equal("content_filter", ErrorTypes.Of(new CodedException("content_filter")));

    [Fact]
    public void Error_type_of_an_sdk_whose_code_is_prose_is_the_types_name() =>
        Assert.Equal(typeof(CodedException).FullName, ErrorTypes.Of(new CodedException("The user asked for: something private")));

    [Fact]
    public void Error_type_of_the_frameworks_exceptions_is_their_name()
    {
        Assert.Equal("System.Net.Sockets.SocketException", ErrorTypes.Of(new SocketException(10061)));
        Assert.Equal("System.Net.Http.HttpRequestException", ErrorTypes.Of(new HttpRequestException("No connection.")));
        Assert.Equal("System.IO.IOException", ErrorTypes.Of(new IOException("Reset.")));
    }

    [Fact]
    public void Error_type_of_what_took_too_long_is_timeout_however_it_is_wrapped()
    {
        Assert.Equal("timeout", ErrorTypes.Of(new TimeoutException()));
        Assert.Equal("timeout", ErrorTypes.Of(new TaskCanceledException("HttpClient.Timeout of 100 seconds.", new TimeoutException())));
        Assert.Equal("timeout", ErrorTypes.Of(new InvalidOperationException("Retries failed.", new OperationCanceledException())));
        Assert.Equal("timeout", ErrorTypes.Of(new HttpRequestException("No answer.", new SocketException((int)SocketError.TimedOut))));
    }

    [Fact]
    public void Error_type_of_a_status_goes_before_a_timeout() =>
        Assert.Equal("504", ErrorTypes.Of(new HttpRequestException("Gateway.", new TimeoutException(), System.Net.HttpStatusCode.GatewayTimeout)));

    [Fact]
    public void Cancelled_as_grpc_says_it_is_cancelled_where_the_caller_did_it()
    {
        using var caller = new CancellationTokenSource();
        var failure = new InvalidOperationException("Wrapped.", new RpcLike(RpcStatus.Cancelled));

        Assert.Equal(CallOutcome.Failed, ErrorTypes.OutcomeOf(failure, caller.Token));
        caller.Cancel();
        Assert.Equal(CallOutcome.Cancelled, ErrorTypes.OutcomeOf(failure, caller.Token));
        Assert.Equal(CallOutcome.Failed, ErrorTypes.OutcomeOf(new RpcLike(RpcStatus.Unavailable), caller.Token));
    }

    [Fact]
    public void Error_type_of_an_exception_that_cannot_be_read_is_its_name() =>
        Assert.Equal(typeof(UnreadableException).FullName, ErrorTypes.Of(new UnreadableException()));

    private enum RpcStatus
    {
        Cancelled = 1,
        Unavailable = 14,
    }

    private sealed class RpcLike(RpcStatus status) : Exception
    {
        public RpcStatus StatusCode => status;
    }

    private sealed class UnreadableException : Exception
    {
        public ApiEnumLike Type { get; } = new();

        public sealed class ApiEnumLike
        {
            public override string ToString() => throw new InvalidOperationException();
        }
    }

    private sealed class CodedException(string code) : Exception
    {
        public int Status { get; } // As some SDKs have it where no answer arrived.

        public string ErrorCode => code;
    }
}
