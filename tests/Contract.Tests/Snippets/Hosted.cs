using Anthropic;
using LlmTelemetry.Instrumentation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Contract.Tests.Snippets;

/// <summary>The README's hosted example; it compiles here.</summary>
internal static class HostedExample
{
    public static void Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddCostExporter();   // or LlmTelemetry__Store=redis://HOST:6379 in the environment
        builder.Services.AddSingleton(services => new AnthropicClient().AsIChatClient("claude-haiku-4-5").UseUsageTracking(services));

        var app = builder.Build();
        app.MapGet("/ask", async (string user, string question, IChatClient client) =>
        {
            using var scope = UsageScope.Begin(user: user, feature: "ask");
            return (await client.GetResponseAsync(question)).Text;
        });
        app.Run();
    }
}
