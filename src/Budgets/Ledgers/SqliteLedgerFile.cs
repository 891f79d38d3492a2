using LlmTelemetry.CostExporter;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.Budgets;

/// <summary>Opens the budgets' file, or makes it. One that is not of this version's kind is refused and stays as it is.</summary>
internal static class SqliteLedgerFile
{
    /// <summary>Goes up when what is kept changes in a way that older versions cannot read, or must not write any more.</summary>
    public const string Schema = "1";

    public const string ReadSchema = "SELECT value FROM settings WHERE name = 'schema'";

    /// <param name="path">The file.</param>
    /// <param name="name">It, as messages name it.</param>
    /// <param name="settings">The time limit.</param>
    public static SqliteLedgerRows Open(string path, string name, StoreSettings settings) => new(SqliteSession.Open(path, settings, connection => Prepare(connection, name)));

    /// <exception cref="SpendStoreMismatchException">A newer version wrote it, or took it over.</exception>
    public static void Check(string name, object? schema)
    {
        if (schema is not Schema)
        {
            throw new SpendStoreMismatchException($"{name} is of schema '{schema}', this version of LlmTelemetry reads schema '{Schema}'. Use the version that wrote it, or name another file.");
        }
    }

    private static void Prepare(SqliteConnection connection, string name)
    {
        // A killed process loses nothing. After a power cut the last moments before it may be missing, as of Redis with AOF every second: to wait for the disk
        // twice in every call would cost more than that is worth. The file stays whole either way.
        Run(connection, "PRAGMA synchronous = NORMAL");
        Run(connection, "PRAGMA journal_size_limit = 67108864");
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            if (Run(connection, "SELECT count(*) FROM sqlite_master") is 0L)
            {
                Run(connection, Script());
                Run(connection, $"INSERT INTO settings (name, value) VALUES ('schema', '{Schema}')");
            }
            else if (Run(connection, "SELECT count(*) FROM sqlite_master WHERE name IN ('settings', 'counters', 'holds')") is not 3L)
            {
                throw new SpendStoreMismatchException($"{name} is a SQLite database of something else. Name another file.");
            }

            Check(name, Run(connection, ReadSchema));
            transaction.Commit();
        }

        // Kept in the file: so only now that it is known to be ours.
        if (Run(connection, "PRAGMA journal_mode") is "delete")
        {
            Run(connection, "PRAGMA journal_mode = WAL");
        }
    }

    private static object? Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }

    private static string Script()
    {
        using var stream = typeof(SqliteLedgerFile).Assembly.GetManifestResourceStream("LlmTelemetry.Budgets.Ledgers.budgets.sql")
            ?? throw new InvalidOperationException("The assembly does not carry budgets.sql.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
