using System.Globalization;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>What one server says of itself: INFO, and of its settings how it writes to disk. Null for what it does not say.</summary>
internal sealed class RedisInfo
{
    public const string AppendFsync = "appendfsync";

    private readonly Dictionary<string, string> _said = new(StringComparer.Ordinal);

    public string? this[string name] => _said.GetValueOrDefault(name);

    public static async Task<RedisInfo> ReadAsync(IServer server)
    {
        var info = new RedisInfo();
        info.Add((await AskAsync(() => server.InfoAsync()).ConfigureAwait(false))?.SelectMany(section => section));
        info.Add(await AskAsync(() => server.ConfigGetAsync(AppendFsync)).ConfigureAwait(false));
        return info;
    }

    public long? Number(string name) => long.TryParse(this[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Add(IEnumerable<KeyValuePair<string, string>>? pairs)
    {
        foreach (var (name, value) in pairs ?? [])
        {
            _said[name] = value;
        }
    }

    private static async Task<T?> AskAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (RedisException)
        {
            // It may not be asked: hosted servers and ACL users are often kept from it.
            return null;
        }
    }
}
