using LlmTelemetry.CostExporter;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>The OTLP endpoints alone, on a real Kestrel of loopback, with a receiver that keeps what it gets.</summary>
internal sealed class OtlpUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpUnderTest(WebApplication app, ScriptedReceiver receiver)
    {
        (_app, Receiver) = (app, receiver);
        Url = new Uri(app.Urls.Single());
        Http = new HttpClient { BaseAddress = Url };
    }

    public ScriptedReceiver Receiver { get; }

    public Uri Url { get; }

    public HttpClient Http { get; }

    /// <param name="caller">Whose key the requests have.</param>
    /// <param name="kestrel">Sets the server up.</param>
    /// <param name="limits">Settings below <c>LlmTelemetry:Receiver</c>.</param>
    public static async Task<OtlpUnderTest> StartAsync(ApiCaller? caller = null, Action<KestrelServerOptions>? kestrel = null, params (string Name, string Value)[] limits)
    {
        var receiver = new ScriptedReceiver();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(options => kestrel?.Invoke(options));
        builder.Configuration.AddInMemoryCollection(limits.Select(limit => KeyValuePair.Create("LlmTelemetry:Receiver:" + limit.Name, (string?)limit.Value)));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(new ServedLedger(new CostExporterOptions(), null!, null!, null, receiver, null!));
        var app = builder.Build();
        app.UseRouting();
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is { Scopes: ApiScopes.Write })
            {
                context.Features.Set(caller ?? ApiCaller.Local);
            }

            return next(context);
        });
        app.UseEndpoints(static _ => { });
        app.MapOtlp();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new OtlpUnderTest(app, receiver);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
