using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>The ids and states by which receipts are known, with statements prepared once for all receipts of a transaction.</summary>
internal sealed class SqliteReceiptMarks(SqliteSession session) : IDisposable
{
    private readonly SqliteCommand _addId = session.Command(
        "INSERT OR IGNORE INTO received_ids (day, partition, id) VALUES ($day, $partition, $id)", "$day", "$partition", "$id");

    private readonly SqliteCommand _readVersion = session.Command(
        "SELECT version FROM received_states WHERE partition = $partition AND key = $key", "$partition", "$key");

    private readonly SqliteCommand _writeState = session.Command(
        "INSERT OR REPLACE INTO received_states (partition, key, version, written, content) VALUES ($partition, $key, $version, $written, $content)",
        "$partition", "$key", "$version", "$written", "$content");

    /// <summary>False: it is known already.</summary>
    public bool TryAdd(string partition, in ReceiptId id)
    {
        _addId.Parameters[0].Value = (id.Day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * 24L * 3600;
        _addId.Parameters[1].Value = partition;
        _addId.Parameters[2].Value = id.Id.ToByteArray(bigEndian: true);
        return _addId.ExecuteNonQuery() == 1;
    }

    /// <summary>0 where there is none.</summary>
    public long Version(string partition, string key)
    {
        _readVersion.Parameters[0].Value = partition;
        _readVersion.Parameters[1].Value = key;
        return _readVersion.ExecuteScalar() as long? ?? 0;
    }

    public void Write(string partition, in NextState state, DateTimeOffset now)
    {
        _writeState.Parameters[0].Value = partition;
        _writeState.Parameters[1].Value = state.Key;
        _writeState.Parameters[2].Value = checked(state.Version + 1);
        _writeState.Parameters[3].Value = now.ToUnixTimeSeconds();
        _writeState.Parameters[4].Value = state.Content.ToArray();
        _writeState.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _addId.Dispose();
        _readVersion.Dispose();
        _writeState.Dispose();
    }
}
