using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Says what an operator should know of a SQLite file.</summary>
internal static class SqliteStatus
{
    // A log is written into the file every 4 MB, as soon as nobody reads what was before it.
    private const long LargeLog = 256L << 20;

    // Freed pages are used again; a file that is mostly they shrinks only when it is written anew.
    private const long LargeWaste = 64L << 20;

    /// <summary>See <see cref="ISpendStore.StatusAsync"/>.</summary>
    public static StoreStatus? Read(SqliteSession session, string? path)
    {
        var pageSize = Number(session, "PRAGMA page_size");
        var bytes = pageSize * Number(session, "PRAGMA page_count");
        var free = pageSize * Number(session, "PRAGMA freelist_count");
        var log = path is null ? 0 : new FileInfo(path + "-wal") is { Exists: true } file ? file.Length : 0;
        var concerns = new List<string>();
        if (path is null)
        {
            concerns.Add("It is in memory: it ends with the process. Name a file to keep it.");
        }
        else if (Text(session, "PRAGMA journal_mode") is var mode and not "wal")
        {
            concerns.Add($"Its journal mode is '{mode}', so that readers and writers wait for each other: open it once with an exporter, which sets WAL, on a local disk.");
        }

        if (log > LargeLog)
        {
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"Its log {path}-wal has grown to {log >> 20} MiB: something has been reading it for long. End that reader."));
        }

        if (free > LargeWaste && free > bytes / 2)
        {
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"{free >> 20} of its {bytes >> 20} MiB are free: they are used again; to give them back stop the exporters and run VACUUM on {path}."));
        }

        return new StoreStatus(
            "SQLite " + session.Connection.ServerVersion, Clock: null, session.Setting(StoreIdentity.SchemaName), session.Setting(StoreIdentity.TimeZoneName), bytes + log, concerns);
    }

    private static long Number(SqliteSession session, string text) => Convert.ToInt64(Value(session, text), CultureInfo.InvariantCulture);

    private static string? Text(SqliteSession session, string text) => Convert.ToString(Value(session, text), CultureInfo.InvariantCulture);

    private static object? Value(SqliteSession session, string text)
    {
        using var command = session.Command(text);
        return command.ExecuteScalar();
    }
}
