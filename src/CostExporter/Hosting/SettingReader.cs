using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads single settings by hand, and says of a wrong one which it is, its value and what would be right.</summary>
internal static class SettingReader
{
    /// <summary>Hands the setting's value on where there is one: an array of words with commas between them.</summary>
    /// <param name="section">What it stands in.</param>
    /// <param name="key">Its name there.</param>
    /// <param name="right">What would be right; empty: what <paramref name="set"/> throws says so, and never repeats a password.</param>
    /// <param name="set">Takes the value.</param>
    /// <typeparam name="T">The options that it is a setting of.</typeparam>
    /// <exception cref="OptionsValidationException">The value was not taken.</exception>
    public static void Read<T>(IConfigurationSection section, string key, string right, Action<string> set)
    {
        if ((section[key] ?? List(section.GetSection(key))) is not { } value)
        {
            return;
        }

        try
        {
            set(value.Trim());
        }
        catch (Exception cause) when (cause is ArgumentException or FormatException or OverflowException or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            // A store's address can hold a password, and its parser says what is wrong without showing that.
            var shown = value.Contains('@', StringComparison.Ordinal) ? "The value (not shown: it may hold a password)" : $"'{value}'";
            throw Wrong<T>(section, key, right.Length == 0 ? $"{shown} is not right here. {cause.Message}" : $"{shown} is not right here; it must be {right}.");
        }
    }

    /// <summary>What is thrown of a wrong setting.</summary>
    public static OptionsValidationException Wrong<T>(IConfigurationSection section, string key, string what) =>
        new(section.Path, typeof(T), [$"{section.Path}:{key}: {what}"]);

    /// <summary>Warns of each name that is no setting. Not an error: a newer version may know it. But a misspelt Store would book spend elsewhere in silence.</summary>
    public static void WarnOfUnknown(IConfigurationSection section, IEnumerable<string> known, ILogger? logger)
    {
        foreach (var child in section.GetChildren().Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            logger?.LogWarning("{Setting} is not a setting and is ignored. Known are: {Known}.", child.Path, string.Join(", ", known));
        }
    }

    // A JSON file writes several words as an array.
    private static string? List(IConfigurationSection section) =>
        section.GetChildren().Select(child => child.Value).ToArray() is { Length: > 0 } words ? string.Join(',', words) : null;
}
