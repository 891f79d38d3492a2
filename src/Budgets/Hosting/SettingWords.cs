using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Budgets;

/// <summary>How settings write values. What is none throws <see cref="FormatException"/> or <see cref="OverflowException"/>.</summary>
internal static class SettingWords
{
    public const string Unlimited = "unlimited";
    public const string Open = "open";
    public const string Closed = "closed";

    public static bool IsUnlimited(string value) => value.Equals(Unlimited, StringComparison.OrdinalIgnoreCase);

    public static int Int(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);

    public static long Long(string value) => long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);

    // No commas: in half of the world 1,5 is one and a half.
    public static decimal Amount(string value) => decimal.Parse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    public static TimeSpan Span(string value) => OptionsFromConfiguration.Span(value);

    /// <summary>Null: unlimited.</summary>
    public static T? OrUnlimited<T>(string value, Func<string, T> read)
        where T : struct => IsUnlimited(value) ? null : read(value);

    public static string Name(string value) => value.Length != 0 ? value : throw new FormatException();

    /// <summary>A word without case, hyphens and underscores: <c>cap_output</c> as <c>CapOutput</c>.</summary>
    public static string Plain(string word) =>
        word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
