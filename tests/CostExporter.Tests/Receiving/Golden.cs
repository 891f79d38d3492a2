using System.Globalization;
using System.Text.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What real libraries sent (Golden/capture.cjs), read as far as the receiver reads it.</summary>
internal static class Golden
{
    public static readonly TelemetrySource Source = new(null, "golden", null, null);

    public static List<(ReceivedPoint Point, PointSum Increment)> Points(string file)
    {
        var points = new List<(ReceivedPoint, PointSum)>();
        foreach (var (scope, metric) in In(file, "resourceMetrics", "scopeMetrics", "metrics"))
        {
            var name = metric.GetProperty("name").GetString()!;
            Assert.True(metric.TryGetProperty("histogram", out var histogram));
            foreach (var point in histogram.GetProperty("dataPoints").EnumerateArray())
            {
                var value = Receiving(point.GetProperty("sum").GetDouble(), point.GetProperty("count").GetInt64());
                if (ForeignPoints.KindOf(scope, name) is { } kind)
                {
                    points.Add((new ReceivedPoint(kind, name, ForeignPoints.ReadTags(Attributes(point)), (UInt128)points.Count, false, Time(point, "startTimeUnixNano"), Time(point, "timeUnixNano"), value), value));
                }
            }
        }

        return points;
    }

    public static List<UsageRecord> Calls(string file) =>
    [
        .. In(file, "resourceSpans", "scopeSpans", "spans").Select(found => found.Item).Select(span => ForeignPoints.ReadSpan(
            in Source, Convert.FromHexString(span.GetProperty("traceId").GetString()!), Convert.FromHexString(span.GetProperty("spanId").GetString()!), Time(span, "startTimeUnixNano"), Time(span, "endTimeUnixNano"),
            span.GetProperty("status").GetProperty("code").GetInt32() == 2, Attributes(span), PriceBook.Embedded)).OfType<ReceivedCall>().Select(call => call.Record),
    ];

    private static IEnumerable<(string Scope, JsonElement Item)> In(string file, string resources, string scopes, string items) =>
        from resource in JsonDocument.Parse(Repository.Read("tests/CostExporter.Tests/Receiving/Golden/" + file)).RootElement.GetProperty(resources).EnumerateArray()
        from scope in resource.GetProperty(scopes).EnumerateArray()
        from item in scope.GetProperty(items).EnumerateArray()
        select (scope.GetProperty("scope").GetProperty("name").GetString()!, item);

    private static KeyValuePair<string, object?>[] Attributes(JsonElement of) =>
    [
        .. of.GetProperty("attributes").EnumerateArray().Select(attribute => new KeyValuePair<string, object?>(
            attribute.GetProperty("key").GetString()!,
            attribute.GetProperty("value").EnumerateObject().First() is var value && value.Value.ValueKind == JsonValueKind.Number
                ? value.Name == "intValue" ? value.Value.GetInt64() : value.Value.GetDouble()
                : value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString() : null)),
    ];

    private static ulong Time(JsonElement of, string name) => ulong.Parse(of.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static PointSum Receiving(double sum, long count) => CostExporter.Tests.Points.Sum(sum, count);
}
