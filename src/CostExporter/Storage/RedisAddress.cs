using System.Globalization;
using System.Net;

namespace LlmTelemetry.CostExporter;

/// <summary>The part of a Redis address after its scheme: <c>[user:password@]HOST:PORT[/db][,HOST:PORT...][?ca=FILE]</c>.</summary>
/// <param name="Servers">One server, or some nodes of a Cluster.</param>
/// <param name="User">The ACL user; null for the default one.</param>
/// <param name="Password">Null for none. Never printed.</param>
/// <param name="Database">The database's number.</param>
/// <param name="Tls">Whether the connection is encrypted.</param>
/// <param name="CaFile">A PEM file of the authorities whose certificates are trusted; null: those that the system trusts.</param>
internal sealed record RedisAddress(IReadOnlyList<EndPoint> Servers, string? User, string? Password, int Database, bool Tls, string? CaFile = null)
{
    private const string CaOption = "ca=";

    public const int DefaultPort = 6379;
    private const string DefaultUser = "default";

    public static RedisAddress Parse(string text, bool tls)
    {
        // The last @: so a password may hold one that was not written as %40.
        var at = text.LastIndexOf('@');
        var (user, password) = at < 0 ? (null, null) : Credentials(text[..at]);
        var servers = new List<EndPoint>();
        int? database = null;
        var question = text.IndexOf('?', at + 1);
        var ca = question < 0 ? null : CaFileOf(text[(question + 1)..], tls);
        foreach (var entry in text[(at + 1)..(question < 0 ? text.Length : question)].Split(','))
        {
            var slash = entry.IndexOf('/', StringComparison.Ordinal);
            if (slash >= 0 && slash < entry.Length - 1)
            {
                database = database is null ? DatabaseNumber(entry[(slash + 1)..]) : throw new FormatException("The database's number stands once, as in redis://HOST:PORT/1.");
            }

            servers.Add(Server(slash < 0 ? entry : entry[..slash]));
        }

        return new RedisAddress(servers, user, password, database ?? 0, tls, ca);
    }

    /// <summary>The address with its password masked.</summary>
    public override string ToString()
    {
        var credentials = Password is null ? "" : $"{(User is null ? "" : Uri.EscapeDataString(User))}:***@";
        var servers = Servers.Select(Name).ToArray();
        servers[0] += Database == 0 ? "" : $"/{Database}";
        return $"{(Tls ? "rediss" : "redis")}://{credentials}{string.Join(',', servers)}{(CaFile is null ? "" : $"?{CaOption}{Uri.EscapeDataString(CaFile).Replace("%2F", "/", StringComparison.Ordinal)}")}";
    }

    /// <summary>A server as an address writes it.</summary>
    public static string Name(EndPoint server) => server is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : server.ToString() ?? "";

    // Never repeats what it was given: it may be a password.
    private static (string? User, string? Password) Credentials(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new FormatException("Before the @ of a Redis address stand user and password with a colon between them: redis://:PASSWORD@HOST:PORT for the default user.");
        }

        var user = Decode(text[..colon]);
        var password = Decode(text[(colon + 1)..]);
        if (password.Length == 0)
        {
            throw new FormatException("The Redis address has an empty password; leave out everything up to the @ where none is needed.");
        }

        if (user is "" or DefaultUser)
        {
            return (null, password);
        }

#if FULL_FEED
        return (user, password);
#else
        throw new FormatException(
            "This build's Redis client (StackExchange.Redis 1.2.6) can only sign in as the default user: write redis://:PASSWORD@HOST:PORT, " +
            "or use the release build (-p:FullFeed=true) for named ACL users.");
#endif
    }

    private static string CaFileOf(string query, bool tls)
    {
        if (!query.StartsWith(CaOption, StringComparison.Ordinal) || query.Length == CaOption.Length)
        {
            throw new FormatException("Behind the ? of a Redis address stands only ca=FILE, as in rediss://HOST:PORT?ca=FILE: a PEM file of the authority that signed the server's certificate.");
        }

        return tls ? Decode(query[CaOption.Length..]) : throw new FormatException("ca=FILE is for TLS: write rediss://, or leave it out.");
    }

    private static string Decode(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                throw new FormatException("In user, password and file of a Redis address a % starts a code such as %40 for @; write %25 for % itself.");
            }
        }

        return Uri.UnescapeDataString(text);
    }

    private static int DatabaseNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'/{text}' is not a database of Redis: write its number, as in redis://HOST:PORT/1.");

    private static EndPoint Server(string text)
    {
        var bracketed = text is ['[', ..] && text.Contains(']', StringComparison.Ordinal);
        var colon = text.IndexOf(':', bracketed ? text.IndexOf(']', StringComparison.Ordinal) : 0);
        var host = colon < 0 ? text : text[..colon];
        var port = colon < 0 ? DefaultPort : Port(text[(colon + 1)..], text);
        if (bracketed)
        {
            return IPAddress.TryParse(host[1..^1], out var v6) && host[^1] == ']'
                ? new IPEndPoint(v6, port)
                : throw new FormatException($"'{text}' is not a server: write an IPv6 address as [::1]:6379.");
        }

        if (host.Length == 0 || Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw new FormatException($"'{text}' is not a server: write HOST or HOST:PORT.");
        }

        return IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    private static int Port(string text, string server) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            ? port
            : throw new FormatException($"'{server}' has no valid port: write HOST:PORT with a port from 1 to 65535, and an IPv6 address in brackets: [::1]:6379.");
}
