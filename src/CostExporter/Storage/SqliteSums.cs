using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds to the sums beside the rows, inside a transaction: a batch's rows are added up first, since they share most of their sums.</summary>
internal sealed class SqliteSums(SqliteSession session) : IDisposable
{
    private readonly SqliteCommand _read = session.Command(
        "SELECT measures FROM sums WHERE grain = $grain AND period = $period AND text = $text", "$grain", "$period", "$text");

    private readonly SqliteCommand _write = session.Command(
        "INSERT OR REPLACE INTO sums (grain, period, text, measures) VALUES ($grain, $period, $text, $measures)", "$grain", "$period", "$text", "$measures");

    private readonly SqliteCommand _readTop = session.Command(
        "SELECT measures FROM tops WHERE grain = $grain AND period = $period AND dimension = $dimension AND tenant = $tenant AND text = $text",
        "$grain", "$period", "$dimension", "$tenant", "$text");

    private readonly SqliteCommand _writeTop = session.Command(
        "INSERT OR REPLACE INTO tops (grain, period, dimension, tenant, text, measures, cost) VALUES ($grain, $period, $dimension, $tenant, $text, $measures, $cost)",
        "$grain", "$period", "$dimension", "$tenant", "$text", "$measures", "$cost");

    private readonly Dictionary<(SpendGrain Grain, long Period, string Text), SpendMeasures> _sums = [];
    private readonly Dictionary<(SpendGrain Grain, long Period, SpendDimension Dimension, string Tenant, string Text), SpendMeasures> _tops = [];

    /// <summary>Whether the store has them: one that an earlier version made, opened to read, has not.</summary>
    public static bool AreIn(SqliteSession session)
    {
        using var table = session.Command("SELECT count(*) FROM sqlite_master WHERE name = 'tops'");
        return table.ExecuteScalar() is 1L;
    }

    public static void Purge(SqliteSession session, SpendPeriods periods)
    {
        foreach (var text in new[] { "DELETE FROM sums WHERE grain = $grain AND period < $period", "DELETE FROM tops WHERE grain = $grain AND period < $period" })
        {
            using var rows = session.Command(text, "$grain", "$period");
            foreach (var grain in SpendPeriods.Grains)
            {
                rows.Parameters[0].Value = (int)grain;
                rows.Parameters[1].Value = periods.FirstKept(grain).ToUnixTimeSeconds();
                rows.ExecuteNonQuery();
            }
        }
    }

    /// <summary>Gives a user's sums to <c>_erased</c>; those of all users together name none.</summary>
    /// <param name="session">The store.</param>
    /// <param name="user">The user, as <see cref="KeyText"/> writes it.</param>
    public static void EraseUser(SqliteSession session, string user)
    {
        using var sums = new SqliteSums(session);
        using (var command = session.Command("SELECT grain, period, tenant, measures FROM tops WHERE dimension = $dimension AND text = $user", "$dimension", "$user"))
        {
            Name(command, (int)SpendDimension.User, user);
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                var key = ((SpendGrain)rows.GetInt32(0), rows.GetInt64(1), SpendDimension.User, rows.GetString(2), KeyText.Encode(Vocabulary.Placeholders.Erased));
                AddTo(sums._tops, key, PackedMeasures.Unpack(rows.GetFieldValue<byte[]>(3)));
            }
        }

        sums.Write();
        using var delete = session.Command("DELETE FROM tops WHERE dimension = $dimension AND text = $user", "$dimension", "$user");
        Name(delete, (int)SpendDimension.User, user);
        delete.ExecuteNonQuery();
    }

    /// <summary>Adds a row of a day or a month; <see cref="Write"/> writes it.</summary>
    public void Add(SpendGrain grain, DateTimeOffset period, in SpendKey key, SpendMeasures measures)
    {
        var at = period.ToUnixTimeSeconds();
        AddTo(_sums, (grain, at, SpendKeyText.Join([key.Provider, key.Model, null, key.Tenant, key.Feature], key.More)), measures);
        var tenant = KeyText.Encode(key.Tenant);
        AddTo(_tops, (grain, at, SpendDimension.User, tenant, KeyText.Encode(key.User)), measures);
        AddTo(_tops, (grain, at, SpendDimension.Model, tenant, KeyText.Encode(key.Model)), measures);
        AddTo(_tops, (grain, at, SpendDimension.Feature, tenant, KeyText.Encode(key.Feature)), measures);
    }

    public void Write()
    {
        foreach (var (key, measures) in _sums)
        {
            Name(_read, (int)key.Grain, key.Period, key.Text);
            Name(_write, (int)key.Grain, key.Period, key.Text, PackedMeasures.Pack(Plus(_read, measures)));
            _write.ExecuteNonQuery();
        }

        foreach (var (key, measures) in _tops)
        {
            Name(_readTop, (int)key.Grain, key.Period, (int)key.Dimension, key.Tenant, key.Text);
            var sum = Plus(_readTop, measures);
            var cost = (double)(new UsageReportRow(default, null, sum).CostPico ?? 0);
            Name(_writeTop, (int)key.Grain, key.Period, (int)key.Dimension, key.Tenant, key.Text, PackedMeasures.Pack(sum), cost);
            _writeTop.ExecuteNonQuery();
        }

        _sums.Clear();
        _tops.Clear();
    }

    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
        _readTop.Dispose();
        _writeTop.Dispose();
    }

    private static void AddTo<TKey>(Dictionary<TKey, SpendMeasures> sums, TKey key, SpendMeasures measures)
        where TKey : notnull
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _);
        (sum ??= new SpendMeasures()).Add(measures);
    }

    private static SpendMeasures Plus(SqliteCommand before, SpendMeasures measures)
    {
        if (before.ExecuteScalar() is byte[] packed)
        {
            PackedMeasures.AddTo(measures, packed);
        }

        return measures;
    }

    private static void Name(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
    }
}
