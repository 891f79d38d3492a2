namespace LlmTelemetry.CostExporter;

/// <summary>Adds rows to the periods that they lie in, inside a transaction.</summary>
internal static class SqliteRows
{
    /// <returns>How many increments are past their retention.</returns>
    public static int Add(SqliteSession session, IReadOnlyList<SpendRow> rows, SpendPeriods periods, StoreSettings settings)
    {
        using var writer = new SqliteRowWriter(session);
        using var sessions = new SqliteSessions(session);
        using var figures = new SqliteFigures(session);
        using var sums = new SqliteSums(session);
        var sessionsUntil = periods.SessionExpiry();
        var expired = 0;
        var kept = SpendPeriods.Grains.Select(periods.FirstKept).ToArray();
        foreach (var row in rows)
        {
            var isFigure = row.Key.More?.Parts.Metric is not null;
            (string Text, long Id)? key = null;
            foreach (var grain in settings.Aggregates ? SpendPeriods.Grains : [])
            {
                var period = SpendPeriods.Of(grain, row);
                if (period < kept[(int)grain])
                {
                    expired++;
                    continue;
                }

                var text = TextOf(grain, in row, periods);
                if (isFigure)
                {
                    figures.Add(grain, period, text, row.Measures);
                    continue;
                }

                key = key is { } last && last.Text == text ? last : (text, writer.KeyId(text));
                writer.Add(grain, period, key.Value.Id, row.Measures);
                if (grain != SpendGrain.Hour)
                {
                    sums.Add(grain, period, row.Key, row.Measures);
                }
            }

            if (!isFigure && settings.LiveSessions)
            {
                sessions.Add(in row, sessionsUntil);
            }
        }

        sums.Write();
        return expired;
    }

    private static string TextOf(SpendGrain grain, in SpendRow row, SpendPeriods periods)
    {
        var key = row.Key;
        return grain == SpendGrain.Hour
            ? SpendKeyText.JoinHour([key.Provider, key.Model, key.User, key.Tenant, key.Feature], key.More, periods.LaterDay(in row))
            : SpendKeyText.Join([key.Provider, key.Model, key.User, key.Tenant, key.Feature], key.More);
    }
}
