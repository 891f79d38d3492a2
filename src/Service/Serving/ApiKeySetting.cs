using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>Reads <c>LlmTelemetry:Service:Keys:NAME</c>: <c>Hash</c>, <c>Scopes</c>, <c>Tenant</c>.</summary>
internal static class ApiKeySetting
{
    public const string Hash = "Hash";
    public const string Scopes = "Scopes";
    public const string Tenant = "Tenant";

    private const int HashBytes = 32;

    /// <exception cref="OptionsValidationException">It is none. A hash is never in the message: it might be the key itself.</exception>
    public static ApiKey Read(IConfigurationSection section, ILogger? logger)
    {
        SettingReader.WarnOfUnknown(section, [Hash, Scopes, Tenant], logger);
        var scopes = ApiScopes.Read;
        SettingReader.Read<ServiceOptions>(section, Scopes, ApiScopeWords.Right, v => scopes = ApiScopeWords.Parse(v));
        var tenant = section[Tenant] is { } said
            ? !string.IsNullOrWhiteSpace(said) ? Attribution.Clean(said)! : throw Wrong(section, Tenant, "It is empty: name the only tenant that the key is for, or leave it out.")
            : null;
        if (tenant is not null && scopes.HasFlag(ApiScopes.Admin))
        {
            throw Wrong(section, Scopes, "A tenant's key cannot have admin: what it changes is of all tenants. Leave one of the two out.");
        }

        return new ApiKey(new ApiCaller(section.Key, scopes, tenant), HashOf(section));
    }

    private static ReadOnlyMemory<byte> HashOf(IConfigurationSection section)
    {
        var bytes = new byte[HashBytes];
        var isRight = section[Hash]?.Trim() is { } text && text.StartsWith(ApiKey.HashPrefix, StringComparison.Ordinal) && text.Length == ApiKey.HashPrefix.Length + (2 * HashBytes)
            && Convert.FromHexString(text.AsSpan(ApiKey.HashPrefix.Length), bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        return isRight ? bytes : throw Wrong(
            section, Hash, $"It must be {ApiKey.HashPrefix} and {2 * HashBytes} hexadecimal digits, as llmtelemetry serve --new-key {section.Key} prints it; never the key itself (what is there is not shown: it may be one).");
    }

    private static OptionsValidationException Wrong(IConfigurationSection section, string key, string what) => SettingReader.Wrong<ServiceOptions>(section, key, what);
}
