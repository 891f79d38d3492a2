using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>An open, checked connection to a store's file.</summary>
internal sealed class SqliteSession : IDisposable
{
    // The provider must be chosen once before the first connection; doing it again is harmless.
    static SqliteSession() => SQLitePCL.Batteries_V2.Init();

    // Of files only.
    private readonly SqliteFile? _file;
    private long _dataVersion;

    private SqliteSession(SqliteConnection connection, string? path)
    {
        Connection = connection;
        _file = path is null ? null : new SqliteFile(path);
        _dataVersion = DataVersion();
    }

    public SqliteConnection Connection { get; }

    /// <summary>When rows past their retention are deleted next.</summary>
    public DateTimeOffset NextPurge { get; set; } = DateTimeOffset.MinValue;

    public static SqliteSession Open(string? path, string name, StoreSettings settings) => Open(
        path,
        settings,
        connection =>
        {
            if (settings.ReadOnly)
            {
                Check(connection, name, settings);
            }
            else
            {
                Prepare(connection, name, settings);
            }
        });

    /// <summary>Opens a file of any kind.</summary>
    /// <param name="path">The file; null: memory.</param>
    /// <param name="settings">How long to wait for other processes, and whether to make the file.</param>
    /// <param name="prepare">Makes sure that it is what it should be, or makes it so.</param>
    public static SqliteSession Open(string? path, StoreSettings settings, Action<SqliteConnection> prepare)
    {
        var address = new SqliteConnectionStringBuilder
        {
            DataSource = path ?? ":memory:",
            Mode = settings.ReadOnly ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)settings.Timeout.TotalSeconds),
        };
        var connection = new SqliteConnection(address.ToString());
        try
        {
            connection.Open();

            // SQLite's own waiting looks again within milliseconds; its client's alone, every 150 ms, would leave a busy file to whoever has it.
            Run(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(int)Math.Min(settings.Timeout.TotalMilliseconds, int.MaxValue)}"));
            prepare(connection);
            return new SqliteSession(connection, path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public SqliteCommand Command(string text, params ReadOnlySpan<string> parameters)
    {
        var command = Connection.CreateCommand();
        command.CommandText = text;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter(parameter, null));
        }

        return command;
    }

    /// <summary>Whether the file that this connection has open is not the one at its path any more.</summary>
    public bool HasMoved => _file is not null && SqliteFile.HasMoved(Connection);

    /// <summary>To call before work: what others did to the file since may have made it one that this version must not write to.</summary>
    public void CheckIdentity(string name, StoreSettings settings)
    {
        if (DataVersion() is var version && version != _dataVersion)
        {
            Check(Connection, name, settings);
            _dataVersion = version;
        }
    }

    /// <summary>To call after work, which may have begun a new log.</summary>
    public void RememberLog() => _file?.Remember();

    /// <exception cref="IOException">What is at the path now must not be opened.</exception>
    public void CheckLog(string name) => _file?.CheckLog(name);

    public void Dispose() => Connection.Dispose();

    private static void Prepare(SqliteConnection connection, string name, StoreSettings settings)
    {
        // Every committed batch survives a power cut, not only the end of the process.
        Run(connection, "PRAGMA synchronous = FULL");

        // A log that grew while somebody read for long is cut when it is begun again.
        Run(connection, "PRAGMA journal_size_limit = 67108864");

        using (var transaction = connection.BeginTransaction())
        {
            if (Run(connection, "SELECT count(*) FROM sqlite_master") is 0L)
            {
                Create(connection, settings.TimeZone);
            }

            // The zone first: a file that is refused stays as it is.
            Check(connection, name, settings with { ReadOnly = true });
            Run(connection, StoreScript.Read("sums.sql"));
            if (Setting(connection, StoreIdentity.SchemaName) == StoreIdentity.EarlierSchema)
            {
                SqliteUpgrade.Run(new SqliteSession(connection, path: null));
            }

            Run(connection, StoreScript.Read("sessions.sql"));
            Run(connection, StoreScript.Read("figures.sql"));
            Run(connection, StoreScript.Read("received.sql"));
            foreach (var (what, said) in StoreIdentity.KeepsNames.Zip(StoreIdentity.Said(settings.Keeps)))
            {
                Run(connection, "INSERT OR REPLACE INTO settings (name, value) VALUES ($name, $value)", ("$name", what), ("$value", said));
            }

            transaction.Commit();
        }

        // Readers in other processes then do not wait for a writer, nor it for them. Kept in the file: so only now that it is known to be ours.
        if (Run(connection, "PRAGMA journal_mode") is "delete")
        {
            Run(connection, "PRAGMA journal_mode = WAL");
        }
    }

    private static void Check(SqliteConnection connection, string name, StoreSettings settings)
    {
        if (Run(connection, "SELECT count(*) FROM sqlite_master WHERE name IN ('settings', 'spend')") is not 2L)
        {
            throw new SpendStoreMismatchException($"{name} is a SQLite database of something else. Name another file.");
        }

        StoreIdentity.Check(name, Setting(connection, StoreIdentity.SchemaName), Setting(connection, StoreIdentity.TimeZoneName), settings.TimeZone, settings.ReadOnly);
    }

    private static void Create(SqliteConnection connection, TimeZoneInfo timeZone)
    {
        Run(connection, StoreScript.Read("schema.sql"));
        const string Insert = "INSERT INTO settings (name, value) VALUES ($name, $value)";
        Run(connection, Insert, ("$name", StoreIdentity.SchemaName), ("$value", StoreIdentity.Schema));
        Run(connection, Insert, ("$name", StoreIdentity.TimeZoneName), ("$value", timeZone.Id));
    }

    /// <summary>What the store's settings say; null where they do not.</summary>
    public string? Setting(string name) => Setting(Connection, name) is { Length: > 0 } value ? value : null;

    // Changes when another connection has changed the file.
    private long DataVersion() => Convert.ToInt64(Run(Connection, "PRAGMA data_version"), CultureInfo.InvariantCulture);

    private static string? Setting(SqliteConnection connection, string name) =>
        Convert.ToString(Run(connection, "SELECT value FROM settings WHERE name = $name", ("$name", name)), CultureInfo.InvariantCulture);

    private static object? Run(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteScalar();
    }
}
