namespace LlmTelemetry.CostExporter;

/// <summary>Reads rows, a period at a time.</summary>
internal static class SqliteReader
{
    private const int Parts = 5;

    /// <summary>The rows of the first period of the range that has any; null when none has.</summary>
    public static PeriodRows? ReadFirst(SqliteSession session, SpendRead read, DateTimeOffset from, DateTimeOffset to, CancellationToken stop)
    {
        if (read.OfFigures && !SqliteFigures.IsIn(session))
        {
            return null;
        }

        using var first = session.Command(
            read.OfFigures
                ? "SELECT min(period) FROM figures WHERE grain = $grain AND period BETWEEN $from AND $to"
                : "SELECT min(period) FROM spend WHERE grain = $grain AND period BETWEEN $from AND $to",
            "$grain", "$from", "$to");
        first.Parameters[0].Value = (int)read.Grain;
        first.Parameters[1].Value = from.ToUnixTimeSeconds();
        first.Parameters[2].Value = to.ToUnixTimeSeconds();
        if (first.ExecuteScalar() is not long period)
        {
            return null;
        }

        var at = DateTimeOffset.FromUnixTimeSeconds(period);
        return new PeriodRows(at, Read(session, read, period, stop).Take(at));
    }

    private static SpendMerge Read(SqliteSession session, SpendRead read, long period, CancellationToken stop)
    {
        var merge = new SpendMerge(read);
        var parts = new string?[Parts];
        using var command = session.Command(
            read.OfFigures
                ? "SELECT text, measures FROM figures WHERE grain = $grain AND period = $period"
                : "SELECT text, measures FROM spend JOIN keys ON keys.id = spend.key WHERE grain = $grain AND period = $period",
            "$grain", "$period");
        command.Parameters[0].Value = (int)read.Grain;
        command.Parameters[1].Value = period;
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            stop.ThrowIfCancellationRequested();
            var more = SpendKeyText.Read(KeyText.Split(rows.GetString(0), parts), out var day);
            merge.Add(new SpendKey(parts[0], parts[1], parts[2], parts[3], parts[4], more), day, rows.GetFieldValue<byte[]>(1));
        }

        return merge;
    }

    internal sealed record PeriodRows(DateTimeOffset Period, List<SpendAggregate> Rows);
}
