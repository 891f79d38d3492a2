using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Quickstart;

/// <summary>
/// Stands in for the provider where there is no API key: Anthropic's Messages API over real HTTP on a free port of this machine.
/// </summary>
internal sealed class LoopbackProvider : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly PromptCache _cache = new();
    private readonly Func<MessagesRequest, Answer> _answers;
    private readonly WebApplication _app;

    private LoopbackProvider(Func<MessagesRequest, Answer> answers)
    {
        _answers = answers;

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

    /// <param name="answers">What it answers, and how many tokens it says that took.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    public static async Task<LoopbackProvider> StartAsync(Func<MessagesRequest, Answer> answers, CancellationToken cancellationToken)
    {
        var provider = new LoopbackProvider(answers);
        await provider._app.StartAsync(cancellationToken);
        return provider;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    // The provider answers under a model's full name, with its date, where it has one.
    private static string FullNameOf(string model) => model == "claude-haiku-4-5" ? "claude-haiku-4-5-20251001" : model;

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        _requests.Enqueue(body);

        var request = MessagesRequest.Parse(body);
        var answer = _answers(request);
        var wire = new WireFormat(http.Response, TimeProvider.System, http.RequestAborted);
        if (answer.Error is { } error)
        {
            await wire.WriteErrorAsync(error.Status, error.Type, error.Message);
            return;
        }

        var model = FullNameOf(request.Model);
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
