using System.Globalization;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Reads the options from their section of the configuration. By hand, because the binder works by reflection, takes any text for a
/// dictionary's key only up to the first colon, and names neither the value nor what would be right.
/// </summary>
internal sealed class OptionsFromConfiguration(IServiceProvider services) : IConfigureNamedOptions<CostExporterOptions>
{
    private const string Wait = "a positive time span of at most 24 days such as 00:00:10 (hours:minutes:seconds)";
    internal const string PositiveSpan = "a positive time span such as 00:00:10 (hours:minutes:seconds) or 400.00:00:00 (days)";

    /// <summary>The part of the section that the budgets' own options are read from.</summary>
    internal const string Budgets = "Budgets";

    /// <summary>The part of the section that the settings of a running service are read from (llmtelemetry serve), which may share its environment with applications.</summary>
    internal const string Service = "Service";

    /// <summary>The same of its receiver.</summary>
    internal const string Receiver = "Receiver";

    private static readonly (string Key, string Right, Action<CostExporterOptions, string> Set)[] Settings =
    [
        (nameof(CostExporterOptions.Store), "", (options, v) => options.Store = v),
        (nameof(CostExporterOptions.Interval), Wait + ", or Infinite", (options, v) => options.Interval = Interval(v)),
        (nameof(CostExporterOptions.TimeZone), "an IANA time zone such as UTC or Europe/Berlin", (options, v) => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById(v)),
        (nameof(CostExporterOptions.HourRetention), PositiveSpan, (options, v) => options.HourRetention = Span(v)),
        (nameof(CostExporterOptions.DayRetention), PositiveSpan, (options, v) => options.DayRetention = Span(v)),
        (nameof(CostExporterOptions.MonthRetention), PositiveSpan, (options, v) => options.MonthRetention = Span(v)),
        (nameof(CostExporterOptions.StoreTimeout), Wait, (options, v) => options.StoreTimeout = Span(v)),
        (nameof(CostExporterOptions.ShutdownTimeout), Wait, (options, v) => options.ShutdownTimeout = Span(v)),
        (nameof(CostExporterOptions.KeyPrefix), "letters, digits, '.', '_', '-' and ':'", (options, v) => options.KeyPrefix = v),
        (nameof(CostExporterOptions.Dimensions), $"names separated by commas, of: {SpendDimensions.KeptWords}", (options, v) => options.Dimensions = Words(v).Select(DimensionOf).ToHashSet()),
        (nameof(CostExporterOptions.Tags), "names of at most 16 tags separated by commas, such as plan,region, of letters, digits, '.', '_' and '-'", (options, v) => options.Tags = Words(v)),
        (nameof(CostExporterOptions.Journal), "the path of a folder on a local disk", (options, v) => options.Journal = v),
        (nameof(CostExporterOptions.JournalMaxBytes), "a whole number of bytes, at least 1048576", (options, v) => options.JournalMaxBytes = long.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
        (nameof(CostExporterOptions.Aggregates), "true or false", (options, v) => options.Aggregates = bool.Parse(v)),
        (nameof(CostExporterOptions.LiveSessions), "true or false", (options, v) => options.LiveSessions = bool.Parse(v)),
        (nameof(CostExporterOptions.LedgerGauges), "true or false", (options, v) => options.LedgerGauges = bool.Parse(v)),
        (nameof(CostExporterOptions.LedgerGaugeUsers), "a whole number above 0", (options, v) => options.LedgerGaugeUsers = int.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
    ];

    private static readonly HashSet<string> Known =
        new([.. Settings.Select(setting => setting.Key), nameof(CostExporterOptions.DailyBudgets), RecordsFromConfiguration.Section, MarkupFromConfiguration.Markup, MarkupFromConfiguration.Tracking, PricesFromConfiguration.Section, Budgets, Service, Receiver, OtlpFromConfiguration.Section, .. TrackingDefaults.SettingNames], StringComparer.OrdinalIgnoreCase);

    /// <summary>Registers it once, before whatever sets options in code, so that code wins also when it came first.</summary>
    public static void AddTo(IServiceCollection services)
    {
        if (!services.Any(service => service.ImplementationType == typeof(OptionsFromConfiguration)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<CostExporterOptions>, OptionsFromConfiguration>());
            PricesFromConfiguration.AddTo(services);
            TrackingFromConfiguration.AddTo(services);
        }

        // Trackers that are made with the service provider charge on by the same rules.
        services.TryAddSingleton(static provider => provider.GetRequiredService<IOptions<CostExporterOptions>>().Value.Markup ?? MarkupRules.None);
    }

    public void Configure(CostExporterOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, CostExporterOptions options)
    {
        // The application's own book where it has one, else that of the configuration.
        options.Prices = services.GetService(typeof(PriceBook)) as PriceBook ?? options.Prices;

        // Not used here: a host does not start on settings that its tracked clients would fail on later.
        _ = services.GetService(typeof(TrackingDefaults));
        if (services.GetService(typeof(IConfiguration)) is not IConfiguration configuration)
        {
            return;
        }

        var section = configuration.GetSection(Vocabulary.ConfigurationSection);
        var logger = services.GetService(typeof(ILogger<CostExporterHost>)) as ILogger;
        SettingReader.WarnOfUnknown(section, Known, logger);
        SettingReader.WarnOfUnknown(section.GetSection(PricesFromConfiguration.Section), LivePrices.SettingNames, logger);
        SettingReader.WarnOfUnknown(section.GetSection(RecordsFromConfiguration.Section), RecordsFromConfiguration.SettingNames, logger);
        foreach (var (key, right, set) in Settings)
        {
            Read(section, key, right, v => set(options, v));
        }

        // Those that are there themselves: what is below Records is no list of words.
        foreach (var (key, right, set) in RecordsFromConfiguration.Settings.Where(setting => section[setting.Key] is not null))
        {
            Read(section, key, right, v => set(options.Records, v));
        }

        options.Markup = MarkupFromConfiguration.Read(configuration, section) ?? options.Markup;
        var budgets = section.GetSection(nameof(options.DailyBudgets));
        foreach (var (key, value) in budgets.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null))
        {
            // The path below the section is the budget's key as it is: "user:alice" arrives as two levels.
            Read(budgets, key, "an amount in USD such as 25 or 0.5", v => options.DailyBudgets[key] = decimal.Parse(v, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
        }
    }

    private static void Read(IConfigurationSection section, string key, string right, Action<string> set) =>
        SettingReader.Read<CostExporterOptions>(section, key, right, set);

    private static string[] Words(string value) => value.Split(',', StringSplitOptions.TrimEntries);

    private static SpendDimension DimensionOf(string word) => SpendDimensions.Find(word) ?? throw new FormatException();

    private static TimeSpan Interval(string value) =>
        value.Equals("Infinite", StringComparison.OrdinalIgnoreCase) ? Timeout.InfiniteTimeSpan : Span(value);

    // A bare number would be days, and so would 24 in 24:00:00: nobody who writes that means it.
    internal static TimeSpan Span(string value) =>
        value.Contains(':', StringComparison.Ordinal) && TimeSpan.Parse(value, CultureInfo.InvariantCulture) is var span && (span.Days == 0 || value.Contains('.', StringComparison.Ordinal))
            ? span
            : throw new FormatException();
}
