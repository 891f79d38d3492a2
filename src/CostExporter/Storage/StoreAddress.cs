namespace LlmTelemetry.CostExporter;

/// <summary>Where a store is: the one parser for code, configuration, command line and samples. Immutable.</summary>
public sealed class StoreAddress
{
    private const string Memory = ":memory:";

    private const string Forms =
        "Write sqlite:FILE, sqlite::memory:, redis://[user:password@]HOST:PORT[/db][,HOST:PORT...], rediss://...[?ca=FILE] (TLS) or redis:HOST:PORT.";

    private StoreAddress(string text, string? file, RedisAddress? redis)
    {
        Text = text;
        File = file;
        Redis = redis;
    }

    /// <summary>The address, safe to print: a password stands as <c>***</c>.</summary>
    public string Text { get; }

    /// <summary>The SQLite file, as given; null for Redis and for <c>sqlite::memory:</c>.</summary>
    public string? File { get; }

    /// <summary>Where that is, for people: a file with its full path.</summary>
    internal string Place => File is null ? Text : "sqlite:" + Path.GetFullPath(File);

    /// <summary>The servers; null for SQLite.</summary>
    internal RedisAddress? Redis { get; }

    /// <summary>Parses an address; see <see cref="CostExporterOptions.Store"/> for the forms.</summary>
    /// <exception cref="FormatException">It is none of them; the message says what would be right, and never repeats a password.</exception>
    public static StoreAddress Parse(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var text = address.Trim();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon < 0 ? "" : text[..colon].ToLowerInvariant();
        var rest = text[(colon + 1)..];
        return scheme switch
        {
            "sqlite" => Sqlite(rest),
            "redis" or "rediss" => InRedis(scheme, rest),
            "http" or "https" => throw new FormatException(
                $"A store cannot be reached over {scheme}: a hosted Redis with a REST address (Upstash and others) also has a rediss:// address; use that one."),
            _ => throw new FormatException($"The store address has none of the known schemes. {Forms} For a file, put sqlite: before its name."),
        };
    }

    /// <summary>The address, safe to print: a password stands as <c>***</c>.</summary>
    public override string ToString() => Text;

    private static StoreAddress Sqlite(string rest)
    {
        if (rest.Length == 0)
        {
            throw new FormatException($"The store address names no file. {Forms}");
        }

        if (rest.StartsWith("//", StringComparison.Ordinal) && !rest.StartsWith("///", StringComparison.Ordinal))
        {
            throw new FormatException($"A SQLite store has no host: write sqlite:{rest[2..]} for a file in the current folder, sqlite:/{rest[2..]} for a full path.");
        }

        if (rest.Contains('\0', StringComparison.Ordinal))
        {
            throw new FormatException("A file name cannot hold a NUL character.");
        }

        return new StoreAddress("sqlite:" + rest, rest == Memory ? null : rest, redis: null);
    }

    private static StoreAddress InRedis(string scheme, string rest)
    {
        // redis:HOST:PORT is the short form; rediss has none, so that nobody reads it as a host named "s".
        var full = rest.StartsWith("//", StringComparison.Ordinal);
        if (!full && scheme == "rediss")
        {
            throw new FormatException($"Write rediss://HOST:PORT. {Forms}");
        }

        var redis = RedisAddress.Parse(full ? rest[2..] : rest, tls: scheme == "rediss");
        return new StoreAddress(redis.ToString(), file: null, redis);
    }
}
