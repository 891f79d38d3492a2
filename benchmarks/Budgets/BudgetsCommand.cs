using System.Globalization;

namespace LlmTelemetry.Benchmarks;

/// <summary><c>budgets [ROUNDS]</c>: what a call waits for its budgets.</summary>
internal static class BudgetsCommand
{
    public static Task RunAsync(string[] arguments) => HoldAndSettle.PrintAsync(arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 5);
}
