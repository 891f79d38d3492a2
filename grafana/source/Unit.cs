namespace LlmTelemetry.Grafana;

/// <summary>Grafana's words for our units.</summary>
internal static class Unit
{
    public const string Usd = "currencyUSD";
    public const string Share = "percentunit";
    public const string Seconds = "s";
    public const string PerMinute = "suffix: /min";
    public const string Count = "locale";
    public const string Short = "short";
}
