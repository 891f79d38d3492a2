using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Makes the key of an event's row, of the dimensions that are kept and of text that any store can hold. Calls that say nothing beyond user,
/// tenant and feature allocate nothing; nor do those that say the same as one shortly before. Thread-safe.
/// </summary>
internal sealed class EventKeys(DimensionSet kept)
{
    // By hash. Entries are immutable; whoever comes last stays.
    private readonly SpendKeyMore?[] _recent = new SpendKeyMore?[256];

    // In most processes every call says the same.
    private SpendKeyMore? _last;

    public SpendKey Of(in UsageEvent call)
    {
        var attribution = call.Attribution;
        return new SpendKey(
            Take(SpendDimension.Provider, call.Provider),
            Take(SpendDimension.Model, call.Model),
            Take(SpendDimension.User, attribution.User),
            Take(SpendDimension.Tenant, attribution.Tenant),
            Take(SpendDimension.Feature, attribution.Feature),
            MoreOf(new SpendKeyParts(Operation: call.Operation, Outcome: OutcomeOf(in call), Quality: QualityOf(in call), PriceVersion: call.HasCost ? call.Cost.PriceVersion : null), in attribution));
    }

    /// <summary>The same of a further figure, which no provider and no model gave.</summary>
    /// <param name="metric">Its metric as text (<see cref="FigureName"/>).</param>
    /// <param name="attribution">Whom it is attributed to.</param>
    public SpendKey Of(string metric, in Attribution attribution) => new(
        Provider: null,
        Model: null,
        Take(SpendDimension.User, attribution.User),
        Take(SpendDimension.Tenant, attribution.Tenant),
        Take(SpendDimension.Feature, attribution.Feature),
        MoreOf(new SpendKeyParts(Metric: metric), in attribution));

    /// <summary>The same of a key that is not one event's: of a metric's point. It has no tags.</summary>
    public SpendKey Of(in SpendKey key)
    {
        var parts = key.More?.Parts ?? default;
        return new(
            Take(SpendDimension.Provider, key.Provider),
            Take(SpendDimension.Model, key.Model),
            Take(SpendDimension.User, key.User),
            Take(SpendDimension.Tenant, key.Tenant),
            Take(SpendDimension.Feature, key.Feature),
            MoreOf(in parts, new Attribution(Conversation: parts.Conversation, Session: parts.Session, Tier: parts.Tier, Client: parts.Client, Environment: parts.Environment)));
    }

    // The usual is null, so that most calls say nothing. Answers of a cache are no calls: nothing of theirs ended badly or is unknown.
    private static string? OutcomeOf(in UsageEvent call) => call.IsCacheHit
        ? null
        : call.Outcome switch
        {
            CallOutcome.Completed => null,
            CallOutcome.Cancelled => Outcomes.Cancelled,
            CallOutcome.Abandoned => Outcomes.Abandoned,
            _ => Outcomes.Failed,
        };

    private static string? QualityOf(in UsageEvent call) => call.IsCacheHit
        ? null
        : EventMeasures.QualityOf(in call) switch
        {
            CostQuality.Reported => null,
            CostQuality.Partial => Qualities.Partial,
            CostQuality.Estimated => Qualities.Estimated,
            CostQuality.Unpriced => Qualities.Unpriced,
            _ => Qualities.Unmeasured,
        };

    private string? Take(SpendDimension dimension, string? value) => kept.Has(dimension) ? Attribution.Clean(value) : null;

    private SpendKeyMore? MoreOf(in SpendKeyParts own, in Attribution attribution)
    {
        var parts = kept.Of(own with
        {
            Tier = attribution.Tier,
            Client = attribution.Client,
            Environment = attribution.Environment,
            Operation = own.Operation == GenAi.OperationChat ? null : own.Operation,
            Conversation = attribution.Conversation,
            Session = attribution.Session,
        });
        var tags = kept.Tags.Length != 0 && attribution.Tags is { Count: > 0 } said ? said : null;
        if (parts.IsEmpty && tags is null)
        {
            return null;
        }

        return Volatile.Read(ref _last) is { } last && Says(last, in parts, tags) ? last : Find(in parts, tags);
    }

    // Kept values are clean: a raw one that is equal is clean too.
    private bool Says(SpendKeyMore more, in SpendKeyParts parts, IReadOnlyDictionary<string, string>? tags)
    {
        if (more.Parts != parts)
        {
            return false;
        }

        var at = 0;
        foreach (var name in tags is null ? [] : kept.Tags)
        {
            if (!tags!.TryGetValue(name, out var value) || value is null)
            {
                continue;
            }

            if (at == more.Tags.Count || more.Tags[at].Key != name || more.Tags[at].Value != value)
            {
                return false;
            }

            at++;
        }

        return at == more.Tags.Count;
    }

    private SpendKeyMore? Find(in SpendKeyParts parts, IReadOnlyDictionary<string, string>? tags)
    {
        var hash = new HashCode();
        hash.Add(parts);
        foreach (var name in tags is null ? [] : kept.Tags)
        {
            hash.Add(tags!.TryGetValue(name, out var value) ? value : null);
        }

        ref var slot = ref _recent[hash.ToHashCode() & (_recent.Length - 1)];
        var more = Volatile.Read(ref slot);
        if (more is null || !Says(more, in parts, tags))
        {
            more = Make(in parts, tags);
            Volatile.Write(ref slot, more);
        }

        Volatile.Write(ref _last, more);
        return more;
    }

    private SpendKeyMore? Make(in SpendKeyParts parts, IReadOnlyDictionary<string, string>? tags)
    {
        var clean = new SpendKeyParts(
            Attribution.Clean(parts.Tier), Attribution.Clean(parts.Client), Attribution.Clean(parts.Environment), Attribution.Clean(parts.Operation),
            Attribution.Clean(parts.Conversation), Attribution.Clean(parts.Session), parts.Metric, parts.Outcome, parts.Quality, Attribution.Clean(parts.PriceVersion));
        var said = new List<KeyValuePair<string, string>>(kept.Tags.Length);
        foreach (var name in tags is null ? [] : kept.Tags)
        {
            if (tags!.TryGetValue(name, out var value) && value is not null)
            {
                said.Add(new(name, Attribution.Clean(value)!));
            }
        }

        return SpendKeyMore.Of(in clean, [.. said]);
    }
}
