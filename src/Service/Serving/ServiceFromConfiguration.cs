using System.Globalization;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>Reads the settings of a running service. By hand, as the exporter's are, and for the same reasons.</summary>
internal static class ServiceFromConfiguration
{
    /// <summary>Where they stand.</summary>
    public const string Section = Vocabulary.ConfigurationSection + ":" + OptionsFromConfiguration.Service;

    private const string AboveZero = "a whole number above 0";
    private const string Text = "text";
    private const string Json = "json";

    private static readonly (string Key, string Right, Action<ServiceOptions, string> Set)[] Settings =
    [
        (nameof(ServiceOptions.Urls), "", (options, v) => options.Urls = ListenAddresses.Checked(v)),
        ("LogFormat", $"{Text} or {Json}", (options, v) => options.JsonLogs = v switch { Text => false, Json => true, _ => throw new FormatException() }),
        (nameof(ServiceOptions.RequestsPerSecond), AboveZero, (options, v) => options.RequestsPerSecond = Int(v)),
        (nameof(ServiceOptions.FailedKeysPerMinute), AboveZero, (options, v) => options.FailedKeysPerMinute = Int(v)),
    ];

    private static readonly string[] Known = [.. Settings.Select(setting => setting.Key), nameof(ServiceOptions.Keys)];

    /// <exception cref="OptionsValidationException">A setting is wrong; the message names it, its value (never a key's hash) and what would be right.</exception>
    public static ServiceOptions Read(IConfiguration configuration, ILogger? logger = null)
    {
        var section = configuration.GetSection(Section);
        SettingReader.WarnOfUnknown(section, Known, logger);
        var options = new ServiceOptions();
        foreach (var (key, right, set) in Settings)
        {
            SettingReader.Read<ServiceOptions>(section, key, right, v => set(options, v));
        }

        foreach (var key in section.GetSection(nameof(ServiceOptions.Keys)).GetChildren())
        {
            var read = ApiKeySetting.Read(key, logger);
            if (options.Keys.FirstOrDefault(known => known.Hash.Span.SequenceEqual(read.Hash.Span)) is { } same)
            {
                // Who calls with it, and what that key may do, would be a matter of their order.
                throw SettingReader.Wrong<ServiceOptions>(key, ApiKeySetting.Hash, $"It is also that of {same.Caller.Name}: each key has a name of its own.");
            }

            options.Keys.Add(read);
        }

        return options;
    }

    private static int Int(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
}
