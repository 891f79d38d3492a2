using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace LlmTelemetry.Service;

/// <summary>Logs of a running service: one line each, to standard error, with the time in UTC.</summary>
internal static class ServeLogs
{
    /// <summary>The section of their settings.</summary>
    public const string Section = "Logging";

    private const string Levels = "LogLevel";
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    /// <summary>Fails for a level that is none: the framework's message would not say which setting it is of.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">One is none.</exception>
    public static void CheckLevels(IConfiguration configuration)
    {
        var logging = configuration.GetSection(Section);
        foreach (var levels in logging.GetChildren().Select(of => of.GetSection(Levels)).Prepend(logging.GetSection(Levels)))
        {
            foreach (var level in levels.GetChildren())
            {
                SettingReader.Read<LoggerFilterOptions>(levels, level.Key, $"one of: {string.Join(", ", Enum.GetNames<LogLevel>())}", static v => Enum.Parse<LogLevel>(v, ignoreCase: true));
            }
        }
    }

    public static void AddTo(ILoggingBuilder logging, bool isJson)
    {
        // The framework's own steps are of interest when something is wrong.
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // Why the service did not start is what the command says, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (isJson)
        {
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, Time.TrimEnd()));
        }
        else
        {
            logging.AddSimpleConsole(text => (text.UseUtcTimestamp, text.TimestampFormat, text.SingleLine) = (true, Time, true));
        }

        // Standard output is for answers.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
