using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>Checks what can be known without the store: settings, retention, prices.</summary>
internal static class SettingsCheck
{
    // Providers change prices several times a year.
    private const int OldPrices = 60;

    private static readonly TimeSpan ShortHours = TimeSpan.FromDays(2);

    /// <returns>The settings; null where they are wrong.</returns>
    public static CostExporterOptions? Read(CommandContext context, string? store, List<Finding> findings)
    {
        var unknown = new UnknownSettings();
        CostExporterOptions options;
        try
        {
            options = context.Options(store, unknown);
        }
        catch (Exception cause) when (cause is FormatException or OptionsValidationException)
        {
            findings.Add(Finding.Fail("configuration", $"{cause.Message} No exporter starts with it."));
            return null;
        }

        var isWrong = ReadBudgets(context, unknown, findings);
        findings.AddRange(unknown.Warnings.Select(warning => Finding.Warn("configuration", warning)));
        if (unknown.Warnings.Count == 0 && !isWrong)
        {
            findings.Add(Finding.Ok("configuration", $"The ledger is {StoreAddress.Parse(options.Store).Place}, key prefix {options.KeyPrefix}, records {options.Records.Keep}."));
        }

        return options;
    }

    public static Finding Retention(CostExporterOptions options) =>
        options.HourRetention < ShortHours ? Finding.Warn("retention", $"Hours are kept for {options.HourRetention}: conversations and sessions are read from them, and an exporter that was cut off for longer has its spend refused. Set LlmTelemetry__HourRetention to 8.00:00:00.")
        : options.DayRetention < options.HourRetention ? Finding.Warn("retention", $"Days are kept for {options.DayRetention}, less than hours: reports by day end earlier. Raise LlmTelemetry__DayRetention.")
        : options.MonthRetention < options.DayRetention ? Finding.Warn("retention", $"Months are kept for {options.MonthRetention}, less than days: whole months are read from them. Raise LlmTelemetry__MonthRetention.")
        : Finding.Ok("retention", FormattableString.Invariant($"Hours are kept for {options.HourRetention.TotalDays:0.#} days, days for {options.DayRetention.TotalDays:0.#}, months for {options.MonthRetention.TotalDays:0.#}."));

    public static Finding Prices(PriceBook prices, DateOnly today) =>
        today.DayNumber - prices.Date.DayNumber is var age and > OldPrices
            ? Finding.Warn("prices", $"The price book {prices.Version} is {age} days old: new models have no price, and changed ones an old one. Run llmtelemetry prices update, or update LlmTelemetry.")
            : Finding.Ok("prices", $"The price book {prices.Version} is of {prices.Date:yyyy-MM-dd}.");

    // Each for itself: what limits and tiers are together, code may say.
    private static bool ReadBudgets(CommandContext context, UnknownSettings unknown, List<Finding> findings)
    {
        try
        {
            BudgetsFromConfiguration.Read(WithTheRest(context.Configuration()), new BudgetOptions(), unknown);
            return false;
        }
        catch (OptionsValidationException cause)
        {
            findings.Add(Finding.Fail("configuration", $"{cause.Message} No application with AddBudgets starts with it."));
            return true;
        }
    }

    // The environment may change one setting of a limit whose others stand in a file of the application's: what it does not say is not missing.
    private static IConfiguration WithTheRest(IConfiguration said)
    {
        var limits = said.GetSection($"{BudgetsFromConfiguration.Section}:{nameof(BudgetOptions.Limits)}").GetChildren();
        var rest = limits.SelectMany(limit => new Dictionary<string, string?>
        {
            [$"{limit.Path}:{nameof(BudgetLimit.Name)}"] = "limit",
            [$"{limit.Path}:{nameof(BudgetLimit.Unit)}"] = "tokens",
            [$"{limit.Path}:{nameof(BudgetLimit.Amount)}"] = "unlimited",
            [$"{limit.Path}:{nameof(BudgetLimit.Window)}"] = "day",
        });
        return new ConfigurationBuilder().AddInMemoryCollection(rest).AddConfiguration(said).Build();
    }
}
