namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// What else a row is apart by; most rows have none of it, and then there is no object. Immutable. Operation null is a chat, outcome null a completed call, quality null a reported one: so the usual rows look as they did
/// before these were kept, and take no more room.
/// </summary>
public sealed class SpendKeyMore : IEquatable<SpendKeyMore>
{
    // Worked out once: finding a row costs as much with all this as without.
    private readonly int _hash;

    private SpendKeyMore(in SpendKeyParts parts, KeyValuePair<string, string>[] tags)
    {
        Parts = parts;
        Tags = tags;
        var hash = new HashCode();
        hash.Add(parts);
        foreach (var tag in tags)
        {
            hash.Add(tag.Key);
            hash.Add(tag.Value);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Everything but the tags.</summary>
    public SpendKeyParts Parts { get; }

    /// <summary>In the order of their names (ordinal), each once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; }

    /// <summary>Null where nothing is said.</summary>
    /// <param name="parts">Everything but the tags.</param>
    /// <param name="tags">Of several of one name the first counts. The array is kept where its names are in their order (ordinal): not changed any more.</param>
    public static SpendKeyMore? Of(in SpendKeyParts parts, params KeyValuePair<string, string>[] tags) =>
        tags.Length == 0 && parts.IsEmpty ? null : new SpendKeyMore(in parts, AreInOrder(tags) ? tags : [.. tags.DistinctBy(tag => tag.Key).OrderBy(tag => tag.Key, StringComparer.Ordinal)]);

    /// <summary>The tag's value; null where it is not said.</summary>
    public string? Tag(string name)
    {
        foreach (var tag in Tags)
        {
            if (tag.Key == name)
            {
                return tag.Value;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(SpendKeyMore? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Parts == other.Parts && Tags.SequenceEqual(other.Tags));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SpendKeyMore);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    private static bool AreInOrder(KeyValuePair<string, string>[] tags)
    {
        for (var i = 1; i < tags.Length; i++)
        {
            if (string.CompareOrdinal(tags[i - 1].Key, tags[i].Key) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>
/// What a <see cref="SpendKeyMore"/> says beside tags. Null: not said. With a metric it is not the row of calls but of a further figure: stores keep the
/// two apart.
/// </summary>
/// <param name="Tier">See <see cref="SpendDimension.Tier"/>.</param>
/// <param name="Client">See <see cref="SpendDimension.Client"/>.</param>
/// <param name="Environment">See <see cref="SpendDimension.Environment"/>.</param>
/// <param name="Operation">See <see cref="SpendDimension.Operation"/>; null for chats.</param>
/// <param name="Conversation">See <see cref="SpendDimension.Conversation"/>.</param>
/// <param name="Session">See <see cref="SpendDimension.Session"/>.</param>
/// <param name="Metric">The figure's name, unit and tags as one text, which means nothing to stores.</param>
/// <param name="Outcome">See <see cref="SpendDimension.Outcome"/>; null for completed calls.</param>
/// <param name="Quality">See <see cref="SpendDimension.Quality"/>; null for reported ones.</param>
/// <param name="PriceVersion">See <see cref="SpendDimension.PriceVersion"/>.</param>
public readonly record struct SpendKeyParts(
    string? Tier = null,
    string? Client = null,
    string? Environment = null,
    string? Operation = null,
    string? Conversation = null,
    string? Session = null,
    string? Metric = null,
    string? Outcome = null,
    string? Quality = null,
    string? PriceVersion = null)
{
    /// <summary>Whether nothing is said.</summary>
    public bool IsEmpty =>
        Tier is null && Client is null && Environment is null && Operation is null && Conversation is null && Session is null && Metric is null
        && Outcome is null && Quality is null && PriceVersion is null;

    /// <summary>Without what there is no end of: hours keep it, days and months do not.</summary>
    public SpendKeyParts WithoutIds() => this with { Conversation = null, Session = null };
}
