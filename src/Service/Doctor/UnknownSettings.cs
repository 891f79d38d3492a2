using System.Text.RegularExpressions;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>Collects what reading the settings warns of.</summary>
internal sealed partial class UnknownSettings : ILogger<CostExporterHost>
{
    public List<string> Warnings { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Warnings.Add(Path().Replace(formatter(state, exception), static path => path.Value.Replace(":", "__", StringComparison.Ordinal)));
        }
    }

    // As the variable is called.
    [GeneratedRegex(@"\bLlmTelemetry(:[^\s:]+)+", RegexOptions.CultureInvariant)]
    private static partial Regex Path();
}
