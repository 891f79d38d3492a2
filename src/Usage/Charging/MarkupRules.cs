using System.Collections.Frozen;

namespace LlmTelemetry.Usage;

/// <summary>
/// What is charged on for a call: its cost with a markup or discount in percent, by feature, tenant and provider. The most specific percentage
/// holds, alone: the feature's, else the tenant's, else the provider's, else <see cref="Default"/>. The cost itself is never changed by it.
/// </summary>
/// <remarks>
/// Names are compared as settings write them (<see cref="SettingName"/>): <c>my-package</c>, <c>My Package</c> and <c>MY_PACKAGE</c> are one.
/// Percentages are from <see cref="MinPercent"/> to <see cref="MaxPercent"/>: 10 charges 10 % more than the cost, -20 gives a discount of 20 %.
/// Immutable and thread-safe; asking allocates nothing.
/// </remarks>
public sealed class MarkupRules
{
    /// <summary>The lowest percentage: everything is given away.</summary>
    public const decimal MinPercent = -100;

    /// <summary>The highest percentage; what is above is taken for a mistake.</summary>
    public const decimal MaxPercent = 10_000;

    private readonly FrozenDictionary<string, decimal> _features = FrozenDictionary<string, decimal>.Empty;
    private readonly FrozenDictionary<string, decimal> _tenants = FrozenDictionary<string, decimal>.Empty;
    private readonly FrozenDictionary<string, decimal> _providers = FrozenDictionary<string, decimal>.Empty;
    private readonly FrozenDictionary<string, TrackingMode> _featureModes = FrozenDictionary<string, TrackingMode>.Empty;

    /// <summary>No rules: every call is tracked, nothing is charged on.</summary>
    public static MarkupRules None { get; } = new();

    /// <summary>The percentage of calls that nothing more specific holds for. Null: none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from <see cref="MinPercent"/> to <see cref="MaxPercent"/>.</exception>
    public decimal? Default
    {
        get;
        init
        {
            if (value is { } percent)
            {
                Check(nameof(Default), percent);
            }

            field = value;
        }
    }

    /// <summary>Percentages by feature.</summary>
    /// <exception cref="ArgumentException">A percentage is out of range, a name is empty or there twice.</exception>
    public IReadOnlyDictionary<string, decimal> Features
    {
        get => _features;
        init => _features = SettingNames.Table<decimal>(nameof(Features), value, Check);
    }

    /// <summary>Percentages by tenant.</summary>
    /// <inheritdoc cref="Features" path="/exception"/>
    public IReadOnlyDictionary<string, decimal> Tenants
    {
        get => _tenants;
        init => _tenants = SettingNames.Table<decimal>(nameof(Tenants), value, Check);
    }

    /// <summary>Percentages by provider, as <c>gen_ai.provider.name</c> says it: <c>anthropic</c>, <c>azure.ai.openai</c>.</summary>
    /// <inheritdoc cref="Features" path="/exception"/>
    public IReadOnlyDictionary<string, decimal> Providers
    {
        get => _providers;
        init => _providers = SettingNames.Table<decimal>(nameof(Providers), value, Check);
    }

    /// <summary>
    /// The mode of calls whose feature has neither a mode nor a percentage of its own. Null: <see cref="TrackingMode.Markup"/> for those that a
    /// percentage holds for, <see cref="TrackingMode.Usage"/> for the others.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    public TrackingMode? DefaultMode
    {
        get;
        init
        {
            if (value is { } mode)
            {
                Check(nameof(DefaultMode), mode);
            }

            field = value;
        }
    }

    /// <summary>Modes by feature. A feature with a percentage and no mode is in <see cref="TrackingMode.Markup"/>.</summary>
    /// <exception cref="ArgumentException">There is no such mode, a name is empty or there twice.</exception>
    public IReadOnlyDictionary<string, TrackingMode> FeatureModes
    {
        get => _featureModes;
        init => _featureModes = SettingNames.Table<TrackingMode>(nameof(FeatureModes), value, Check);
    }

    /// <summary>The name as settings write it: in upper case, with <c>_</c> for <c>-</c> and a space. <c>my-package</c> is <c>MY_PACKAGE</c>.</summary>
    public static string SettingName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return SettingNames.Of(name);
    }

    /// <summary>What is done with a call.</summary>
    /// <param name="feature">Its feature; null when it did not say.</param>
    /// <param name="tenant">Its tenant; null when it did not say.</param>
    /// <param name="provider">Its provider; null when unknown.</param>
    public TrackingMode ModeOf(string? feature, string? tenant, string? provider)
    {
        if (feature is not null && _featureModes.TryGetValue(feature, out var mode))
        {
            return mode;
        }

        return feature is not null && _features.ContainsKey(feature)
            ? TrackingMode.Markup
            : DefaultMode ?? (PercentOf(feature, tenant, provider) is null ? TrackingMode.Usage : TrackingMode.Markup);
    }

    /// <summary>The percentage that holds for a call; null where none does.</summary>
    /// <inheritdoc cref="ModeOf" path="/param"/>
    public decimal? PercentOf(string? feature, string? tenant, string? provider) =>
        feature is not null && _features.TryGetValue(feature, out var percent) ? percent
        : tenant is not null && _tenants.TryGetValue(tenant, out percent) ? percent
        : provider is not null && _providers.TryGetValue(provider, out percent) ? percent
        : Default;

    /// <summary>
    /// What is charged for a call, in pico-USD: <c>cost x (1 + percent/100)</c>, computed exactly and rounded once, half to even. In
    /// <see cref="TrackingMode.Markup"/> without a percentage it is the cost.
    /// </summary>
    /// <param name="costPico">What the call cost; null where that is not known.</param>
    /// <param name="feature">Its feature; null when it did not say.</param>
    /// <param name="tenant">Its tenant; null when it did not say.</param>
    /// <param name="provider">Its provider; null when unknown.</param>
    /// <returns>Null where the cost is not known or nothing is charged on: that is not 0.</returns>
    public Int128? ChargePico(Int128? costPico, string? feature, string? tenant, string? provider) =>
        costPico is { } cost && ModeOf(feature, tenant, provider) is TrackingMode.Markup
            ? ExactPercent.Add(cost, PercentOf(feature, tenant, provider) ?? 0)
            : null;

    /// <summary>These rules, and the other ones over them: what both have, name by name, is as the other ones say.</summary>
    public MarkupRules With(MarkupRules overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        return new MarkupRules
        {
            Default = overrides.Default ?? Default,
            Features = Merge(_features, overrides._features),
            Tenants = Merge(_tenants, overrides._tenants),
            Providers = Merge(_providers, overrides._providers),
            DefaultMode = overrides.DefaultMode ?? DefaultMode,
            FeatureModes = Merge(_featureModes, overrides._featureModes),
        };
    }

    private static Dictionary<string, T> Merge<T>(FrozenDictionary<string, T> rules, FrozenDictionary<string, T> overrides)
    {
        var merged = new Dictionary<string, T>(rules, SettingNames.Comparer);
        foreach (var (name, rule) in overrides)
        {
            merged[name] = rule;
        }

        return merged;
    }

    private static void Check(string what, decimal percent)
    {
        if (percent is < MinPercent or > MaxPercent)
        {
            throw new ArgumentOutOfRangeException(what, percent, $"{what}: a percentage must be from {MinPercent} to {MaxPercent}; 10 charges 10 % more, -20 is a discount of 20 %.");
        }
    }

    private static void Check(string what, TrackingMode mode)
    {
        if (mode > TrackingMode.Markup)
        {
            throw new ArgumentOutOfRangeException(what, mode, $"{what}: there is no such mode.");
        }
    }
}
