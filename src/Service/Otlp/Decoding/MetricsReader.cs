using System.Runtime.InteropServices;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>Reads the points of usage metrics of an <c>ExportMetricsServiceRequest</c>. Used for one request.</summary>
internal sealed class MetricsReader(OtlpReading reading, OtlpLimits limits, SeriesCache known)
{
    private static readonly uint ResourceMetricsTag = ProtoReader.Message(ExportMetricsServiceRequest.ResourceMetricsFieldNumber);
    private static readonly uint ResourceTag = ProtoReader.Message(ResourceMetrics.ResourceFieldNumber);
    private static readonly uint ScopeMetricsTag = ProtoReader.Message(ResourceMetrics.ScopeMetricsFieldNumber);
    private static readonly uint ScopeTag = ProtoReader.Message(ScopeMetrics.ScopeFieldNumber);
    private static readonly uint MetricTag = ProtoReader.Message(ScopeMetrics.MetricsFieldNumber);
    private static readonly uint ScopeNameTag = ProtoReader.Message(InstrumentationScope.NameFieldNumber);
    private static readonly uint ScopeVersionTag = ProtoReader.Message(InstrumentationScope.VersionFieldNumber);
    private static readonly uint ScopeAttributeTag = ProtoReader.Message(InstrumentationScope.AttributesFieldNumber);

    private readonly SeriesHash _hash = new(limits);
    private readonly List<KeyValuePair<string, object?>> _attributes = [];

    public void Read(ReadOnlySpan<byte> request)
    {
        for (var field = new ProtoReader(request); field.Next();)
        {
            if (field.Tag == ResourceMetricsTag)
            {
                ReadResource(field.Bytes);
            }
        }
    }

    private void ReadResource(ReadOnlySpan<byte> resource)
    {
        var source = ResourceReader.Read(OtlpFields.Single(resource, ResourceTag), limits.MaxAttributeBytes);
        for (var field = new ProtoReader(resource); field.Next();)
        {
            if (field.Tag == ScopeMetricsTag)
            {
                ReadScope(in source, field.Bytes);
            }
        }
    }

    private void ReadScope(in TelemetrySource source, ReadOnlySpan<byte> metrics)
    {
        var scope = OtlpFields.Single(metrics, ScopeTag);
        var name = OtlpFields.Single(scope, ScopeNameTag);
        var text = AttributeText.Read(name, limits.MaxAttributeBytes);
        var hash = _hash.Add(name).Add(OtlpFields.Single(scope, ScopeVersionTag)).AddAttributes(scope, ScopeAttributeTag).Finish();
        for (var field = new ProtoReader(metrics); field.Next();)
        {
            if (field.Tag == MetricTag)
            {
                ReadMetric(in source, text, hash, MetricShape.Read(field.Bytes));
            }
        }
    }

    private void ReadMetric(in TelemetrySource source, string scope, UInt128 scopeHash, MetricShape metric)
    {
        var name = AttributeText.Read(metric.Name, limits.MaxAttributeBytes);
        var kind = ForeignPoints.KindOf(scope, name);
        var family = kind is null ? default : _hash.Add(scopeHash).Add(metric.Name).Add(metric.Unit).AddNumber(metric.Type).Finish();
        for (var field = new ProtoReader(metric.Data); field.Next();)
        {
            if (field.Tag != MetricShape.PointTag)
            {
                continue;
            }

            reading.CountItem();
            if (kind is not { } usage)
            {
                reading.CountUnrelated();
            }
            else if (usage == UsageSourceKind.Booked)
            {
                // A gauge, which has no sum.
                ReadBooked(in source, name, family, PointReader.Read(field.Bytes, PointLayout.Number));
            }
            else if (metric.Layout is null)
            {
                RejectNotASum(usage);
            }
            else
            {
                ReadPoint(in source, usage, name, family, PointReader.Read(field.Bytes, metric.Layout), metric);
            }
        }
    }

    private void ReadPoint(in TelemetrySource source, UsageSourceKind kind, string metric, UInt128 family, PointReader point, MetricShape shape)
    {
        if (!point.HasValue)
        {
            reading.CountUnrelated();
        }
        else if (!point.TryGetSum(out var sum))
        {
            RejectNotASum(kind);
        }
        else if (point.AttributeCount > limits.MaxAttributes)
        {
            reading.Reject(kind, Vocabulary.RejectedReasons.Unreadable, FormattableString.Invariant($"a data point has more than {limits.MaxAttributes} attributes"));
        }
        else
        {
            var series = known.Find(family, point.Attributes) ?? Learn(family, point.Attributes, shape.Layout!.Attributes);
            var points = reading.Of(in source).Points;
            if (points.Count == points.Capacity)
            {
                // A point is large: a list that doubles would copy each once more.
                points.EnsureCapacity(points.Count + Math.Min(shape.Points, limits.MaxItems));
            }

            points.Add(new ReceivedPoint(kind, metric, series.Tags, series.Hash, shape.IsDelta, point.Start, point.Time, sum));
        }
    }

    private void ReadBooked(in TelemetrySource source, string metric, UInt128 family, PointReader point)
    {
        if (point.HasValue && point.TryGetSum(out var sum) && !sum.IsZero)
        {
            reading.Of(in source).Points.Add(new ReceivedPoint(UsageSourceKind.Booked, metric, default, family, IsDelta: false, point.Start, point.Time, sum));
        }
        else
        {
            reading.CountUnrelated();
        }
    }

    private void RejectNotASum(UsageSourceKind kind) =>
        reading.Reject(kind, Vocabulary.IgnoredReasons.NotASum, "a data point of a usage metric is no sum, not monotonic, negative or no number");

    private Series Learn(UInt128 family, ReadOnlySpan<byte> attributes, uint tag)
    {
        AttributeReader.ReadAll(attributes, tag, limits.MaxAttributeBytes, _attributes);
        var series = new Series(ForeignPoints.ReadTags(CollectionsMarshal.AsSpan(_attributes)), _hash.Add(family).AddAttributes(attributes, tag).Finish());
        known.Add(family, attributes, series);
        return series;
    }
}
