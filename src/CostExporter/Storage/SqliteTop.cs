using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the lists of what costs the most: one for each tenant and period, by the index of costs.</summary>
internal static class SqliteTop
{
    // Names times lists: above it, adding up all of the sums reads less.
    private const long MostLookups = 100_000;

    /// <summary>See <see cref="ISpendStore.ReadTopAsync"/>.</summary>
    public static IReadOnlyList<SpendAggregate>? Read(SqliteSession session, SpendPeriods periods, TopRead read, CancellationToken stop)
    {
        if (!Keys.Listed.Contains(read.Dimension) || read.Count < 1 || read.Reads.Count == 0 || read.Reads.Any(one => one.Grain == SpendGrain.Hour || one.OfFigures) || !SqliteSums.AreIn(session))
        {
            return null;
        }

        // One state of the file for all that is read.
        using var transaction = session.Connection.BeginTransaction(deferred: true);
        var lists = read.Reads.SelectMany(one => ListsOf(session, periods, read, one, stop)).ToArray();
        var search = new TopSearch(read.Count, lists.Length);
        while (search.Take > 0)
        {
            var names = search.Read([.. lists.Select(list => BeginningOf(session, read, list, search.Take, stop))]);
            if (names.Count * (long)lists.Length > MostLookups)
            {
                return null;
            }

            search.Add(names, SumsOf(session, read, lists, names, stop));
        }

        return search.Answer(read);
    }

    // From one period to the next, and from one tenant to the next: nothing between them is read.
    private static List<List> ListsOf(SqliteSession session, SpendPeriods periods, TopRead read, SpendRead one, CancellationToken stop)
    {
        var lists = new List<List>();
        var (from, to) = periods.Clip(one);
        using var nextPeriod = session.Command("SELECT min(period) FROM tops WHERE grain = $grain AND period BETWEEN $from AND $to", "$grain", "$from", "$to");
        using var nextTenant = session.Command(
            "SELECT min(tenant) FROM tops WHERE grain = $grain AND period = $period AND dimension = $dimension AND tenant > $after", "$grain", "$period", "$dimension", "$after");
        for (var at = from.ToUnixTimeSeconds(); Next(nextPeriod, (int)one.Grain, at, to.ToUnixTimeSeconds()) is long period; at = period + 1)
        {
            stop.ThrowIfCancellationRequested();
            if (read.Tenant is not null)
            {
                lists.Add(new List(one.Grain, period, KeyText.Encode(read.Tenant)));
                continue;
            }

            // Nothing sorts before the empty text, which is of calls without a tenant.
            lists.Add(new List(one.Grain, period, ""));
            for (var after = ""; Next(nextTenant, (int)one.Grain, period, (int)read.Dimension, after) is string tenant; after = tenant)
            {
                lists.Add(new List(one.Grain, period, tenant));
            }
        }

        return lists;
    }

    private static object? Next(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command.ExecuteScalar();
    }

    private static List<TopEntry> BeginningOf(SqliteSession session, TopRead read, List list, long take, CancellationToken stop)
    {
        using var command = session.Command(
            "SELECT text, cost FROM tops WHERE grain = $grain AND period = $period AND dimension = $dimension AND tenant = $tenant ORDER BY cost DESC, text LIMIT $take",
            "$grain", "$period", "$dimension", "$tenant", "$take");
        Name(command, read, list);
        command.Parameters[4].Value = take;
        var entries = new List<TopEntry>();
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            stop.ThrowIfCancellationRequested();
            entries.Add(new TopEntry(rows.GetString(0), rows.GetDouble(1)));
        }

        return entries;
    }

    private static SpendMeasures[] SumsOf(SqliteSession session, TopRead read, List[] lists, IReadOnlyList<string> names, CancellationToken stop)
    {
        var sums = names.Select(_ => new SpendMeasures()).ToArray();
        using var command = session.Command(
            "SELECT measures FROM tops WHERE grain = $grain AND period = $period AND dimension = $dimension AND tenant = $tenant AND text = $text",
            "$grain", "$period", "$dimension", "$tenant", "$text");
        foreach (var list in lists)
        {
            stop.ThrowIfCancellationRequested();
            Name(command, read, list);
            for (var i = 0; i < sums.Length; i++)
            {
                command.Parameters[4].Value = names[i];
                if (command.ExecuteScalar() is byte[] packed)
                {
                    PackedMeasures.AddTo(sums[i], packed);
                }
            }
        }

        return sums;
    }

    private static void Name(SqliteCommand command, TopRead read, List list)
    {
        command.Parameters[0].Value = (int)list.Grain;
        command.Parameters[1].Value = list.Period;
        command.Parameters[2].Value = (int)read.Dimension;
        command.Parameters[3].Value = list.Tenant;
    }

    private readonly record struct List(SpendGrain Grain, long Period, string Tenant);
}
