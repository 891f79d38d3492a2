using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>A metric, before its points are read.</summary>
internal ref struct MetricShape
{
    /// <summary>Each kind of data has its points in the same place.</summary>
    public static readonly uint PointTag = ProtoReader.Message(Sum.DataPointsFieldNumber);

    private static readonly uint NameTag = ProtoReader.Message(Metric.NameFieldNumber);
    private static readonly uint UnitTag = ProtoReader.Message(Metric.UnitFieldNumber);
    private static readonly uint TemporalityTag = ProtoReader.Varint(Sum.AggregationTemporalityFieldNumber);
    private static readonly uint MonotonicTag = ProtoReader.Varint(Sum.IsMonotonicFieldNumber);

    private int _data;
    private int _temporality;

    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Unit { get; private set; }

    /// <summary>The message with the points.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>How many points there are.</summary>
    public int Points { get; private set; }

    /// <summary>How points are written; null: they cannot be added up.</summary>
    public PointLayout? Layout { get; private set; }

    public readonly bool IsDelta => _temporality == (int)AggregationTemporality.Delta;

    /// <summary>The kind of data and its temporality as one number.</summary>
    public readonly ulong Type => ((ulong)_data << 2) | ((ulong)_temporality & 3);

    public static MetricShape Read(ReadOnlySpan<byte> metric)
    {
        var shape = default(MetricShape);
        for (var field = new ProtoReader(metric); field.Next();)
        {
            if (field.Tag == NameTag)
            {
                shape.Name = field.Bytes;
            }
            else if (field.Tag == UnitTag)
            {
                shape.Unit = field.Bytes;
            }
            else if (IsData(field.Tag))
            {
                shape.Data = shape._data == 0 ? field.Bytes : throw new OtlpFormatException("a metric has data twice");
                shape._data = (int)(field.Tag >> 3);
            }
        }

        shape.ReadData();
        return shape;
    }

    private void ReadData()
    {
        var isMonotonic = false;
        for (var field = new ProtoReader(Data); field.Next();)
        {
            if (field.Tag == TemporalityTag)
            {
                _temporality = (int)field.Number; // As protobuf cuts what is longer.
            }
            else if (field.Tag == PointTag)
            {
                Points++;
            }
            else if (field.Tag == MonotonicTag)
            {
                isMonotonic = field.Number != 0;
            }
        }

        Layout = _temporality is not ((int)AggregationTemporality.Delta or (int)AggregationTemporality.Cumulative) ? null : _data switch
        {
            Metric.SumFieldNumber when isMonotonic => PointLayout.Number,
            Metric.HistogramFieldNumber => PointLayout.Histogram,
            Metric.ExponentialHistogramFieldNumber => PointLayout.ExponentialHistogram,
            _ => null,
        };
    }

    private static bool IsData(uint tag) => (tag & 7) == 2
        && (tag >> 3) is Metric.GaugeFieldNumber or Metric.SumFieldNumber or Metric.HistogramFieldNumber or Metric.ExponentialHistogramFieldNumber or Metric.SummaryFieldNumber;
}
