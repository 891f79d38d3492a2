namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// What else a row is apart by; most rows have none of it, and then there is no object. Immutable, and carries its hash: finding a row costs
/// as much with it as without. Operation null: chat, so that rows of chats look as they did before operations were kept.
/// </summary>
internal sealed class SpendKeyMore : IEquatable<SpendKeyMore>
{
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
    /// <param name="tags">In the order of their names (ordinal), each once; not changed any more.</param>
    public static SpendKeyMore? Of(in SpendKeyParts parts, params KeyValuePair<string, string>[] tags) =>
        tags.Length == 0 && parts.IsEmpty ? null : new SpendKeyMore(in parts, tags);

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

    public bool Equals(SpendKeyMore? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Parts == other.Parts && Tags.SequenceEqual(other.Tags));

    public override bool Equals(object? obj) => Equals(obj as SpendKeyMore);

    public override int GetHashCode() => _hash;
}

/// <summary>
/// What a <see cref="SpendKeyMore"/> says beside tags. Null: not said. With a metric (<see cref="FigureName"/> as text) it is not the row of calls but of a
/// further figure: stores keep the two apart.
/// </summary>
internal readonly record struct SpendKeyParts(
    string? Tier = null,
    string? Client = null,
    string? Environment = null,
    string? Operation = null,
    string? Conversation = null,
    string? Session = null,
    string? Metric = null)
{
    public bool IsEmpty => Tier is null && Client is null && Environment is null && Operation is null && Conversation is null && Session is null && Metric is null;

    /// <summary>Without what there is no end of: hours keep it, days and months do not.</summary>
    public SpendKeyParts WithoutIds() => this with { Conversation = null, Session = null };
}
