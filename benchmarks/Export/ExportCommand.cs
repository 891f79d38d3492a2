using System.Globalization;

namespace LlmTelemetry.Benchmarks;

/// <summary><c>export [ROUNDS]</c>: from the caller's thread to an acknowledged flush.</summary>
internal static class ExportCommand
{
    public static async Task RunAsync(string[] arguments)
    {
        var rounds = arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 5;
        await FlushOfManyRows.PrintAsync(rounds);
        await MillionCalls.PrintAsync(rounds);
    }
}
