using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Gathers what points of metrics add, of one collection or one request, and makes rows of it: one way for metrics of this process and for those that are delivered.</summary>
/// <param name="prices">Prices what other libraries count.</param>
/// <param name="markup">What is charged on; null for nothing.</param>
/// <param name="ignored">Told why a point adds nothing.</param>
internal sealed class PointRows(PriceBook prices, MarkupRules? markup, Action<string> ignored)
{
    private readonly Dictionary<SpendKey, (DateTimeOffset At, SpendMeasures Measures)> _own = [];
    private readonly Dictionary<PointTags, ForeignUsage> _foreign = [];

    /// <summary>The best by which the points that were added count calls; null: by none.</summary>
    public CallsFrom? BestCalls { get; private set; }

    public void AddOwn(string metric, in PointTags tags, in PointSum sum, DateTimeOffset at)
    {
        var key = tags.Key;
        var (latest, row) = _own.TryGetValue(key, out var known) ? known : (at, new SpendMeasures());
        _own[key] = (at > latest ? at : latest, row);
        OwnMetrics.Add(row, metric, in tags, in sum);
    }

    public void AddForeign(string metric, in PointTags tags, in PointSum sum, DateTimeOffset at)
    {
        if (markup?.ModeOf(tags.Feature, tags.Tenant, tags.Provider) is TrackingMode.None)
        {
            ignored(IgnoredReasons.NotTracked);
            return;
        }

        // Input, output and durations of the same calls come in points of their own.
        var who = tags.Who;
        var usage = _foreign.GetValueOrDefault(who) ?? new ForeignUsage();
        if (!usage.TryAdd(metric, in tags, in sum, at, out var reason))
        {
            ignored(reason);
            return;
        }

        _foreign[who] = usage;
        BestCalls = Better(BestCalls, ForeignMetrics.CallsOf(metric, in tags));
    }

    /// <summary>The rows.</summary>
    /// <param name="calls">What calls are counted by that other libraries tell of.</param>
    /// <param name="isMeasured">Whether anything tells what those calls used, if not here.</param>
    public IEnumerable<(DateTimeOffset At, SpendKey Key, SpendMeasures Measures)> ToRows(CallsFrom? calls, bool isMeasured = true)
    {
        foreach (var (key, (at, row)) in _own)
        {
            yield return (at, key, row);
        }

        foreach (var (who, usage) in _foreign)
        {
            foreach (var (key, row) in usage.ToRows(prices, markup, who, calls, isMeasured))
            {
                yield return (usage.At, key, row);
            }
        }
    }

    /// <summary>The better of two; null is none.</summary>
    public static CallsFrom? Better(CallsFrom? one, CallsFrom? other) => one is null || other < one ? other : one;
}
