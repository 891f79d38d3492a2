using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LlmTelemetry.CostExporter;

/// <summary>Whether the file at a store's path is the one that a connection has open. Never opens that file: closing it would give up SQLite's locks on it.</summary>
internal sealed class SqliteFile(string path)
{
    private const int HasMovedControl = 20; // SQLITE_FCNTL_HAS_MOVED

    // Two random numbers in it change with every new log.
    private const int LogHeaderLength = 32;

    private readonly string _log = path + "-wal";
    private byte[] _lastLog = [];

    /// <summary>
    /// Whether it is another one now, or none: the file was deleted, moved away or replaced. SQLite compares the file's identity, at the price of one look
    /// at the folder. On Windows an open file stays where it is.
    /// </summary>
    public static bool HasMoved(SqliteConnection connection) =>
        FileControl(connection.Handle!, "main", HasMovedControl, out var moved) == raw.SQLITE_OK && moved != 0;

    /// <summary>Keeps in mind which log the file that is open has.</summary>
    public void Remember() => _lastLog = ReadLogHeader() is { Length: > 0 } header ? header : _lastLog;

    /// <summary>
    /// Makes sure that the file which is there now is not opened with the log of the one that was: SQLite would put the old pages into the new file.
    /// </summary>
    /// <exception cref="IOException">It has that log.</exception>
    public void CheckLog(string store)
    {
        if (new FileInfo(path) is { Exists: true, Length: > 0 } && ReadLogHeader() is { Length: > 0 } log && log.AsSpan().SequenceEqual(_lastLog))
        {
            throw new IOException(
                $"{store} was replaced while it was open, and {_log} is still the log of the file that was there before. Stop the processes that use it, delete that log and {path}-shm, and start them again. "
                + "What is recorded meanwhile is kept and sent then.");
        }
    }

    private byte[] ReadLogHeader()
    {
        try
        {
            using var log = new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var header = new byte[LogHeaderLength];
            return header[..log.ReadAtLeast(header, LogHeaderLength, throwOnEndOfStream: false)];
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return []; // There is none.
        }
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int FileControl(sqlite3 connection, [MarshalAs(UnmanagedType.LPUTF8Str)] string database, int control, out int value);
}
