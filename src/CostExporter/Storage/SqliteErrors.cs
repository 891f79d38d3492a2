using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LlmTelemetry.CostExporter;

/// <summary>Says what SQLite's error codes mean for the user of a store.</summary>
internal static class SqliteErrors
{
    /// <summary>Whether a connection that failed so is given up, and the next call opens the file anew.</summary>
    public static bool NeedsReopening(SqliteException cause) => cause.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN;

    public static Exception Explain(string store, SqliteException cause) => cause.SqliteErrorCode switch
    {
        raw.SQLITE_NOTADB => new SpendStoreMismatchException($"{store} is not a SQLite database. Name another file."),
        raw.SQLITE_CORRUPT => new SpendStoreMismatchException($"{store} is damaged ({cause.Message}). Move it away, or put a backup in its place."),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new TimeoutException($"{store} is held by another process.", cause),
        raw.SQLITE_READONLY => new IOException($"{store} is read-only: its file and folder must be writable.", cause),
        raw.SQLITE_CANTOPEN => new IOException($"{store} cannot be opened: its folder must exist and be writable.", cause),
        raw.SQLITE_FULL => new IOException($"{store} cannot grow: the disk is full.", cause),
        _ => new IOException($"{store} failed: {cause.Message}", cause),
    };
}
