using System.Diagnostics;
using LlmTelemetry.Usage;
using OpenTelemetry;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Takes from the baggage what is allowed, and nothing else: it comes from the network.</summary>
internal sealed class BaggageReader
{
    private readonly (string Key, Part Part)[] _allowed;

    private BaggageReader(IReadOnlyList<string> allowed) => _allowed = [.. allowed.Select(key => (key, PartOf(key)))];

    private enum Part
    {
        Tag,
        User,
        Tenant,
        Feature,
        Conversation,
        Session,
        Tier,
        Client,
        Environment,
    }

    /// <summary>Null: nothing is allowed.</summary>
    public static BaggageReader? For(IReadOnlyList<string> allowed) => allowed.Count == 0 ? null : new BaggageReader(allowed);

    /// <summary>A copy of the keys.</summary>
    /// <exception cref="ArgumentException">One cannot be a key.</exception>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return [.. keys.Select(key => !string.IsNullOrWhiteSpace(key) && ReferenceEquals(Attribution.Clean(key, AttributionLimits.MaxTagName), key)
            ? key
            : throw new ArgumentException($"'{key}' is not right here; it must be a key of 1 to {AttributionLimits.MaxTagName} characters without control characters.", nameof(keys)))];
    }

    /// <summary>What it says now. Of two keys that mean the same the first allowed counts.</summary>
    public Attribution Read()
    {
        var (baggage, activity) = (Baggage.Current, Activity.Current);
        var said = default(Attribution);
        Dictionary<string, string>? tags = null;
        foreach (var (key, part) in _allowed)
        {
            if ((Said(baggage.GetBaggage(key)) ?? Said(activity?.GetBaggageItem(key))) is not { } value)
            {
                continue;
            }

            switch (part)
            {
                case Part.Tag:
                    (tags ??= []).TryAdd(TagOf(key), value);
                    break;
                case Part.User:
                    said = said with { User = said.User ?? value };
                    break;
                case Part.Tenant:
                    said = said with { Tenant = said.Tenant ?? value };
                    break;
                case Part.Feature:
                    said = said with { Feature = said.Feature ?? value };
                    break;
                case Part.Conversation:
                    said = said with { Conversation = said.Conversation ?? value };
                    break;
                case Part.Session:
                    said = said with { Session = said.Session ?? value };
                    break;
                case Part.Tier:
                    said = said with { Tier = said.Tier ?? value };
                    break;
                case Part.Client:
                    said = said with { Client = said.Client ?? value };
                    break;
                default:
                    said = said with { Environment = said.Environment ?? value };
                    break;
            }
        }

        return tags is null ? said : said with { Tags = tags };
    }

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string TagOf(string key) => key.Length > Options.TagPrefix.Length && key.StartsWith(Options.TagPrefix, StringComparison.Ordinal) ? key[Options.TagPrefix.Length..] : key;

    // The names of our spans' attributes, and those by which a call's options say the same.
    private static Part PartOf(string key) => key switch
    {
        Attributes.UserId or Options.User => Part.User,
        Attributes.Tenant => Part.Tenant,
        Attributes.Feature => Part.Feature,
        GenAi.ConversationId or Options.Conversation => Part.Conversation,
        Attributes.SessionId or Options.Session => Part.Session,
        Attributes.Tier => Part.Tier,
        Attributes.Client => Part.Client,
        Attributes.DeploymentEnvironment or Options.Environment => Part.Environment,
        _ => Part.Tag,
    };
}
