using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace LlmTelemetry.Quickstart;

/// <summary>The whole pipeline, from a chat client to the report: the file to copy from.</summary>
internal static class QuickstartRun
{
    /// <returns>The exit code: 0, or 1 where the store or the provider cannot be used.</returns>
    public static async Task<int> RunAsync(Arguments arguments, IAnsiConsole console, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            return await TellAsync(arguments, console, errors, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await errors.WriteLineAsync("Stopped.");
            return 1;
        }
        catch (Exception cause) // Calls that fail are part of the story and do not come here; what does is the store.
        {
            await errors.WriteLineAsync($"The store {arguments.Address.Text} cannot be used: {Text.FirstLine(cause.Message)}");
            return 1;
        }
    }

    private static async Task<int> TellAsync(Arguments arguments, IAnsiConsole console, TextWriter errors, CancellationToken cancellationToken)
    {
        var callsBefore = await StoreCheck.CountCallsAsync(arguments, cancellationToken);

        // 1. The exporter adds up what the tracked clients of this process spend, and keeps the sums in the store.
        await using var exporter = CostExporterHost.Start(options => options.Store = arguments.Store);

        // 2. The one line: the client is used like any other from here on.
        await using var provider = await ProviderConnection.OpenAsync(cancellationToken);
        using var client = provider.CreateChatClient().UseUsageTracking();
        Summary.PrintStart(console, provider.Description, arguments.Address, callsBefore);

        // 3. An app at work. Whoever wants to see each call as it ends subscribes beside the exporter.
        var tally = new RunTally();
        using var subscription = UsageHub.Default.Subscribe(tally);
        var stage = new Stage(console, tally);
        await stage.PlayAsync([.. new Story(client, provider.Models).Steps()], cancellationToken);
        if (tally.NothingWorked)
        {
            await errors.WriteLineAsync($"No call succeeded: {Text.FirstLine(stage.LastFailure?.Message ?? "")}");
            return 1;
        }

        // 4. The report. The exporter sends every 10 seconds; who wants to read at once flushes first.
        if ((await exporter.FlushAsync(cancellationToken)).Error is { } error)
        {
            throw new IOException(error);
        }

        var stored = await new ReportPrinter(console, exporter.Reports).PrintAsync(cancellationToken);
        Summary.PrintTotals(console, tally, stored, arguments.Address, provider.RequestsSeen);
        Summary.PrintNext(console, arguments.Address);
        return 0;
    }
}
