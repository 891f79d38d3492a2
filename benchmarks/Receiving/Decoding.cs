using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using LlmTelemetry.Service;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>Reading a request of 8,000 points of 1,000 series, alone and on one thread.</summary>
internal static class Decoding
{
    private const int Series = 1_000;
    private const int Collections = 8;
    private const int Rounds = 200;

    public static void Print()
    {
        var request = new ExportMetricsServiceRequest();
        for (var i = 0; i < Collections; i++)
        {
            request.ResourceMetrics.Add(Bodies.Collection(instance: 0, Series, start: 1, number: i));
        }

        var protobuf = request.ToByteArray();
        var json = System.Text.Encoding.UTF8.GetBytes(new JsonFormatter(JsonFormatter.Settings.Default.WithFormatEnumsAsIntegers(true)).Format(request));
        var limits = new OtlpLimits();
        var (known, unknown) = (new OtlpDecoder(limits, PriceBook.Embedded), new OtlpDecoder(limits, PriceBook.Embedded));
        var table = new MarkdownTable("reading", "bytes per point", "points/s", "ns per point", "bytes allocated per point");
        Add(table, "protobuf, series known", protobuf.Length, () => Decode(known, protobuf));
        Add(table, "protobuf, series new", protobuf.Length, () => Decode(new OtlpDecoder(limits, PriceBook.Embedded), protobuf));
        Add(table, "JSON, series known", json.Length, () =>
        {
            using var written = new OtlpBuffer(new OtlpMemory(limits.MaxConcurrentBytes));
            JsonToProto.Write(json, OtlpSignal.Metrics.Request, limits.MaxDepth, written);
            unknown.Decode(OtlpSignal.Metrics, written.Span, tenant: null);
        });
        Add(table, "Google.Protobuf's objects alone, for comparison", protobuf.Length, () => ExportMetricsServiceRequest.Parser.ParseFrom(protobuf));
        table.Print("Reading 8,000 points with 7 attributes, one thread");
    }

    private static void Decode(OtlpDecoder decoder, byte[] protobuf) => decoder.Decode(OtlpSignal.Metrics, protobuf, tenant: null);

    private static void Add(MarkdownTable table, string what, int bytes, Action read)
    {
        Array.ForEach(new int[Rounds / 2], _ => read());
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var begun = Stopwatch.GetTimestamp();
        Array.ForEach(new int[Rounds], _ => read());
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        double points = Rounds * Series * Collections;
        table.Add(what, Text(bytes / (double)(Series * Collections)), Text(points / seconds), Text(seconds * 1e9 / points), Text((GC.GetTotalAllocatedBytes(precise: true) - allocated) / points));
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
