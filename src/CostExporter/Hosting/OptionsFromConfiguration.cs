using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
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
    private const string PositiveSpan = "a positive time span such as 00:00:10 (hours:minutes:seconds) or 400.00:00:00 (days)";

    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        nameof(CostExporterOptions.Store), nameof(CostExporterOptions.Interval), nameof(CostExporterOptions.TimeZone), nameof(CostExporterOptions.HourRetention),
        nameof(CostExporterOptions.DayRetention), nameof(CostExporterOptions.MonthRetention), nameof(CostExporterOptions.StoreTimeout),
        nameof(CostExporterOptions.ShutdownTimeout), nameof(CostExporterOptions.KeyPrefix), nameof(CostExporterOptions.LedgerGauges),
        nameof(CostExporterOptions.LedgerGaugeUsers), nameof(CostExporterOptions.DailyBudgets),
    };

    /// <summary>Registers it once, before whatever sets options in code, so that code wins also when it came first.</summary>
    public static void AddTo(IServiceCollection services)
    {
        if (!services.Any(service => service.ImplementationType == typeof(OptionsFromConfiguration)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<CostExporterOptions>, OptionsFromConfiguration>());
        }
    }

    public void Configure(CostExporterOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, CostExporterOptions options)
    {
        if (services.GetService(typeof(IConfiguration)) is not IConfiguration configuration)
        {
            return;
        }

        var section = configuration.GetSection(Vocabulary.ConfigurationSection);
        WarnOfUnknown(section);
        Read(section, nameof(options.Store), "", v => options.Store = v);
        Read(section, nameof(options.Interval), Wait + ", or Infinite", v => options.Interval = Interval(v));
        Read(section, nameof(options.TimeZone), "an IANA time zone such as UTC or Europe/Berlin", v => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById(v));
        Read(section, nameof(options.HourRetention), PositiveSpan, v => options.HourRetention = Span(v));
        Read(section, nameof(options.DayRetention), PositiveSpan, v => options.DayRetention = Span(v));
        Read(section, nameof(options.MonthRetention), PositiveSpan, v => options.MonthRetention = Span(v));
        Read(section, nameof(options.StoreTimeout), Wait, v => options.StoreTimeout = Span(v));
        Read(section, nameof(options.ShutdownTimeout), Wait, v => options.ShutdownTimeout = Span(v));
        Read(section, nameof(options.KeyPrefix), "letters, digits, '.', '_', '-' and ':'", v => options.KeyPrefix = v);
        Read(section, nameof(options.LedgerGauges), "true or false", v => options.LedgerGauges = bool.Parse(v));
        Read(section, nameof(options.LedgerGaugeUsers), "a whole number above 0", v => options.LedgerGaugeUsers = int.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture));

        var budgets = section.GetSection(nameof(options.DailyBudgets));
        foreach (var (key, value) in budgets.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null))
        {
            // The path below the section is the budget's key as it is: "user:alice" arrives as two levels.
            Read(budgets, key, "an amount in USD such as 25 or 0.5", v => options.DailyBudgets[key] = decimal.Parse(v, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
        }
    }

    // Not an error: a newer version may know it. But a misspelt Store would book spend elsewhere in silence.
    private void WarnOfUnknown(IConfigurationSection section)
    {
        foreach (var child in section.GetChildren().Where(child => !Known.Contains(child.Key)))
        {
            (services.GetService(typeof(ILogger<CostExporterHost>)) as ILogger)?.LogWarning(
                "{Setting} is not a setting and is ignored. Known are: {Known}.", child.Path, string.Join(", ", Known));
        }
    }

    private static void Read(IConfigurationSection section, string key, string right, Action<string> set)
    {
        if (section[key] is not { } value)
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
            var what = right.Length == 0 ? $"{shown} is not right here. {cause.Message}" : $"{shown} is not right here; it must be {right}.";
            throw new OptionsValidationException(section.Path, typeof(CostExporterOptions), [$"{section.Path}:{key}: {what}"]);
        }
    }

    private static TimeSpan Interval(string value) =>
        value.Equals("Infinite", StringComparison.OrdinalIgnoreCase) ? Timeout.InfiniteTimeSpan : Span(value);

    // A bare number would be days: nobody who writes 10 means that.
    private static TimeSpan Span(string value) => value.Contains(':', StringComparison.Ordinal)
        ? TimeSpan.Parse(value, CultureInfo.InvariantCulture)
        : throw new FormatException();
}
