using LlmTelemetry.CostExporter;
using Spectre.Console;

namespace LlmTelemetry.Quickstart;

/// <summary>The first and the last lines: who answers, where the sums are kept, what this run added to them, and what to try next.</summary>
internal static class Summary
{
    private const string DefaultFile = "llmtelemetry.db";

    public static void PrintStart(IAnsiConsole console, string provider, StoreAddress store, long callsBefore)
    {
        var earlier = callsBefore == 0 ? "" : $" (holds {Text.Calls(callsBefore)} of earlier runs: this one adds to them)";
        console.MarkupLine($"[bold]Provider:[/] {Markup.Escape(provider)}");
        console.MarkupLine($"[bold]Store:[/]    {Markup.Escape(Where(store) + earlier)}");
        console.WriteLine();
    }

    public static void PrintTotals(IAnsiConsole console, RunTally run, UsageReportRow stored, StoreAddress store, int? requestsSeen)
    {
        console.WriteLine();
        Total("This run:", run.Calls.Count, run.InputTokens, run.OutputTokens, run.Cost);
        Total("In the store:", stored.Calls, stored.InputTokens, stored.OutputTokens, stored.Cost ?? 0);
        if (requestsSeen is { } seen)
        {
            Line("Checked:", $"{Text.Count(seen)} requests reached the loopback endpoint");
        }

        Line("Stored in:", Where(store));

        void Total(string what, long calls, long input, long output, decimal cost) =>
            Line(what, $"{Text.Calls(calls)}, {Text.Count(input)} input tokens, {Text.Count(output)} output tokens, {Text.Usd(cost)}");
        void Line(string what, string text) => console.MarkupLine($"[bold]{what,-14}[/] {Markup.Escape(text)}");
    }

    public static void PrintNext(IAnsiConsole console, StoreAddress store)
    {
        var option = store.File == DefaultFile ? "" : $" --store {store.Text}";
        console.WriteLine();
        console.MarkupLine("[bold]Try next[/]");
        Line($"dotnet run --project src/Service -- report --by user{option}", "the same figures from the command line; also --by model, --by feature, --format json");
        Line("dotnet run --project samples/Quickstart -- --store redis:127.0.0.1:6379", "the same run into Redis, where many processes share a ledger");
        Line("client.UseUsageTracking()", "in your own code, on any IChatClient; services.AddCostExporter() keeps what it spends (README.md)");

        void Line(string command, string what)
        {
            // Commands are for copying: never broken at the terminal's width.
            console.Profile.Out.Writer.WriteLine("  " + command);
            console.MarkupLine($"      [grey]{Markup.Escape(what)}[/]");
        }
    }

    private static string Where(StoreAddress store) => store.File is { } file ? Path.GetFullPath(file) : store.Text;
}
