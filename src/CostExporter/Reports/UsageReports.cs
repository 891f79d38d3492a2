using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>The reading side of the ledger: what was used and spent, by whom, on what, when. Thread-safe.</summary>
public sealed class UsageReports : IAsyncDisposable, IDisposable
{
    private readonly ISpendStore _store;
    private readonly TimeProvider _time;
    private readonly bool _owns;

    internal UsageReports(ISpendStore store, TimeZoneInfo timeZone, TimeProvider time, bool owns = false)
    {
        _store = store;
        _time = time;
        _owns = owns;
        TimeZone = timeZone;
    }

    /// <summary>The zone whose days and months the ledger keeps.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>The day that it is now in <see cref="TimeZone"/>.</summary>
    public DateOnly Today => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(_time.GetUtcNow(), TimeZone).DateTime);

    /// <summary>Opens a ledger for reading, without an exporter: nothing is written. Its own time zone is used.</summary>
    /// <param name="store">Its address; see <see cref="CostExporterOptions.Store"/> for the forms.</param>
    /// <param name="configure">
    /// Sets the key prefix, the clock and the time limit, where they are not the default ones. A time zone other than UTC must be the ledger's.
    /// </param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="FormatException">The address is none.</exception>
    /// <exception cref="FileNotFoundException">There is no such SQLite file, or it is empty; it is not made.</exception>
    /// <exception cref="KeyNotFoundException">Nothing was recorded in that Redis under that key prefix yet.</exception>
    /// <exception cref="InvalidOperationException">What is there is not a ledger, or not one that this version reads; the message says why.</exception>
    public static Task<UsageReports> OpenAsync(string store, Action<CostExporterOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new CostExporterOptions { Store = store };
        configure?.Invoke(options);
        return LedgerReader.OpenAsync(options, cancellationToken);
    }

    /// <summary>Adds up what is in the store. What an exporter still holds is not: flush it first where that matters.</summary>
    /// <exception cref="ArgumentException">The query contradicts itself; the message says how.</exception>
    public async Task<UsageReport> QueryAsync(UsageReportQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Check();
        SpendDimension[] by = [.. query.By.Distinct()];
        var byDay = by.Contains(SpendDimension.Day);
        var needed = by.Concat(query.Where.Keys).Where(dimension => dimension != SpendDimension.Day).ToHashSet();

        var rows = new Dictionary<(SpendKey Key, DateOnly? Day), SpendMeasures>();
        var total = new SpendMeasures();
        foreach (var read in ReportPlan.Reads(query.From, query.To, byDay, needed))
        {
            await foreach (var part in _store.ReadAsync(read, cancellationToken).ConfigureAwait(false))
            {
                if (Matches(query, part.Key))
                {
                    total.Add(part.Measures);
                    ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(rows, (part.Key.Only(by), byDay ? DateOnly.FromDateTime(part.Period.UtcDateTime) : null), out var isKnown);
                    if (isKnown)
                    {
                        row!.Add(part.Measures);
                    }
                    else
                    {
                        row = part.Measures;
                    }
                }
            }
        }

        UsageReportRow[] sorted = by.Length == 0 ? [] : [.. rows.Select(row => new UsageReportRow(row.Key.Key, row.Key.Day, row.Value))];
        Array.Sort(sorted, new RowOrder(by));
        return new UsageReport(query, TimeZone, by, sorted, new UsageReportRow(default, null, total));
    }

    /// <summary>Closes a ledger that <see cref="OpenAsync"/> opened; an exporter's own stays open.</summary>
    public ValueTask DisposeAsync() => _owns ? _store.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>The same as <see cref="DisposeAsync"/>, for callers that cannot await.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static bool Matches(UsageReportQuery query, in SpendKey key)
    {
        foreach (var (dimension, value) in query.Where)
        {
            if (dimension.Of(in key) != value)
            {
                return false;
            }
        }

        return true;
    }

    private sealed class RowOrder(SpendDimension[] by) : IComparer<UsageReportRow>
    {
        public int Compare(UsageReportRow? left, UsageReportRow? right)
        {
            var order = Nullable.Compare(left!.Day, right!.Day);
            order = order != 0 ? order : Nullable.Compare(right.CostPico, left.CostPico);
            foreach (var dimension in by)
            {
                order = order != 0 ? order : string.CompareOrdinal(left[dimension], right[dimension]);
            }

            return order;
        }
    }
}
