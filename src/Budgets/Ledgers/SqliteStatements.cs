using Microsoft.Data.Sqlite;

namespace LlmTelemetry.Budgets;

/// <summary>The statements of one connection, each compiled once: a decision runs a dozen of them, and compiling would take most of its time. Used by one call at a time.</summary>
internal sealed class SqliteStatements(SqliteConnection connection)
{
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    /// <param name="text">A statement with parameters <c>$1</c>, <c>$2</c> and so on.</param>
    /// <param name="values">Their values: <c>long</c>, <c>string</c>, bytes or null.</param>
    public void Run(string text, params ReadOnlySpan<object?> values) => Command(text, values).ExecuteNonQuery();

    /// <summary>The first column of the first row; null: there is none.</summary>
    public object? Scalar(string text, params ReadOnlySpan<object?> values) => Command(text, values).ExecuteScalar();

    /// <summary>To be disposed before the same statement is run again.</summary>
    public SqliteDataReader Query(string text, params ReadOnlySpan<object?> values) => Command(text, values).ExecuteReader();

    private SqliteCommand Command(string text, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(text, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = text;
            for (var i = 1; i <= values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter($"${i}", null));
            }

            _commands[text] = command;
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }
}
