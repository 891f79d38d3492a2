using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The zone in which days of records are meant: the ledger's; without a ledger the configured one.</summary>
internal static class LedgerZone
{
    public static async Task<TimeZoneInfo> OfAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var reports = await LedgerReader.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            await using (reports.ConfigureAwait(false))
            {
                return reports.TimeZone;
            }
        }
        catch (Exception cause) when (cause is FileNotFoundException or KeyNotFoundException)
        {
            // Records alone are kept, in a file.
            return options.TimeZone;
        }
    }
}
