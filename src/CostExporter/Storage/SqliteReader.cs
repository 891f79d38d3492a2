namespace LlmTelemetry.CostExporter;

/// <summary>Reads rows, a period at a time: from the sums beside them where those tell what is asked.</summary>
internal static class SqliteReader
{
    private const int Parts = 5;

    private enum Table
    {
        Spend,
        Sums,
        Users,
        Figures,
    }

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

    public static SpendKey KeyOf(string text, out DateOnly? day)
    {
        Span<string?> parts = new string?[Parts];
        var more = SpendKeyText.Read(KeyText.Split(text, parts), out day);
        return new SpendKey(parts[0], parts[1], parts[2], parts[3], parts[4], more);
    }

    private static SpendMerge Read(SqliteSession session, SpendRead read, long period, CancellationToken stop)
    {
        var merge = new SpendMerge(read);
        var table = TableOf(session, read);
        using var command = session.Command(
            table switch
            {
                Table.Figures => "SELECT text, measures FROM figures WHERE grain = $grain AND period = $period",
                Table.Sums => "SELECT text, measures FROM sums WHERE grain = $grain AND period = $period",
                Table.Users => "SELECT text, measures, tenant FROM tops WHERE grain = $grain AND period = $period AND dimension = $dimension",
                _ => "SELECT text, measures FROM spend JOIN keys ON keys.id = spend.key WHERE grain = $grain AND period = $period",
            },
            table == Table.Users ? ["$grain", "$period", "$dimension"] : ["$grain", "$period"]);
        command.Parameters[0].Value = (int)read.Grain;
        command.Parameters[1].Value = period;
        if (table == Table.Users)
        {
            command.Parameters[2].Value = (int)SpendDimension.User;
        }

        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            stop.ThrowIfCancellationRequested();
            var (text, day) = (rows.GetString(0), (DateOnly?)null);
            var key = table == Table.Users ? new SpendKey(null, null, KeyText.Decode(text), KeyText.Decode(rows.GetString(2)), null) : KeyOf(text, out day);
            merge.Add(in key, day, rows.GetFieldValue<byte[]>(1));
        }

        return merge;
    }

    // Hours have no sums: they are few, and read for what only they know.
    private static Table TableOf(SqliteSession session, SpendRead read)
    {
        if (read.OfFigures)
        {
            return Table.Figures;
        }

        if (read.Grain == SpendGrain.Hour || !SqliteSums.AreIn(session))
        {
            return Table.Spend;
        }

        var users = read.By.Contains(SpendDimension.User);
        var models = read.Tags.Count != 0 || read.By.Any(dimension => dimension is not (SpendDimension.User or SpendDimension.Tenant));
        return !users ? Table.Sums : models ? Table.Spend : Table.Users;
    }

    internal sealed record PeriodRows(DateTimeOffset Period, List<SpendAggregate> Rows);
}
