using System.Globalization;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>Reads the options of budgets from their section of the configuration, <c>LlmTelemetry:Budgets</c>. By hand, as the exporter's are, and for the same reasons.</summary>
internal static class BudgetsFromConfiguration
{
    /// <summary>Where it stands.</summary>
    public const string Section = Vocabulary.ConfigurationSection + ":" + OptionsFromConfiguration.Budgets;

    private const string TrueOrFalse = "true or false";
    private const string OpenOrClosed = "open or closed";
    private const string AboveZero = "a whole number above 0";

    private static readonly (string Key, string Right, Action<BudgetOptions, string> Set)[] Settings =
    [
        (nameof(BudgetOptions.Store), "", (options, v) => options.Store = v),
        (nameof(BudgetOptions.KeyPrefix), "letters, digits, '.', '_', '-' and ':'", (options, v) => options.KeyPrefix = v),
        (nameof(BudgetOptions.TimeZone), "an IANA time zone such as UTC or Europe/Berlin", (options, v) => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById(v)),
        (nameof(BudgetOptions.DefaultTier), "the name of a tier", (options, v) => options.DefaultTier = SettingWords.Name(v)),
        (nameof(BudgetOptions.StoreTimeout), "a time span from 00:00:00.001 to 00:05:00 (hours:minutes:seconds)", (options, v) => options.StoreTimeout = SettingWords.Span(v)),
        (nameof(BudgetOptions.HoldLifetime), "a time span from 00:00:01 to 1.00:00:00 (hours:minutes:seconds)", (options, v) => options.HoldLifetime = SettingWords.Span(v)),
        (nameof(BudgetOptions.OnStoreFailure), OpenOrClosed, (options, v) => options.OnStoreFailure = Failure(v)),
        (nameof(BudgetOptions.UnknownPrice), "allow, refuse or assume_dearest", (options, v) => options.UnknownPrice = Unknown(v)),
        (nameof(BudgetOptions.OnOverBudget), "refuse, cap_output, switch_model or shadow", (options, v) => options.OnOverBudget = Over(v)),
        (nameof(BudgetOptions.CheaperModel), "the name of a model", (options, v) => options.CheaperModel = SettingWords.Name(v)),
        (nameof(BudgetOptions.MinOutputTokens), AboveZero, (options, v) => options.MinOutputTokens = SettingWords.Int(v)),
        (nameof(BudgetOptions.AssumedOutputTokens), AboveZero, (options, v) => options.AssumedOutputTokens = SettingWords.Int(v)),
        (nameof(BudgetOptions.WarnAt), "percentages from 1 to 100 separated by commas, such as 80,95; empty for none", (options, v) => options.WarnAt = Percentages(v)),
        (nameof(BudgetOptions.DailyTokenLimit), AboveZero, (options, v) => options.DailyTokenLimit = SettingWords.Long(v)),
        (nameof(BudgetOptions.Gauges), TrueOrFalse, (options, v) => options.Gauges = bool.Parse(v)),
        (nameof(BudgetOptions.MaxSubjects), AboveZero, (options, v) => options.MaxSubjects = SettingWords.Int(v)),
        (nameof(BudgetOptions.MaxPending), AboveZero, (options, v) => options.MaxPending = SettingWords.Int(v)),
    ];

    private static readonly string[] Known = [.. Settings.Select(setting => setting.Key), nameof(BudgetOptions.Limits), nameof(BudgetOptions.Tiers)];

    /// <summary>Sets what the configuration says.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is wrong; the message names it, its value and what would be right.</exception>
    public static void Read(IConfiguration configuration, BudgetOptions options, ILogger? logger)
    {
        var section = configuration.GetSection(Section);
        SettingReader.WarnOfUnknown(section, Known, logger);
        foreach (var (key, right, set) in Settings)
        {
            SettingReader.Read<BudgetOptions>(section, key, right, v => set(options, v));
        }

        LimitsFromConfiguration.Read(section, options, logger);
        TiersFromConfiguration.Read(section, options, logger);
    }

    // Not Enum.Parse: it takes numbers, too.
    internal static StoreFailurePolicy Failure(string word) => SettingWords.Plain(word) switch
    {
        SettingWords.Open => StoreFailurePolicy.Open,
        SettingWords.Closed => StoreFailurePolicy.Closed,
        _ => throw new FormatException(),
    };

    private static UnknownPricePolicy Unknown(string word) => SettingWords.Plain(word) switch
    {
        "allow" => UnknownPricePolicy.Allow,
        "refuse" => UnknownPricePolicy.Refuse,
        "assumedearest" => UnknownPricePolicy.AssumeDearest,
        _ => throw new FormatException(),
    };

    private static OverBudgetAction Over(string word) => SettingWords.Plain(word) switch
    {
        "refuse" => OverBudgetAction.Refuse,
        "capoutput" => OverBudgetAction.CapOutput,
        "switchmodel" => OverBudgetAction.SwitchModel,
        "shadow" => OverBudgetAction.Shadow,
        _ => throw new FormatException(),
    };

    private static int[] Percentages(string words) =>
        words.Length == 0 ? [] : [.. words.Split(',', StringSplitOptions.TrimEntries).Select(word => int.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture))];
}
