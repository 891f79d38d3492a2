using System.Globalization;

namespace LlmTelemetry.Quickstart;

/// <summary>Numbers as text, the same on every machine.</summary>
internal static class Text
{
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Calls(long number) => number == 1 ? "1 call" : Count(number) + " calls";

    /// <summary>Dollars with all their digits: what a call costs is exact.</summary>
    public static string Usd(decimal amount) => "$" + amount.ToString("#,0.000000######", CultureInfo.InvariantCulture);

    /// <summary>Exceptions of client libraries can run over many lines.</summary>
    public static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n', 2)[0];
}
