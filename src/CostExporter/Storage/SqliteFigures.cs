using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds to rows of further figures, inside a transaction, and drops the old ones.</summary>
internal sealed class SqliteFigures(SqliteSession session) : IDisposable
{
    private readonly SqliteCommand _read = session.Command(
        "SELECT measures FROM figures WHERE grain = $grain AND period = $period AND text = $text", "$grain", "$period", "$text");

    private readonly SqliteCommand _write = session.Command(
        "INSERT OR REPLACE INTO figures (grain, period, text, measures) VALUES ($grain, $period, $text, $measures)", "$grain", "$period", "$text", "$measures");

    /// <summary>Whether the store has them: one that an earlier version made, opened to read, has not.</summary>
    public static bool IsIn(SqliteSession session)
    {
        using var table = session.Command("SELECT count(*) FROM sqlite_master WHERE name = 'figures'");
        return table.ExecuteScalar() is 1L;
    }

    public static void Purge(SqliteSession session, SpendPeriods periods)
    {
        using var rows = session.Command("DELETE FROM figures WHERE grain = $grain AND period < $period", "$grain", "$period");
        foreach (var grain in SpendPeriods.Grains)
        {
            rows.Parameters[0].Value = (int)grain;
            rows.Parameters[1].Value = periods.FirstKept(grain).ToUnixTimeSeconds();
            rows.ExecuteNonQuery();
        }
    }

    public void Add(SpendGrain grain, DateTimeOffset period, string text, SpendMeasures measures)
    {
        Name(_read, grain, period, text);
        Name(_write, grain, period, text);
        _write.Parameters[3].Value = PackedMeasures.PackSum(_read.ExecuteScalar() as byte[], measures);
        _write.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
    }

    private static void Name(SqliteCommand command, SpendGrain grain, DateTimeOffset period, string text)
    {
        command.Parameters[0].Value = (int)grain;
        command.Parameters[1].Value = period.ToUnixTimeSeconds();
        command.Parameters[2].Value = text;
    }
}
