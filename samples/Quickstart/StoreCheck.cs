using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Quickstart;

/// <summary>
/// Looks at the store before the run. An app that runs for days need not: the exporter keeps what it cannot send and tries again. This one
/// is over in seconds, so it had better know at once.
/// </summary>
internal static class StoreCheck
{
    /// <returns>How many calls are there already.</returns>
    /// <exception cref="Exception">The store cannot be used; the message says why.</exception>
    public static async Task<long> CountCallsAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            await using var reports = await UsageReports.OpenAsync(arguments.Store, cancellationToken: cancellationToken);
            return (await ReportPrinter.TotalAsync(reports, cancellationToken)).Calls;
        }
        catch (FileNotFoundException) // The first run: the exporter makes the file, though not its folder.
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(arguments.Address.File!));
            return Directory.Exists(folder) ? 0 : throw new DirectoryNotFoundException($"There is no folder {folder}.");
        }
        catch (KeyNotFoundException) // The first run into this Redis.
        {
            return 0;
        }
    }
}
