namespace LlmTelemetry.CostExporter;

/// <summary>How long to wait before the next attempt: 0.2 s, doubling up to 10 s, each 25 % up or down by chance so that processes do not keep step.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="chance">0 to 1.</param>
    public static TimeSpan After(int failures, double chance) =>
        TimeSpan.FromSeconds(Math.Min(First.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)), Longest.TotalSeconds) * (0.75 + (0.5 * chance)));
}
