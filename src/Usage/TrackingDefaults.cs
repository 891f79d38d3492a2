using System.Collections;

namespace LlmTelemetry.Usage;

/// <summary>
/// What configuration says for every tracked call of a process, as far as code does not: <c>LlmTelemetry__ClientId</c>, <c>LlmTelemetry__Environment</c> and
/// <c>LlmTelemetry__Enabled</c> in the environment, or the section <c>LlmTelemetry</c> of an application's configuration. Immutable.
/// </summary>
public sealed class TrackingDefaults
{
    private const string EnvironmentPrefix = Vocabulary.ConfigurationSection + "__";

    // Read at the first tracked client, and never again; what is wrong is thrown at each.
    private static readonly Lazy<TrackingDefaults> OfProcess = new(static () => FromVariables(System.Environment.GetEnvironmentVariables()));

    /// <summary>The settings that <see cref="FromSettings"/> reads.</summary>
    public static IReadOnlyList<string> SettingNames { get; } = [nameof(ClientId), nameof(Environment), nameof(Enabled)];

    /// <summary>Whether calls are tracked. Null: not said.</summary>
    public bool? Enabled { get; init; }

    /// <summary>The application or service that makes the calls: <see cref="Attribution.Client"/>. Null: not said.</summary>
    /// <exception cref="ArgumentException">It is blank, too long or has control characters.</exception>
    public string? ClientId
    {
        get;
        init => field = Checked(value, nameof(ClientId));
    }

    /// <summary>Where it is deployed: <see cref="Attribution.Environment"/>. Null: not said.</summary>
    /// <exception cref="ArgumentException">It is blank, too long or has control characters.</exception>
    public string? Environment
    {
        get;
        init => field = Checked(value, nameof(Environment));
    }

    /// <summary>What the environment variables of this process say; their names in upper or lower case. Read once.</summary>
    /// <exception cref="InvalidDataException">A variable is not right; the message names it, its value and what would be right.</exception>
    public static TrackingDefaults FromEnvironment() => OfProcess.Value;

    /// <summary>What settings say; others than <see cref="SettingNames"/> are passed over, and an empty one says nothing.</summary>
    /// <param name="settings">Keys relative to the section <c>LlmTelemetry</c>, in upper or lower case, and their values.</param>
    /// <exception cref="InvalidDataException">A setting is not right; the message names it, its value and what would be right.</exception>
    public static TrackingDefaults FromSettings(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Read(settings, prefix: "");
    }

    internal static TrackingDefaults FromVariables(IDictionary variables) => Read(
        from DictionaryEntry variable in variables
        let name = (string)variable.Key
        where name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)
        select new KeyValuePair<string, string?>(name[EnvironmentPrefix.Length..], (string?)variable.Value),
        EnvironmentPrefix);

    // What a client id or the name of an environment must be, where this one is not; null: it is.
    private static string? Problem(string value) =>
        string.IsNullOrWhiteSpace(value) || !ReferenceEquals(Attribution.Clean(value), value)
            ? $"text of at most {Attribution.MaxLength} characters without control characters" : null;

    private static TrackingDefaults Read(IEnumerable<KeyValuePair<string, string?>> settings, string prefix)
    {
        bool? enabled = null;
        string? clientId = null, environment = null;
        foreach (var (key, said) in settings)
        {
            if (said?.Trim() is not { Length: > 0 } value)
            {
                continue;
            }

            if (Is(nameof(Enabled)))
            {
                enabled = bool.TryParse(value, out var isEnabled) ? isEnabled : throw Wrong(nameof(Enabled), "true or false");
            }
            else if (Is(nameof(ClientId)))
            {
                clientId = Problem(value) is { } right ? throw Wrong(nameof(ClientId), right) : value;
            }
            else if (Is(nameof(Environment)))
            {
                environment = Problem(value) is { } right ? throw Wrong(nameof(Environment), right) : value;
            }

            bool Is(string name) => key.Equals(name, StringComparison.OrdinalIgnoreCase);

            InvalidDataException Wrong(string name, string right) => new($"{prefix}{name}: '{value}' is not right here; it must be {right}.");
        }

        return new TrackingDefaults { Enabled = enabled, ClientId = clientId, Environment = environment };
    }

    private static string? Checked(string? value, string name) =>
        value is not null && Problem(value) is { } right ? throw new ArgumentException($"'{value}' is not right here; it must be {right}.", name) : value;
}
