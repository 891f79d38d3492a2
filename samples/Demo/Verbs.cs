namespace LlmTelemetry.Demo;

/// <summary>Does what the command line says.</summary>
internal static class Verbs
{
    public static async Task<int> RunAsync(Arguments arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        switch (arguments.Verb)
        {
            case null:
                Console.WriteLine(Arguments.Usage);
                return 0;
            case "history":
                await new HistoryRun(HistoryOf(arguments, time), Console.Out).RunAsync(cancellationToken);
                return 0;
            default:
                throw new FormatException($"There is no verb '{arguments.Verb}'.");
        }
    }

    private static HistoryPlan HistoryOf(Arguments arguments, TimeProvider time)
    {
        arguments.Allow("out", "store", "days", "service", "text");
        var folder = Path.GetFullPath(arguments.Text("out"));
        Directory.CreateDirectory(folder);

        // Whole seconds, as the text has them.
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        return new(
            arguments.Number("days", 8), now, folder, arguments.Text("store", $"sqlite:{Path.Combine(folder, "ledger.db")}"), arguments.Text("service", "127.0.0.1:4320"), arguments.Has("text"));
    }
}
