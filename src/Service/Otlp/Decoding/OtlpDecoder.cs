using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Reads requests. Thread-safe.</summary>
/// <param name="limits">What a request may be.</param>
/// <param name="prices">Prices the calls of spans.</param>
internal sealed class OtlpDecoder(OtlpLimits limits, PriceBook prices)
{
    // Some 50,000 series.
    private const long KnownSeriesBytes = 32 << 20;

    private readonly SeriesCache _known = new(KnownSeriesBytes);

    /// <param name="signal">What kind of request it is.</param>
    /// <param name="request">Its protobuf. Nothing of it is referred to afterwards.</param>
    /// <param name="tenant">The tenant of the key it came with.</param>
    /// <exception cref="OtlpFormatException">It is none.</exception>
    /// <exception cref="OtlpRefusal">There is too much in it.</exception>
    public OtlpReading Decode(OtlpSignal signal, ReadOnlySpan<byte> request, string? tenant)
    {
        var reading = new OtlpReading(tenant, limits);
        if (signal == OtlpSignal.Metrics)
        {
            new MetricsReader(reading, limits, _known).Read(request);
        }
        else if (signal == OtlpSignal.Logs)
        {
            new LogsReader(reading, limits).Read(request);
        }
        else
        {
            new TracesReader(reading, limits, prices).Read(request);
        }

        return reading;
    }
}
