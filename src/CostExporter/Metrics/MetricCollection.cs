using LlmTelemetry.Usage;
using OpenTelemetry.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What one collection of metrics adds to the ledger.</summary>
internal sealed class MetricCollection(PriceBook prices, MarkupRules? markup, TrackedModels tracked, EarlierCalls earlier, bool isSinkActive)
{
    private readonly PointRows _rows = new(prices, markup, IgnoredPoints.Count);
    private readonly List<(UsageSourceKind Kind, string Metric, PointTags Tags, PointSum Sum)> _foreign = [];
    private DateTimeOffset _end;

    public void AddOwn(Metric metric)
    {
        if (!OwnMetrics.Takes(metric.Name))
        {
            return;
        }

        AddOwn(metric, overflow: false);
        AddOwn(metric, overflow: true);
    }

    public void AddForeign(Metric metric, UsageSourceKind kind)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var tags = ReadTags(in point);
            if (!TryRead(metric, in point, out var sum) || sum.IsZero)
            {
                continue;
            }

            if (tracked.Has(in tags))
            {
                IgnoredPoints.Count(IgnoredReasons.Tracked);
                continue;
            }

            _foreign.Add((kind, metric.Name, tags, sum));
        }
    }

    /// <summary>Books everything at the collection's end.</summary>
    public void BookIn(SpendFolder folder)
    {
        // Of several forms that tell of the same calls one is booked, as the service does.
        var booked = _foreign.Count == 0 ? UsageSourceKind.Durations : _foreign.Min(point => point.Kind);
        foreach (var (kind, metric, tags, sum) in _foreign)
        {
            if (booked.Takes(kind))
            {
                _rows.AddForeign(metric, in tags, in sum, _end);
            }
            else
            {
                IgnoredPoints.Count(IgnoredReasons.Tracked);
            }
        }

        foreach (var (_, key, row) in _rows.ToRows(_rows.BestCalls, isMeasured: booked is not UsageSourceKind.Durations))
        {
            folder.Add(_end, in key, row);
        }
    }

    private void AddOwn(Metric metric, bool overflow)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var tags = ReadTags(in point);
            if (tags.IsOverflow != overflow || !TryRead(metric, in point, out var sum))
            {
                continue;
            }

            sum = earlier.Without(sum, metric, in point, overflow);
            if (sum.IsZero)
            {
                continue;
            }

            tracked.Add(in tags);
            if (isSinkActive)
            {
                IgnoredPoints.Count(IgnoredReasons.Sink);
                continue;
            }

            _rows.AddOwn(metric.Name, in tags, in sum, _end);
        }
    }

    private static PointTags ReadTags(in MetricPoint point)
    {
        var tags = default(PointTags);
        foreach (var (name, value) in point.Tags)
        {
            tags = tags.With(name, value);
        }

        return tags;
    }

    private bool TryRead(Metric metric, in MetricPoint point, out PointSum sum)
    {
        _end = point.EndTime > _end ? point.EndTime : _end;
        if (PointSum.TryRead(metric, in point, out sum))
        {
            return true;
        }

        IgnoredPoints.Count(IgnoredReasons.NotASum);
        return false;
    }
}
