using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;

namespace LlmTelemetry.CostExporter;

/// <summary>OpenTelemetry's own settings of exporting logs over OTLP, as its specification names them: those of logs before those of all signals.</summary>
/// <param name="configuration">Where they are looked for first, then the environment; null: only there.</param>
internal sealed class OtelSettings(IConfiguration? configuration)
{
    private const string Disabled = "OTEL_SDK_DISABLED";
    private const string Endpoint = "ENDPOINT";
    private const string Protocol = "PROTOCOL";
    private const string Headers = "HEADERS";
    private const string Timeout = "TIMEOUT";
    private const string OfLogs = "OTEL_EXPORTER_OTLP_LOGS_";
    private const string OfAll = "OTEL_EXPORTER_OTLP_";
    private const string SignalPath = "v1/logs";
    private const string Grpc = "grpc";
    private const string HttpProtobuf = "http/protobuf";
    private const string AProtocol = $"{HttpProtobuf} or {Grpc}";

    private static readonly Uri LocalHttp = new("http://127.0.0.1:4318");
    private static readonly Uri LocalGrpc = new("http://127.0.0.1:4317");
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Those of the environment.</summary>
    public static OtelSettings OfEnvironment { get; } = new(null);

    /// <summary>Whether the whole SDK is switched off, and with it what we would send with it.</summary>
    public bool IsDisabled => string.Equals(Find(Disabled), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where and how events are sent: as the options say, else as these settings do.</summary>
    /// <exception cref="OptionsValidationException">A setting that is needed is wrong; the message names it, its value and what would be right.</exception>
    public OtlpSettings Resolve(UsageEventOtlpOptions options)
    {
        var protocol = options.Protocol ?? Read(Protocol, AProtocol, static word => ParseProtocol(word)) ?? OtlpExportProtocol.HttpProtobuf;
        var isGrpc = protocol == OtlpExportProtocol.Grpc;
        var endpoint = options.Endpoint is { } said ? WithPath(said, isGrpc)
            : Find(OfLogs + Endpoint) is { } logs ? Address(OfLogs + Endpoint, logs)
            : WithPath(Find(OfAll + Endpoint) is { } all ? Address(OfAll + Endpoint, all) : isGrpc ? LocalGrpc : LocalHttp, isGrpc);
        var headers = options.Headers ?? ReadText(Headers, OtlpFromConfiguration.SomeHeaders, OtlpFromConfiguration.AreHeaders);
        var timeout = options.Timeout ?? Read(Timeout, "a whole number of milliseconds above 0", static text => ParseMilliseconds(text)) ?? DefaultTimeout;
        return new OtlpSettings(endpoint, protocol, headers, timeout);
    }

    /// <summary>A protocol's name in OpenTelemetry's settings.</summary>
    public static OtlpExportProtocol? ParseProtocol(string word) => word switch
    {
        HttpProtobuf => OtlpExportProtocol.HttpProtobuf,
        Grpc => OtlpExportProtocol.Grpc,
        _ => null,
    };

    // As the conventions have it, what is empty is not there.
    private string? Find(string name) =>
        configuration?[name]?.Trim() is { Length: > 0 } said ? said
            : Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } variable ? variable
            : null;

    private T? Read<T>(string what, string right, Func<string, T?> parse)
        where T : struct
    {
        foreach (var name in new[] { OfLogs + what, OfAll + what })
        {
            if (Find(name) is { } value)
            {
                return parse(value) ?? throw Wrong(name, $"'{value}' is not right here; it must be {right}.");
            }
        }

        return null;
    }

    private string? ReadText(string what, string right, Func<string, bool> isRight)
    {
        var name = Find(OfLogs + what) is null ? OfAll + what : OfLogs + what;
        return Find(name) is not { } value || isRight(value) ? Find(name) : throw Wrong(name, $"The value (not shown: it may hold a key) is not right here; it must be {right}.");
    }

    private static TimeSpan? ParseMilliseconds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null;

    private static Uri Address(string name, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && OtlpFromConfiguration.IsAddress(address) ? address
            : throw Wrong(name, $"{(value.Contains('@', StringComparison.Ordinal) ? "The value (not shown: it may hold a password)" : $"'{value}'")} is not right here; it must be {OtlpFromConfiguration.AnAddress}.");

    private static Uri WithPath(Uri address, bool isGrpc)
    {
        if (isGrpc || address.AbsolutePath.EndsWith("/" + SignalPath, StringComparison.Ordinal))
        {
            return address;
        }

        var whole = new UriBuilder(address);
        whole.Path = whole.Path.TrimEnd('/') + "/" + SignalPath;
        return whole.Uri;
    }

    private static OptionsValidationException Wrong(string name, string what) => new(name, typeof(UsageEventOtlpOptions), [$"{name}: {what}"]);
}
