using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Demo;

/// <summary>Does what the command line says.</summary>
internal static class Verbs
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

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
            case "settings":
                arguments.Allow("days");
                Console.WriteLine(JsonSerializer.Serialize(Settings(DaysOf(arguments)), Readable));
                return 0;
            case "live":
                arguments.Allow("store", "days", "otlp", "chat");
                await new LiveTraffic(new(arguments.Text("store"), DaysOf(arguments), arguments.Address("otlp"), arguments.Address("chat")), Console.Out).RunAsync(cancellationToken);
                return 0;
            case "check":
                return await CheckAsync(arguments, cancellationToken) ? 0 : 1;
            default:
                throw new FormatException($"There is no verb '{arguments.Verb}'.");
        }
    }

    private static HistoryPlan HistoryOf(Arguments arguments, TimeProvider time)
    {
        arguments.Allow("out", "store", "days", "service", "rules", "text");
        var folder = Path.GetFullPath(arguments.Text("out"));
        Directory.CreateDirectory(folder);

        // Whole seconds, as the text has them.
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        return new(
            DaysOf(arguments),
            now,
            folder,
            arguments.Text("store", $"sqlite:{Path.Combine(folder, "ledger.db")}"),
            arguments.Text("service", "127.0.0.1:4320"),
            arguments.Has("rules") ? arguments.Text("rules") : null,
            arguments.Has("text"));
    }

    private static object Settings(double days) => new
    {
        LlmTelemetry = new
        {
            HourRetention = Product.HourRetention(days).ToString("c", CultureInfo.InvariantCulture),
            DailyBudgets = CompanyBudgets.Daily.ToDictionary(budget => budget.Key, budget => budget.Value.ToString(CultureInfo.InvariantCulture)),
        },
    };

    private static async Task<bool> CheckAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        arguments.Allow("prometheus", "alertmanager", "dashboards", "seconds", "scraped-only");
        using var watched = new Watched(new Uri(arguments.Text("prometheus")), new Uri(arguments.Text("alertmanager")));
        var panels = Panel.Read(arguments.Text("dashboards")).Where(panel => !QuietPanels.Has(panel) && (panel.IsOfLedger || !arguments.Has("scraped-only"))).ToArray();
        return await new Check(watched, panels, Console.Out).HoldsAsync(TimeSpan.FromSeconds(arguments.Number("seconds", 90)), cancellationToken);
    }

    private static double DaysOf(Arguments arguments) => arguments.Number("days", 8);
}
