using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Which form of telemetry is booked of a source's hours. See <see cref="IReceiptStore.ClaimAsync"/>.</summary>
internal static class SqliteClaims
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(11);

    // As in Redis: ten days, and some that a sender whose clock is wrong may add.
    private const int HoursKept = 256;

    public static UsageSourceKind Claim(SqliteSession session, string source, long hour, UsageSourceKind kind, DateTimeOffset now)
    {
        using var transaction = session.Connection.BeginTransaction();
        var (booked, sent) = Find(session, source, hour, "hour = $hour") ?? Decide(session, source, hour, kind);
        if (!sent.Contains(Digit(kind), StringComparison.Ordinal))
        {
            sent += Digit(kind);
        }

        Write(session, source, hour, booked, sent, now);
        transaction.Commit();
        return booked;
    }

    private static (UsageSourceKind Booked, string Sent) Decide(SqliteSession session, string source, long hour, UsageSourceKind kind)
    {
        // The earliest go, whenever they were claimed: what is that old is not booked any more.
        using var drop = session.Command(
            "DELETE FROM received_hours WHERE source = $source AND hour IN (SELECT hour FROM received_hours WHERE source = $source ORDER BY hour DESC LIMIT -1 OFFSET $kept)", "$source", "$kept");
        drop.Parameters[0].Value = source;
        drop.Parameters[1].Value = HoursKept - 1;

        // Decided before: what goes may be what it is decided by.
        var before = Find(session, source, hour, "hour < $hour ORDER BY hour DESC LIMIT 1");
        drop.ExecuteNonQuery();
        var best = before is { Sent: var sent } ? sent.Min(digit => digit - '0') : (int)kind;
        return ((UsageSourceKind)Math.Min(best, (int)kind), "");
    }

    private static (UsageSourceKind Booked, string Sent)? Find(SqliteSession session, string source, long hour, string which)
    {
        using var find = session.Command($"SELECT booked, sent FROM received_hours WHERE source = $source AND {which}", "$source", "$hour");
        find.Parameters[0].Value = source;
        find.Parameters[1].Value = hour;
        using var found = find.ExecuteReader();
        return found.Read() ? ((UsageSourceKind)found.GetInt32(0), found.GetString(1)) : null;
    }

    private static void Write(SqliteSession session, string source, long hour, UsageSourceKind booked, string sent, DateTimeOffset now)
    {
        using var write = session.Command(
            "INSERT OR REPLACE INTO received_hours (source, hour, booked, sent, asked) VALUES ($source, $hour, $booked, $sent, $asked)",
            "$source", "$hour", "$booked", "$sent", "$asked");
        write.Parameters[0].Value = source;
        write.Parameters[1].Value = hour;
        write.Parameters[2].Value = (int)booked;
        write.Parameters[3].Value = sent;
        write.Parameters[4].Value = now.ToUnixTimeSeconds();
        write.ExecuteNonQuery();
    }

    private static string Digit(UsageSourceKind kind) => ((int)kind).ToString(CultureInfo.InvariantCulture);
}
