using Anthropic;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Instrumentation;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Contract.Tests.Snippets;

/// <summary>The README's console example; it compiles here, and samples/Quickstart runs the same lines.</summary>
internal static class ConsoleExample
{
    public static async Task RunAsync()
    {
        await using var exporter = CostExporterHost.Start(o => o.Store = "sqlite:llmtelemetry.db");
        var client = new AnthropicClient().AsIChatClient("claude-haiku-4-5").UseUsageTracking();

        using (UsageScope.Begin(user: "alice", feature: "summary"))
        {
            Console.WriteLine(await client.GetResponseAsync("Say hello in one word."));
        }

        await exporter.FlushAsync();
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var report = await exporter.Reports.QueryAsync(new UsageReportQuery { From = today, To = today, By = [SpendDimension.User] });
        Console.WriteLine(report.ToTable());
    }
}
