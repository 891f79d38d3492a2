using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the options of sending usage events from their section of the configuration, as <see cref="OptionsFromConfiguration"/> does those of the exporter.</summary>
internal sealed class OtlpFromConfiguration(IServiceProvider services) : IConfigureNamedOptions<UsageEventOtlpOptions>
{
    public const string Section = "Otlp";
    public const string AnAddress = "an address such as http://127.0.0.1:4318 or https://collector.example:4318";
    public const string SomeHeaders = "name=value, with commas between several, such as X-Api-Key=KEY";

    private const string WholeNumber = "a whole number above 0";
    private const string Wait = "a positive time span of at most 24 days such as 00:00:10 (hours:minutes:seconds)";

    private static readonly (string Key, string Right, Action<UsageEventOtlpOptions, string> Set)[] Settings =
    [
        (nameof(UsageEventOtlpOptions.Endpoint), AnAddress, (options, v) => options.Endpoint = new Uri(v, UriKind.Absolute)),
        (nameof(UsageEventOtlpOptions.Protocol), "http/protobuf or grpc", (options, v) => options.Protocol = OtelSettings.ParseProtocol(v) ?? throw new FormatException()),
        (nameof(UsageEventOtlpOptions.Timeout), Wait, (options, v) => options.Timeout = OptionsFromConfiguration.Span(v)),
        (nameof(UsageEventOtlpOptions.QueueSize), WholeNumber, (options, v) => options.QueueSize = int.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
        (nameof(UsageEventOtlpOptions.BatchSize), WholeNumber, (options, v) => options.BatchSize = int.Parse(v, NumberStyles.None, CultureInfo.InvariantCulture)),
        (nameof(UsageEventOtlpOptions.Interval), Wait, (options, v) => options.Interval = OptionsFromConfiguration.Span(v)),
        (nameof(UsageEventOtlpOptions.ShutdownTimeout), Wait, (options, v) => options.ShutdownTimeout = OptionsFromConfiguration.Span(v)),
    ];

    private static readonly string[] Known = [.. Settings.Select(setting => setting.Key), nameof(UsageEventOtlpOptions.Headers)];

    /// <summary>Registers it once, before whatever sets options in code, so that code wins also when it came first.</summary>
    public static void AddTo(IServiceCollection services)
    {
        if (!services.Any(service => service.ImplementationType == typeof(OtlpFromConfiguration)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<UsageEventOtlpOptions>, OtlpFromConfiguration>());
        }
    }

    /// <summary>Whether OTLP can be sent there.</summary>
    public static bool IsAddress(Uri address) => address.IsAbsoluteUri && address.Scheme is "http" or "https" && address.Host.Length > 0;

    /// <summary>Whether it is of the form that OpenTelemetry has for headers.</summary>
    public static bool AreHeaders(string text) =>
        text.Split(',').All(header => header.IndexOf('=', StringComparison.Ordinal) is var at && at > 0 && IsName(header[..at].Trim()));

    public void Configure(UsageEventOtlpOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, UsageEventOtlpOptions options)
    {
        if (services.GetService(typeof(IConfiguration)) is not IConfiguration configuration)
        {
            return;
        }

        options.Otel = new OtelSettings(configuration);
        var section = configuration.GetSection(Vocabulary.ConfigurationSection).GetSection(Section);
        SettingReader.WarnOfUnknown(section, Known, services.GetService(typeof(ILogger<UsageEventOtlp>)) as ILogger);
        foreach (var (key, right, set) in Settings)
        {
            SettingReader.Read<UsageEventOtlpOptions>(section, key, right, v => set(options, v));
        }

        if (section[nameof(options.Headers)] is { Length: > 0 } headers)
        {
            // Not by the reader of settings: it would show a key that is written wrongly.
            options.Headers = AreHeaders(headers) ? headers
                : throw SettingReader.Wrong<UsageEventOtlpOptions>(section, nameof(options.Headers), $"The value (not shown: it may hold a key) is not right here; it must be {SomeHeaders}.");
        }
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
