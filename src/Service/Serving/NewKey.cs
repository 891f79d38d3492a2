using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Prints a key once: only its hash is kept anywhere.</summary>
internal static class NewKey
{
    /// <exception cref="FormatException">A name, a scope or a tenant is none.</exception>
    public static async Task<int> PrintAsync(TextWriter output, string name, string? scopes, string? tenant)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new FormatException($"'{name}' is no name of a key: at most 64 letters, digits, '_' and '-', such as collector or grafana.");
        }

        var may = ApiScopeWords.Parse(scopes ?? ApiScopeWords.Text(ApiScopes.Read));
        if (tenant is not null && (string.IsNullOrWhiteSpace(tenant) || Attribution.Clean(tenant) != tenant))
        {
            throw new FormatException($"'{tenant}' is no tenant as it would be kept.");
        }

        if (tenant is not null && may.HasFlag(ApiScopes.Admin))
        {
            throw new FormatException("A tenant's key cannot have admin: what it changes is of all tenants.");
        }

        var (key, hash) = ApiKey.New();
        var setting = $"{Vocabulary.ConfigurationSection}__Service__Keys__{name}__";
        await output.WriteAsync(
            $"""
            {key}

            This key is shown once; what is kept of it is its hash. Send it as Authorization: Bearer KEY or X-Api-Key: KEY.
            Settings of the service for it (in a file: LlmTelemetry:Service:Keys:{name}):
            {setting}{ApiKeySetting.Hash}={hash}
            {setting}{ApiKeySetting.Scopes}={ApiScopeWords.Text(may)}{(tenant is null ? "" : $"\n{setting}{ApiKeySetting.Tenant}={tenant}")}

            """).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
