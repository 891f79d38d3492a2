using System.Globalization;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Reads what is charged on, and what is tracked, from the sections <c>Markup</c> and <c>Tracking</c>. Where two sources name the same feature in two
/// spellings (<c>my-package</c> in a file, <c>MY_PACKAGE</c> in the environment), the later source wins, as it does with one spelling.
/// </summary>
internal sealed class MarkupFromConfiguration
{
    public const string Markup = "Markup";
    public const string Tracking = "Tracking";

    private const string Default = "Default";
    private const string Features = "Features";
    private const string Tenants = "Tenants";
    private const string Providers = "Providers";
    private const string APercentage = "a percentage from -100 to 10000 such as 10 (10 % more) or -20 (a discount of 20 %)";
    private const string AMode = "none, usage or markup";

    private readonly IConfigurationProvider[] _sources;
    private readonly IConfigurationSection _section;

    private MarkupFromConfiguration(IConfiguration configuration, IConfigurationSection section)
    {
        _sources = configuration is IConfigurationRoot root ? [.. root.Providers] : [];
        _section = section;
    }

    /// <summary>What the configuration says; null where it says nothing.</summary>
    /// <param name="configuration">The whole configuration: its sources are asked which of them is the later one.</param>
    /// <param name="section">Our section of it.</param>
    /// <exception cref="OptionsValidationException">A setting is wrong; the message names it, its value and what would be right.</exception>
    public static MarkupRules? Read(IConfiguration configuration, IConfigurationSection section)
    {
        var (markup, tracking) = (section.GetSection(Markup), section.GetSection(Tracking));
        if (!markup.Exists() && !tracking.Exists())
        {
            return null;
        }

        var percentages = new MarkupFromConfiguration(configuration, markup);
        var modes = new MarkupFromConfiguration(configuration, tracking);
        percentages.AllowOnly(Features, Tenants, Providers);
        modes.AllowOnly(Features);
        return new MarkupRules
        {
            Default = markup[Default] is { } percent ? Percentage(Setting(markup, Default), percent) : null,
            Features = percentages.Named(Features, Percentage),
            Tenants = percentages.Named(Tenants, Percentage),
            Providers = percentages.Named(Providers, Percentage),
            DefaultMode = tracking[Default] is { } mode ? Mode(Setting(tracking, Default), mode) : null,
            FeatureModes = modes.Named(Features, Mode),
        };
    }

    // A misspelt setting here would charge customers too little in silence.
    private void AllowOnly(params string[] tables)
    {
        var right = string.Join(", ", [Setting(_section, Default), .. tables.Select(table => Setting(_section, table) + ":NAME")]);
        if (_section.Value is { Length: > 0 } value)
        {
            throw Wrong(_section.Path, value, $"under a name: {right}");
        }

        foreach (var child in _section.GetChildren())
        {
            var isTable = tables.Contains(child.Key, StringComparer.OrdinalIgnoreCase);
            if (isTable ? child.Value is { Length: > 0 } : !child.Key.Equals(Default, StringComparison.OrdinalIgnoreCase) || child.GetChildren().Any())
            {
                var (setting, said) = child.AsEnumerable().FirstOrDefault(pair => pair.Value is not null, new(child.Path, ""));
                throw Wrong(setting, said!, $"one of {right}");
            }
        }
    }

    private Dictionary<string, T> Named<T>(string table, Func<string, string, T> parse)
        where T : struct
    {
        var rules = new Dictionary<string, (string Path, int Source, T Rule)>(StringComparer.Ordinal);
        foreach (var (key, value) in _section.GetSection(table).AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null))
        {
            var path = $"{_section.Path}:{table}:{key}";
            if (string.IsNullOrWhiteSpace(key))
            {
                throw Wrong(path, value!, $"under a name: {_section.Path}:{table}:NAME");
            }

            var rule = (Path: path, Source: SourceOf(path), Rule: parse(path, value!));

            // An environment variable cannot say '__' in a name: it arrives as ':'.
            foreach (var name in new[] { key, key.Replace(":", "__", StringComparison.Ordinal) }.Select(MarkupRules.SettingName).Distinct())
            {
                rules[name] = rules.TryGetValue(name, out var other) ? Later(rule, other) : rule;
            }
        }

        return rules.ToDictionary(rule => rule.Key, rule => rule.Value.Rule);
    }

    private static (string Path, int Source, T Rule) Later<T>((string Path, int Source, T Rule) one, (string Path, int Source, T Rule) other)
        where T : struct
    {
        if (one.Source == other.Source && !one.Rule.Equals(other.Rule))
        {
            throw new OptionsValidationException(
                one.Path, typeof(MarkupRules), [$"{one.Path} ({one.Rule}) and {other.Path} ({other.Rule}) are the same name: upper and lower case, '-', ' ' and '_' are the same there. One of them must go."]);
        }

        return one.Source > other.Source ? one : other;
    }

    // The last one that has it is the one whose value it is.
    private int SourceOf(string path) => Array.FindLastIndex(_sources, source => source.TryGet(path, out _));

    private static decimal Percentage(string setting, string value) =>
        decimal.TryParse(value.Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= MarkupRules.MinPercent and <= MarkupRules.MaxPercent
            ? percent
            : throw Wrong(setting, value, APercentage);

    // Not Enum.Parse: it takes numbers, too.
    private static TrackingMode Mode(string setting, string value) => value.Trim().ToUpperInvariant() switch
    {
        "NONE" => TrackingMode.None,
        "USAGE" => TrackingMode.Usage,
        "MARKUP" => TrackingMode.Markup,
        _ => throw Wrong(setting, value, AMode),
    };

    private static string Setting(IConfigurationSection section, string key) => $"{section.Path}:{key}";

    private static OptionsValidationException Wrong(string setting, string value, string right) =>
        new(setting, typeof(MarkupRules), [$"{setting}: '{value}' is not right here; it must be {right}."]);
}
