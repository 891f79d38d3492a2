using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Exports one closed day of a ledger, and posts the totals of the periods that it closes.</summary>
internal sealed class DailyLedgerExport(CostExporterOptions options, ExportRequest request, ReportFilters? filters, Webhook? webhook)
{
    public Task<TimeZoneInfo> TimeZoneAsync(CancellationToken cancellationToken) => LedgerZone.OfAsync(options, cancellationToken);

    /// <summary>Writes the day's rows; then the totals are posted: the file is in place only when both are done.</summary>
    public async Task WriteAsync(DateOnly day, TimeZoneInfo zone, Stream stream, ExportProgress progress, CancellationToken cancellationToken)
    {
        if (request.What == ExportOptions.Records)
        {
            await WriteRecordsAsync(day, zone, stream, progress, cancellationToken).ConfigureAwait(false);
            if (webhook is null)
            {
                return;
            }
        }

        var reports = await LedgerReader.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (reports.ConfigureAwait(false))
        {
            if (request.What == ExportOptions.Usage)
            {
                await ExportWriter.WriteAsync(stream, new UsageExport(reports).Of(ExportOptions.Query(request, filters, day, day), progress), request.Format, progress, cancellationToken).ConfigureAwait(false);
            }

            if (webhook is not null)
            {
                await PostAsync(reports, "day", day, day, cancellationToken).ConfigureAwait(false);
                if (day.AddDays(1).Day == 1)
                {
                    await PostAsync(reports, "month", new DateOnly(day.Year, day.Month, 1), day, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task WriteRecordsAsync(DateOnly day, TimeZoneInfo zone, Stream stream, ExportProgress progress, CancellationToken cancellationToken)
    {
        var query = new UsageRecordQuery
        {
            From = ReportPlan.StartOf(day, zone),
            To = ReportPlan.EndOf(day, zone),
            Where = filters?.Where ?? new Dictionary<SpendDimension, string?>(),
            WhereTags = filters?.Tags ?? new Dictionary<string, string?>(),
            OldestFirst = true,
        };
        var records = await RecordsDoor.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (records.ConfigureAwait(false))
        {
            await ExportWriter.WriteAsync(stream, RecordExport.Of(records.ReadAsync(query, cancellationToken)), request.Format, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PostAsync(UsageReports reports, string period, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var report = await reports.QueryAsync(ExportOptions.Query(request with { By = request.WebhookBy.By, ByTags = request.WebhookBy.Tags }, filters, from, to), cancellationToken).ConfigureAwait(false);
        var id = Id(period, from);
        await webhook!.SendAsync(id, $$"""{"id":"{{id}}","period":"{{period}}","report":{{report.ToJson()}}}""", cancellationToken).ConfigureAwait(false);
    }

    // The same for the same period of the same ledger, whoever sends it and however often.
    private string Id(string period, DateOnly from)
    {
        var whose = string.Join('\n', [StoreAddress.Parse(options.Store).Place, options.KeyPrefix, .. request.WebhookBy.By.Select(SpendDimensions.Name), .. request.WebhookBy.Tags.Select(SpendDimensions.TagName)]);
        return $"llmtelemetry-{period}-{from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whose)))[..16]}";
    }
}
