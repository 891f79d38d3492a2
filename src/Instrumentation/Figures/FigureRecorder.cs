using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Turns one further figure into its measurement and its event, attributed as a call would be here and now.</summary>
internal sealed class FigureRecorder(TrackerContext tracker)
{
    private const int MaxTags = 8;

    private readonly Instruments _instruments = tracker.Instruments;
    private readonly int _limit = tracker.Options.MaxAttributeValues;

    /// <param name="name">A name that is right.</param>
    /// <param name="value">A value that is right.</param>
    /// <param name="unit">A unit that is right; null for none.</param>
    /// <param name="tags">As they were given; null for none.</param>
    /// <param name="at">When (UTC).</param>
    public void Record(string name, double value, string? unit, List<KeyValuePair<string, string>>? tags, DateTimeOffset at)
    {
        if (!tracker.IsEnabled)
        {
            return;
        }

        try
        {
            var figure = _instruments.Figures.Of(name, unit);
            if (!tracker.Hub.HasSinks && !figure.IsCollected)
            {
                return;
            }

            var attribution = tracker.Attribution.Of(properties: null, _instruments.Nesting.Surrounding, UsageScope.Current, earlierBaggage: null);
            if (!tracker.IsTracked(in attribution))
            {
                return;
            }

            var kept = tags is null ? null : figure.Fold(Clean(tags, in attribution), _limit);
            Measure(figure, value, in attribution, kept);
            tracker.Publish(new MetricEvent(figure.Name, value, figure.Unit, at, attribution, kept));
        }
        catch (Exception cause) // Telemetry must never break what it watches.
        {
            _instruments.Failed("a further figure", cause);
        }
    }

    // As tags of an attribution are: what is cut or dropped is counted.
    private List<KeyValuePair<string, string>> Clean(List<KeyValuePair<string, string>> tags, in Attribution attribution)
    {
        var kept = new List<KeyValuePair<string, string>>(tags.Count);
        foreach (var (name, value) in tags)
        {
            var (cleanName, cleanValue) = (Attribution.Clean(name, AttributionLimits.MaxTagName)!, Attribution.Clean(value)!);
            var isKept = cleanName.Length != 0 && cleanValue.Length != 0 && kept.Count < MaxTags && !kept.Exists(tag => tag.Key == cleanName);
            if (isKept)
            {
                kept.Add(new(cleanName, Hide(cleanName, cleanValue, in attribution)));
            }

            if (!isKept || !ReferenceEquals(cleanName, name) || !ReferenceEquals(cleanValue, value))
            {
                _instruments.Limits.Count(Attributes.MetricTag);
            }
        }

        return kept;
    }

    private string Hide(string name, string value, in Attribution attribution) =>
        tracker.Options.UserHashes is not { } hashes ? value
        : name is Attributes.UserId ? hashes.Of(value)
        : hashes.IsUser(value, in attribution) ? attribution.User! : value;

    private void Measure(Figure figure, double value, in Attribution attribution, IReadOnlyList<KeyValuePair<string, string>>? tags)
    {
        try
        {
            figure.Measure(value, in attribution, tags, _limit);
        }
        catch (Exception cause) // Somebody's listener; the event is what the ledger has it by.
        {
            _instruments.Failed("a further figure in the metrics", cause);
        }
    }
}
