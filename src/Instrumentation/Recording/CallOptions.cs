using System.Globalization;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Our keys in the options of one call: read, and kept from the provider. The caller's object is never changed.</summary>
internal static class CallOptions
{
    // The providers' own name for it, which they see unchanged.
    private const string ProvidersServiceTier = "service_tier";

    /// <summary>What the keys say; nothing where there are none. A value that cannot be written out says nothing, and is reported.</summary>
    public static Attribution ReadAttribution(AdditionalPropertiesDictionary? properties, Instruments instruments)
    {
        if (!HasOurKeys(properties))
        {
            return default;
        }

        string? user = null, tenant = null, feature = null, conversation = null, session = null, tier = null, client = null, environment = null;
        Dictionary<string, string>? tags = null;
        foreach (var (key, value) in properties!)
        {
            if (!IsOurs(key) || Text(value, instruments) is not { Length: > 0 } text)
            {
                continue;
            }

            if (Is(key, Options.User))
            {
                user = text;
            }
            else if (Is(key, Options.Tenant))
            {
                tenant = text;
            }
            else if (Is(key, Options.Feature))
            {
                feature = text;
            }
            else if (Is(key, Options.Conversation))
            {
                conversation = text;
            }
            else if (Is(key, Options.Session))
            {
                session = text;
            }
            else if (Is(key, Options.Tier))
            {
                tier = text;
            }
            else if (Is(key, Options.Client))
            {
                client = text;
            }
            else if (Is(key, Options.Environment))
            {
                environment = text;
            }
            else if (key.Length > Options.TagPrefix.Length && key.StartsWith(Options.TagPrefix, StringComparison.OrdinalIgnoreCase))
            {
                (tags ??= [])[key[Options.TagPrefix.Length..]] = text;
            }
        }

        return new Attribution(user, tenant, feature, conversation, session, tier, tags, client, environment);
    }

    /// <summary>The service tier that the call asks for, by our key or by the providers' own; null: it does not say.</summary>
    public static string? ReadServiceTier(AdditionalPropertiesDictionary? properties, Instruments instruments)
    {
        if (properties is not { Count: > 0 })
        {
            return null;
        }

        var tier = properties.TryGetValue(Options.ServiceTier, out var ours) && ours is not null ? ours
            : properties.TryGetValue(ProvidersServiceTier, out var theirs) ? theirs : null;
        return tier is not null && Text(tier, instruments)?.Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>The same options where they have none of our keys, else a copy without them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="properties">Their additional properties.</param>
    /// <param name="copyWith">Copies the options with other additional properties.</param>
    public static TOptions? WithoutOurKeys<TOptions>(TOptions? options, AdditionalPropertiesDictionary? properties, Func<TOptions, AdditionalPropertiesDictionary?, TOptions> copyWith)
        where TOptions : class
    {
        if (options is null || !HasOurKeys(properties))
        {
            return options;
        }

        AdditionalPropertiesDictionary? rest = null;
        foreach (var (key, value) in properties!)
        {
            if (!IsOurs(key))
            {
                (rest ??= [])[key] = value;
            }
        }

        return copyWith(options, rest);
    }

    private static bool HasOurKeys(AdditionalPropertiesDictionary? properties)
    {
        if (properties is not { Count: > 0 })
        {
            return false;
        }

        foreach (var (key, _) in properties)
        {
            if (IsOurs(key))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOurs(string key) => key.StartsWith(Options.Prefix, StringComparison.OrdinalIgnoreCase);

    private static bool Is(string key, string name) => string.Equals(key, name, StringComparison.OrdinalIgnoreCase);

    private static string? Text(object? value, Instruments instruments)
    {
        try
        {
            return value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture);
        }
        catch (Exception cause) // A value of somebody's own making.
        {
            instruments.Failed("a value of a call's options", cause);
            return null;
        }
    }
}
