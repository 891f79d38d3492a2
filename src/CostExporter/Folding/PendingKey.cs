using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What increments are folded by until they are sent. Carries its hash: it chooses the stripe and then the row.</summary>
internal readonly struct PendingKey : IEquatable<PendingKey>
{
    private readonly SpendKey _key;
    private readonly int _hash;

    public PendingKey(long hour, DateOnly day, in SpendKey key)
    {
        Hour = hour;
        Day = day;
        _key = key;
        _hash = HashCode.Combine(hour, day.DayNumber, key.Provider, key.Model, key.User, key.Tenant, key.Feature, key.More);
    }

    public long Hour { get; }

    public DateOnly Day { get; }

    public SpendKey Key => _key;

    /// <summary>Where the key goes when there is no room for it: first its user and the ids that there is no end of, then everything but the time is folded.</summary>
    public PendingKey Fold(int level) =>
        new(Hour, Day, level == 1
            ? _key with { User = Placeholders.Other, More = _key.More is { } more ? SpendKeyMore.Of(more.Parts.WithoutIds(), [.. more.Tags]) : null }
            : new SpendKey(Placeholders.Other, Placeholders.Other, Placeholders.Other, Placeholders.Other, Placeholders.Other, Folded(_key.More)));

    // How calls ended and how well their cost is known has few values, and without it they would pass for the usual.
    private static SpendKeyMore? Folded(SpendKeyMore? more) => more switch
    {
        null => null,
        { Parts.Metric: not null } => FigureName.Folded,
        _ => SpendKeyMore.Of(new SpendKeyParts(Outcome: more.Parts.Outcome, Quality: more.Parts.Quality)),
    };

    public bool Equals(PendingKey other) =>
        _hash == other._hash && Hour == other.Hour && Day == other.Day
        && _key.User == other._key.User && _key.Model == other._key.Model && _key.Feature == other._key.Feature
        && _key.Tenant == other._key.Tenant && _key.Provider == other._key.Provider
        && (ReferenceEquals(_key.More, other._key.More) || (_key.More is { } more && more.Equals(other._key.More)));

    public override bool Equals(object? obj) => obj is PendingKey other && Equals(other);

    public override int GetHashCode() => _hash;
}
