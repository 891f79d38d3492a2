using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Quickstart;

/// <summary>
/// Stands in for the provider where there is no API key: Anthropic's Messages API over real HTTP on a free port of this machine. What it
/// answers, and how many tokens it says that took, is in <see cref="ScriptedAnswers"/>.
/// </summary>
internal sealed class LoopbackProvider : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly PromptCache _cache = new();
    private readonly WebApplication _app;

    private LoopbackProvider()
    {
        // The empty builder reads no configuration: neither files of the current folder nor environment variables move the port.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapPost("/v1/messages", AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.Single();

    /// <summary>The bodies of all requests so far, as they came over the wire.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public static async Task<LoopbackProvider> StartAsync(CancellationToken cancellationToken)
    {
        var provider = new LoopbackProvider();
        await provider._app.StartAsync(cancellationToken);
        return provider;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        _requests.Enqueue(body);

        var request = MessagesRequest.Parse(body);
        var answer = ScriptedAnswers.To(request);
        var wire = new WireFormat(http.Response, TimeProvider.System, http.RequestAborted);
        if (answer.Error is { } error)
        {
            await wire.WriteErrorAsync(error.Status, error.Type, error.Message);
            return;
        }

        var model = ScriptedAnswers.FullNameOf(request.Model);
        var used = _cache.Count(request, answer);
        try
        {
            await (request.Stream ? wire.WriteStreamAsync(model, answer, used) : wire.WriteMessageAsync(model, answer, used));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left half way: that is part of the story.
        }
    }
}
