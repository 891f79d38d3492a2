using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The ledger's sums as rows of an export: a row for each day and combination of dimensions, a day at a time.</summary>
internal sealed class UsageExport(UsageReports reports)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What a report says of every row, whatever is in it.
    private static readonly Lazy<string[]> Measures = new(() => [.. Names(new UsageReport(
        new UsageReportQuery { From = default, To = default }, new ReportPeriod(default, default, TimeZoneInfo.Utc, default, default, default, isOfHours: false), [], new UsageReportRow(default, null, new SpendMeasures())))]);

    /// <summary>The dimensions of an export that names none.</summary>
    public static IReadOnlyList<SpendDimension> DefaultBy { get; } = [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature];

    /// <param name="query">What to export; the day is always a column.</param>
    /// <param name="progress">Is told how many days are done.</param>
    public ExportRows Of(UsageReportQuery query, ExportProgress progress)
    {
        var dated = query with { By = [SpendDimension.Day, .. query.By.Where(dimension => dimension != SpendDimension.Day)] };
        return new ExportRows(
            [.. dated.By.Select(dimension => dimension.Name()), .. dated.ByTags.Select(SpendDimensions.TagName), .. Measures.Value],
            LinesAsync(dated, progress));
    }

    private static IEnumerable<string> Names(UsageReport report)
    {
        using var json = JsonDocument.Parse(report.ToJson());
        return [.. json.RootElement.GetProperty("total").EnumerateObject().Select(field => field.Name)];
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(UsageReportQuery query, ExportProgress progress, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var days = query.To.DayNumber - query.From.DayNumber + 1;
        for (var i = 0; i < days; i++)
        {
            var day = query.From.AddDays(i);
            var report = await reports.QueryAsync(query with { From = day, To = day }, cancellationToken).ConfigureAwait(false);
            using var json = JsonDocument.Parse(report.ToJson());
            foreach (var row in json.RootElement.GetProperty("rows").EnumerateArray())
            {
                yield return Line(row);
            }

            progress.Done = (double)(i + 1) / days;
        }
    }

    // On one line, its numbers to the letter.
    private static ReadOnlyMemory<byte> Line(JsonElement row)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            row.WriteTo(json);
        }

        return stream.ToArray();
    }
}
