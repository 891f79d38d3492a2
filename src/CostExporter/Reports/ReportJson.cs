using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders reports as JSON, written token by token: no reflection, and counts past Int64 are still numbers.</summary>
internal static class ReportJson
{
    // Not for HTML: names stay readable.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private static readonly (string Name, byte Measure)[] Counts =
    [
        ("failed", SpendMeasure.Failed),
        ("cancelled", SpendMeasure.Cancelled),
        ("abandoned", SpendMeasure.Abandoned),
        ("partial", SpendMeasure.Partial),
        ("estimated", SpendMeasure.Estimated),
        ("unpriced", SpendMeasure.Unpriced),
        ("unpriced_tokens", SpendMeasure.UnpricedTokens),
        ("unmeasured", SpendMeasure.Unmeasured),
        ("inconsistent", SpendMeasure.Inconsistent),
        ("charged_calls", SpendMeasure.ChargedCalls),
        ("cache_hits", SpendMeasure.CacheHits),
    ];

    /// <param name="report">The report.</param>
    /// <param name="session">Whose it is; null for no one session's.</param>
    public static string Render(UsageReport report, SessionReport? session = null)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            if (session is not null)
            {
                json.WriteString(SpendDimension.Session.Name(), session.Session);
                json.WriteString(SpendDimension.Tenant.Name(), session.Tenant);
                json.WriteString("first_at", session.FirstAt);
                json.WriteString("last_at", session.LastAt);
            }

            Period(json, report.Period, report.CompleteSince);
            json.WriteString("currency", Cost.Currency);
            json.WriteStartArray("by");
            var columns = report.Columns;
            foreach (var (name, _) in columns)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteStartArray("not_kept");
            foreach (var name in report.NotKept)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteStartArray("rows");
            foreach (var row in report.Rows)
            {
                Row(json, row, columns, report.Query.Top is not null);
            }

            json.WriteEndArray();
            json.WritePropertyName("total");
            Row(json, report.Total, [], isOfTop: false);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes what time a report is of.</summary>
    public static void Period(Utf8JsonWriter json, ReportPeriod period, DateOnly? completeSince)
    {
        json.WriteString("from", Day(period.From));
        json.WriteString("to", Day(period.To));
        json.WriteString("time_zone", period.TimeZone.Id);
        json.WriteString("start", period.Start);
        json.WriteString("end", period.End);
        json.WriteNumber("elapsed", period.Elapsed);
        json.WriteString("complete_since", completeSince is { } day ? Day(day) : null);
    }

    /// <summary>Writes a row as an object.</summary>
    public static void Row(Utf8JsonWriter json, UsageReportRow row, IReadOnlyList<(string Name, Func<UsageReportRow, string?> Value)> columns, bool isOfTop)
    {
        json.WriteStartObject();
        Fields(json, row, columns, isOfTop);
        json.WriteEndObject();
    }

    /// <summary>Writes the same into an object that has begun.</summary>
    public static void Fields(Utf8JsonWriter json, UsageReportRow row, IReadOnlyList<(string Name, Func<UsageReportRow, string?> Value)> columns, bool isOfTop)
    {
        foreach (var (name, value) in columns)
        {
            json.WriteString(name, value(row));
        }

        if (isOfTop)
        {
            json.WriteBoolean("other", row.IsOther);
        }

        Number(json, "calls", row.Measures[SpendMeasure.Calls]);
        Number(json, "succeeded", row.SucceededCalls);
        foreach (var (name, measure) in Counts)
        {
            Number(json, name, row.Measures[measure]);
        }

        Number(json, "input_tokens", row.Sum(UsageBucketExtensions.IsInputTokens));
        Number(json, "output_tokens", row.Sum(UsageBucketExtensions.IsOutputTokens));
        Buckets(json, "usage", row, (measure, value) => SpendMeasure.IsUsage(measure, out var bucket) ? (bucket, value.ToString(CultureInfo.InvariantCulture)) : null);
        Raw(json, "cost", row.CostPico is { } pico ? Money(pico) : "null");
        Buckets(json, "cost_by_bucket", row, (measure, value) => SpendMeasure.IsCost(measure, out var bucket) ? (bucket, Money(value)) : null);
        Raw(json, "charged", row.ChargedPico is { } charged ? Money(charged) : "null");
        Raw(json, "saved", row.SavedPico is { } saved ? Money(saved) : "null");
        foreach (var (name, of) in DerivedFigures.All)
        {
            Raw(json, name, of(row) is { } figure ? DerivedFigures.Text(figure) : "null");
        }
    }

    private static void Buckets(Utf8JsonWriter json, string name, UsageReportRow row, Func<byte, Int128, (UsageBucket Bucket, string Value)?> select)
    {
        json.WriteStartObject(name);
        for (var i = 0; i < row.Measures.Count; i++)
        {
            var (measure, value) = row.Measures.At(i);
            if (value != 0 && select(measure, value) is { } found)
            {
                Raw(json, found.Bucket.Name(), found.Value);
            }
        }

        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, Int128 value) => Raw(json, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Raw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static string Money(Int128 pico) => Cost.ToUsd(pico).ToString("0.000000######", CultureInfo.InvariantCulture);

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
