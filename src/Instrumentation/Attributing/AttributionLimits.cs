using System.Collections.Concurrent;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Keeps what calls are attributed to fit for labels, spans and stores, whoever said it: what is too long or has control characters is cut, and counted.
/// Costs nothing where nothing is to be done.
/// </summary>
internal sealed class AttributionLimits
{
    public const int MaxTags = 16;
    public const int MaxTagName = 64;

    private readonly ConcurrentDictionary<string, long> _cut = new();

    /// <summary>How often a value was cut or dropped, by attribute.</summary>
    public IEnumerable<KeyValuePair<string, long>> Cut => _cut;

    public Attribution Apply(in Attribution said, Instruments instruments) => new(
        Clean(said.User, Attributes.UserId),
        Clean(said.Tenant, Attributes.Tenant),
        Clean(said.Feature, Attributes.Feature),
        Clean(said.Conversation, GenAi.ConversationId),
        Clean(said.Session, Attributes.SessionId),
        Clean(said.Tier, Attributes.Tier),
        Clean(said.Tags, instruments),
        Clean(said.Client, Attributes.Client),
        Clean(said.Environment, Attributes.DeploymentEnvironment),
        said.IsUserHashed);

    /// <summary>The value as it is kept; null where nothing is left of it.</summary>
    public string? Clean(string? value, string attribute)
    {
        var clean = Attribution.Clean(value);
        if (!ReferenceEquals(clean, value))
        {
            Count(attribute);
        }

        return clean is "" ? null : clean;
    }

    /// <summary>Counts a value as cut or dropped.</summary>
    public void Count(string attribute) => _cut.AddOrUpdate(attribute, 1, static (_, count) => count + 1);

    private IReadOnlyDictionary<string, string>? Clean(IReadOnlyDictionary<string, string>? tags, Instruments instruments)
    {
        try
        {
            return tags is null or { Count: 0 } ? null : AreClean(tags) ? tags : Rewrite(tags);
        }
        catch (Exception cause) // A dictionary of somebody's own that changes meanwhile.
        {
            instruments.Failed("the tags of a call", cause);
            return null;
        }
    }

    private static bool AreClean(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count > MaxTags)
        {
            return false;
        }

        if (tags is Dictionary<string, string> known) // Ours: walked without an object for it.
        {
            foreach (var (name, value) in known)
            {
                if (!IsClean(name, value))
                {
                    return false;
                }
            }

            return true;
        }

        foreach (var (name, value) in tags)
        {
            if (!IsClean(name, value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsClean(string name, string? value) =>
        name.Length != 0 && value is { Length: > 0 } && ReferenceEquals(Attribution.Clean(name, MaxTagName), name) && ReferenceEquals(Attribution.Clean(value), value);

    private Dictionary<string, string>? Rewrite(IReadOnlyDictionary<string, string> tags)
    {
        var kept = new Dictionary<string, string>(MaxTags);
        foreach (var (name, value) in tags)
        {
            if (string.IsNullOrEmpty(value))
            {
                continue; // Not said.
            }

            var (cleanName, cleanValue) = (Attribution.Clean(name, MaxTagName)!, Attribution.Clean(value)!);
            var isKept = cleanName.Length != 0 && cleanValue.Length != 0 && kept.Count < MaxTags && kept.TryAdd(cleanName, cleanValue);
            if (!isKept || !ReferenceEquals(cleanName, name) || !ReferenceEquals(cleanValue, value))
            {
                Count(Attributes.Tag);
            }
        }

        return kept.Count == 0 ? null : kept;
    }
}
