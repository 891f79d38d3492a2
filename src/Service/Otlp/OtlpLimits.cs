using System.Globalization;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>What a request may be. Read from <c>LlmTelemetry:Receiver</c> when the service starts.</summary>
internal sealed record OtlpLimits
{
    /// <summary>The section's name within that of the exporter.</summary>
    public const string Section = OptionsFromConfiguration.Receiver;

    /// <summary>What compresses better than it may is not refused below this.</summary>
    public const int RatioFloor = 1 << 20;

    private static readonly (string Key, string Right, Func<OtlpLimits, string, OtlpLimits> Set)[] Settings =
    [
        (nameof(MaxRequestBytes), "a whole number of bytes from 1024 to 268435456", (limits, v) => limits with { MaxRequestBytes = Whole(v, 1 << 10, 256 << 20) }),
        (nameof(MaxDecompressedBytes), "a whole number of bytes from 1024 to 268435456", (limits, v) => limits with { MaxDecompressedBytes = Whole(v, 1 << 10, 256 << 20) }),
        (nameof(MaxDecompressionRatio), "a whole number from 1 to 1100", (limits, v) => limits with { MaxDecompressionRatio = Whole(v, 1, 1100) }),
        (nameof(MaxDepth), "a whole number from 12 to 1000", (limits, v) => limits with { MaxDepth = Whole(v, 12, 1000) }),
        (nameof(MaxItems), "a whole number from 1 to 10000000", (limits, v) => limits with { MaxItems = Whole(v, 1, 10_000_000) }),
        (nameof(MaxAttributes), "a whole number from 1 to 100000", (limits, v) => limits with { MaxAttributes = Whole(v, 1, 100_000) }),
        (nameof(MaxAttributeBytes), "a whole number of bytes from 256 to 1048576", (limits, v) => limits with { MaxAttributeBytes = Whole(v, 256, 1 << 20) }),
        (nameof(MaxConcurrentBytes), "a whole number of bytes from 1048576 to 1099511627776", (limits, v) => limits with { MaxConcurrentBytes = Whole(v, 1L << 20, 1L << 40) }),
    ];

    /// <summary>The body as it is sent.</summary>
    public int MaxRequestBytes { get; init; } = 16 << 20;

    /// <summary>The body without its compression, and what is made of JSON.</summary>
    public int MaxDecompressedBytes { get; init; } = 64 << 20;

    /// <summary>How many times larger a body of more than 1 MiB may be without its compression.</summary>
    public int MaxDecompressionRatio { get; init; } = 100;

    /// <summary>How deep JSON may be nested; the deepest that has a meaning here is 12.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>How many data points, log records or spans one request may have.</summary>
    public int MaxItems { get; init; } = 200_000;

    /// <summary>How many attributes one of them may have; one with more is rejected, the others are not.</summary>
    public int MaxAttributes { get; init; } = 1_000;

    /// <summary>How many bytes of an attribute's text are read; the rest is not kept.</summary>
    public int MaxAttributeBytes { get; init; } = 4_096;

    /// <summary>How much memory all requests together may take, from their first byte to their answer; what comes when it is taken is to be sent again.</summary>
    public long MaxConcurrentBytes { get; init; } = 512L << 20;

    private static IEnumerable<string> SettingNames => Settings.Select(setting => setting.Key);

    /// <param name="configuration">All of it.</param>
    /// <param name="logger">Told of names that are no setting.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is wrong.</exception>
    public static OtlpLimits Read(IConfiguration configuration, ILogger? logger = null)
    {
        var section = configuration.GetSection(Vocabulary.ConfigurationSection).GetSection(Section);
        SettingReader.WarnOfUnknown(section, SettingNames, logger);
        var limits = new OtlpLimits();
        foreach (var (key, right, set) in Settings)
        {
            SettingReader.Read<OtlpLimits>(section, key, right, v => limits = set(limits, v));
        }

        return limits;
    }

    private static int Whole(string value, int least, int most) => (int)Whole(value, least, (long)most);

    private static long Whole(string value, long least, long most) =>
        long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) is var number && number >= least && number <= most ? number : throw new FormatException();
}
