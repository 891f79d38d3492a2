namespace LlmTelemetry.Demo;

/// <summary>Who publishes: history and live traffic are the same service, as if it had been restarted between them.</summary>
internal static class Product
{
    public const string Service = "product";
    public const string Instance = "product-1";
    public const string Environment = "demo";

    /// <summary>Prometheus' name of what <c>llmtelemetry serve</c> publishes (prometheus.yml).</summary>
    public const string LedgerJob = "llmtelemetry";

    /// <summary>Hour rows of the first day are still read at its end.</summary>
    public static TimeSpan HourRetention(double days) => TimeSpan.FromDays(Math.Max(8, days + 2));
}
