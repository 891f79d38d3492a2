using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds to rows inside a transaction, with statements prepared once for all rows of a batch.</summary>
internal sealed class SqliteRowWriter(SqliteSession session) : IDisposable
{
    // Ids are looked up anew in each transaction: another process may have deleted a key with its last row since.
    private readonly SqliteCommand _findKey = session.Command("SELECT id FROM keys WHERE text = $text", "$text");
    private readonly SqliteCommand _addKey = session.Command("INSERT INTO keys (text) VALUES ($text) RETURNING id", "$text");

    private readonly SqliteCommand _read = session.Command(
        "SELECT measures FROM spend WHERE grain = $grain AND period = $period AND key = $key", "$grain", "$period", "$key");

    private readonly SqliteCommand _write = session.Command(
        "INSERT OR REPLACE INTO spend (grain, period, key, measures) VALUES ($grain, $period, $key, $measures)", "$grain", "$period", "$key", "$measures");

    /// <param name="text">The key as text.</param>
    public long KeyId(string text)
    {
        _findKey.Parameters[0].Value = text;
        if (_findKey.ExecuteScalar() is long id)
        {
            return id;
        }

        _addKey.Parameters[0].Value = text;
        return (long)_addKey.ExecuteScalar()!;
    }

    public void Add(SpendGrain grain, DateTimeOffset period, long key, SpendMeasures measures)
    {
        Name(_read, grain, period, key);
        Name(_write, grain, period, key);
        _write.Parameters[3].Value = PackedMeasures.PackSum(_read.ExecuteScalar() as byte[], measures);
        _write.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _findKey.Dispose();
        _addKey.Dispose();
        _read.Dispose();
        _write.Dispose();
    }

    private static void Name(SqliteCommand command, SpendGrain grain, DateTimeOffset period, long key)
    {
        command.Parameters[0].Value = (int)grain;
        command.Parameters[1].Value = period.ToUnixTimeSeconds();
        command.Parameters[2].Value = key;
    }
}
