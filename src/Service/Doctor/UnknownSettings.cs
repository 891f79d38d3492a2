using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>Collects what reading the settings warns of.</summary>
internal sealed class UnknownSettings : ILogger<CostExporterHost>
{
    public List<string> Warnings { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Warnings.Add(formatter(state, exception).Replace("LlmTelemetry:", "LlmTelemetry__", StringComparison.Ordinal));
        }
    }
}
