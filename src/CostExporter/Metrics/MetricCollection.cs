using LlmTelemetry.Usage;
using OpenTelemetry.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What one collection of metrics adds to the ledger.</summary>
internal sealed class MetricCollection(PriceBook prices, MarkupRules? markup, TrackedModels tracked, EarlierCalls earlier, bool isSinkActive)
{
    private readonly Dictionary<SpendKey, SpendMeasures> _own = [];
    private readonly Dictionary<PointTags, ForeignUsage> _foreign = [];
    private DateTimeOffset _end;

    public void AddOwn(Metric metric)
    {
        if (!OwnMetrics.Takes(metric))
        {
            return;
        }

        AddOwn(metric, overflow: false);
        AddOwn(metric, overflow: true);
    }

    public void AddForeign(Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var tags = PointTags.Read(in point);
            if (!TryRead(metric, in point, out var sum) || sum.IsZero)
            {
                continue;
            }

            if (tracked.Has(in tags))
            {
                IgnoredPoints.Count(IgnoredReasons.Tracked);
                continue;
            }

            if (markup?.ModeOf(tags.Feature, tags.Tenant, tags.Provider) is TrackingMode.None)
            {
                IgnoredPoints.Count(IgnoredReasons.NotTracked);
                continue;
            }

            // Input, output and durations of the same calls come in points of their own.
            var who = new PointTags
            {
                Provider = tags.Provider,
                RequestModel = tags.RequestModel,
                ResponseModel = tags.ResponseModel,
                User = tags.User,
                Tenant = tags.Tenant,
                Feature = tags.Feature,
                IsOverflow = tags.IsOverflow,
            };
            var usage = _foreign.GetValueOrDefault(who) ?? new ForeignUsage();
            if (usage.TryAdd(metric, in tags, in sum, out var ignored))
            {
                _foreign[who] = usage;
            }
            else
            {
                IgnoredPoints.Count(ignored);
            }
        }
    }

    /// <summary>Books everything at the collection's end.</summary>
    public void BookIn(SpendFolder folder)
    {
        foreach (var (key, row) in _own)
        {
            folder.Add(_end, in key, row);
        }

        foreach (var (who, usage) in _foreign)
        {
            foreach (var (key, row) in usage.ToRows(prices, markup, who, _end))
            {
                folder.Add(_end, in key, row);
            }
        }
    }

    private void AddOwn(Metric metric, bool overflow)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var tags = PointTags.Read(in point);
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

            var key = tags.Key;
            if (!_own.TryGetValue(key, out var row))
            {
                _own.Add(key, row = new SpendMeasures());
            }

            OwnMetrics.Add(row, metric, in tags, in sum);
        }
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
