using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>Reads tiers: <c>LlmTelemetry:Budgets:Tiers:free:RequestsPerMinute</c> and its neighbours. What a tier's section does not name stays as it is; a new tier's is unlimited.</summary>
internal static class TiersFromConfiguration
{
    private const string Whole = "a whole number not below 0, or unlimited";
    private const string Usd = "an amount in USD such as 25 or 0.5, or unlimited";

    private static readonly (string Key, string Right, Func<BudgetTier, string, BudgetTier> With)[] Settings =
    [
        (nameof(BudgetTier.RequestsPerMinute), Whole, (tier, v) => tier with { RequestsPerMinute = Count(v) }),
        (nameof(BudgetTier.RequestsPerDay), Whole, (tier, v) => tier with { RequestsPerDay = Count(v) }),
        (nameof(BudgetTier.RequestsPerMonth), Whole, (tier, v) => tier with { RequestsPerMonth = Count(v) }),
        (nameof(BudgetTier.TokensPerHour), Whole, (tier, v) => tier with { TokensPerHour = Count(v) }),
        (nameof(BudgetTier.TokensPerDay), Whole, (tier, v) => tier with { TokensPerDay = Count(v) }),
        (nameof(BudgetTier.TokensPerMonth), Whole, (tier, v) => tier with { TokensPerMonth = Count(v) }),
        (nameof(BudgetTier.UsdPerDay), Usd, (tier, v) => tier with { UsdPerDay = SettingWords.OrUnlimited(v, SettingWords.Amount) }),
        (nameof(BudgetTier.UsdPerMonth), Usd, (tier, v) => tier with { UsdPerMonth = SettingWords.OrUnlimited(v, SettingWords.Amount) }),
        (nameof(BudgetTier.SessionLength), "a positive time span such as 01:30:00 (hours:minutes:seconds) or 1.00:00:00 (a day), or unlimited", (tier, v) => tier with { SessionLength = SettingWords.OrUnlimited(v, Length) }),
        (nameof(BudgetTier.ToolCallsPerSession), Whole, (tier, v) => tier with { ToolCallsPerSession = Count(v) }),
    ];

    private static readonly string[] Known = [.. Settings.Select(setting => setting.Key)];

    /// <summary>Changes and adds the tiers that the section holds.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is wrong.</exception>
    public static void Read(IConfigurationSection section, BudgetOptions options, ILogger? logger)
    {
        var tiers = section.GetSection(nameof(BudgetOptions.Tiers));
        if (tiers.Value is { Length: > 0 } value)
        {
            throw SettingReader.Wrong<BudgetOptions>(section, tiers.Key, $"'{value}' is not right here; tiers are {tiers.Path}:NAME:{Known[0]} and so on.");
        }

        foreach (var child in tiers.GetChildren())
        {
            if (child.Value is { Length: > 0 } said)
            {
                throw SettingReader.Wrong<BudgetOptions>(tiers, child.Key, $"'{said}' stands where a tier's settings should: {child.Path}:{Known[0]} and so on.");
            }

            SettingReader.WarnOfUnknown(child, Known, logger);
            var tier = options.Tiers.TryGetValue(child.Key, out var known) ? known : new BudgetTier();
            foreach (var (key, right, with) in Settings)
            {
                SettingReader.Read<BudgetOptions>(child, key, right, v => tier = with(tier, v));
            }

            options.Tiers[child.Key] = tier;
        }
    }

    private static long? Count(string value) => SettingWords.OrUnlimited(value, SettingWords.Long);

    private static TimeSpan Length(string value) => SettingWords.Span(value) is var span && span > TimeSpan.Zero ? span : throw new FormatException();
}
