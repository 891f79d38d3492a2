using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>Where a kind of data point has what; 0: nowhere.</summary>
internal sealed record PointLayout(uint Attributes, uint Start, uint Time, uint Flags, uint Whole = 0, uint Real = 0, uint Count = 0)
{
    public static PointLayout Number { get; } = new(
        ProtoReader.Message(NumberDataPoint.AttributesFieldNumber),
        ProtoReader.Fixed64(NumberDataPoint.StartTimeUnixNanoFieldNumber),
        ProtoReader.Fixed64(NumberDataPoint.TimeUnixNanoFieldNumber),
        ProtoReader.Varint(NumberDataPoint.FlagsFieldNumber),
        Whole: ProtoReader.Fixed64(NumberDataPoint.AsIntFieldNumber),
        Real: ProtoReader.Fixed64(NumberDataPoint.AsDoubleFieldNumber));

    public static PointLayout Histogram { get; } = new(
        ProtoReader.Message(HistogramDataPoint.AttributesFieldNumber),
        ProtoReader.Fixed64(HistogramDataPoint.StartTimeUnixNanoFieldNumber),
        ProtoReader.Fixed64(HistogramDataPoint.TimeUnixNanoFieldNumber),
        ProtoReader.Varint(HistogramDataPoint.FlagsFieldNumber),
        Real: ProtoReader.Fixed64(HistogramDataPoint.SumFieldNumber),
        Count: ProtoReader.Fixed64(HistogramDataPoint.CountFieldNumber));

    public static PointLayout ExponentialHistogram { get; } = new(
        ProtoReader.Message(ExponentialHistogramDataPoint.AttributesFieldNumber),
        ProtoReader.Fixed64(ExponentialHistogramDataPoint.StartTimeUnixNanoFieldNumber),
        ProtoReader.Fixed64(ExponentialHistogramDataPoint.TimeUnixNanoFieldNumber),
        ProtoReader.Varint(ExponentialHistogramDataPoint.FlagsFieldNumber),
        Real: ProtoReader.Fixed64(ExponentialHistogramDataPoint.SumFieldNumber),
        Count: ProtoReader.Fixed64(ExponentialHistogramDataPoint.CountFieldNumber));
}
