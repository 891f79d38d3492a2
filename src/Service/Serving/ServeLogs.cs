using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace LlmTelemetry.Service;

/// <summary>Logs of a running service: one line each, to standard error, with the time in UTC.</summary>
internal static class ServeLogs
{
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ ";

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
