using System.Globalization;

namespace LlmTelemetry.Benchmarks;

/// <summary><c>budgets [ROUNDS|latency]</c>: how many calls a Redis decides, and what a call waits for its budgets.</summary>
internal static class BudgetsCommand
{
    public static Task RunAsync(string[] arguments) =>
        arguments is ["latency"] ? AddedLatency.PrintAsync() : HoldAndSettle.PrintAsync(arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 5);
}
