using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>An application as a user writes one, in a process of its own: our meters are one for each process. <see cref="ApplicationProcess"/> starts it, sets it by the environment and tells it what to do.</summary>
public sealed class WatchedApplication
{
    /// <summary>Where this variable is set, it has no ledger of its own: its events go to a service.</summary>
    public const string SendsEvents = "LLMTELEMETRY_TEST_EVENTS";

    // Whoever started it may have died.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact(Explicit = true)]
    public async Task Application_that_does_what_it_is_told()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = new CommandFolder(Environment.GetEnvironmentVariable(CommandFolder.Variable)!);
        var builder = Host.CreateApplicationBuilder();
        if (Environment.GetEnvironmentVariable(SendsEvents) is null)
        {
            builder.Services.AddCostExporter().AddBudgets();
        }
        else
        {
            builder.Services.AddUsageEventOtlp();
        }

        using var host = builder.Build();
        await host.StartAsync(cancellation);
        using var metrics = Sdk.CreateMeterProviderBuilder()
            .AddUsageTracking().AddMeter("LlmTelemetry.CostExporter", "LlmTelemetry.Budgets")
            .AddOtlpExporter()
            .Build();
        await using (var doing = new ApplicationTraffic(host.Services, folder.Path))
        {
            for (var command = await folder.NextAsync(Patience); command != CommandFolder.End; command = await folder.NextAsync(Patience))
            {
                await doing.DoAsync(command, cancellation);
                metrics.ForceFlush();
                folder.Done();
            }
        }

        await host.StopAsync(cancellation);
    }
}
