using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What the ledger held at one moment, as measurements. Not changed any more once it is taken.</summary>
internal sealed class LedgerReading
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private readonly IReadOnlyList<LedgerPeriod> _periods;
    private readonly Dictionary<LedgerCut, LedgerPoints> _points = LedgerCut.All.ToDictionary(cut => cut, cut => new LedgerPoints(cut));

    private LedgerReading(long at, IReadOnlyList<LedgerPeriod> periods) => (At, _periods) = (at, periods);

    /// <summary>Timestamp of the moment.</summary>
    public long At { get; }

    /// <summary>The points of a cut's gauges; none where the ledger does not tell its dimensions apart.</summary>
    public LedgerPoints this[LedgerCut cut] => _points[cut];

    /// <summary>The same with other points of a cut.</summary>
    public LedgerReading With(LedgerCut cut, LedgerPoints points)
    {
        var other = new LedgerReading(At, _periods);
        foreach (var (known, its) in _points)
        {
            other._points[known] = known == cut ? points : its;
        }

        return other;
    }

    /// <summary>Seconds until the figures begin anew. Of the periods that were read: until the next ones are, their end stays 0 seconds away.</summary>
    public IEnumerable<Measurement<double>> Reset(DateTimeOffset now) => _periods.Select(
        period => new Measurement<double>(Math.Max(0, (period.End - now).TotalSeconds), new KeyValuePair<string, object?>(Attributes.LedgerPeriod, period.Name)));

    /// <summary>How long one may take: as long as a call to the store for each period.</summary>
    public static TimeSpan LimitOf(CostExporterOptions options) => TimeSpan.FromTicks(Math.Min(options.StoreTimeout.Ticks * 3, LongestTimer.Ticks));

    public static async Task<LedgerReading> TakeAsync(ISpendStore store, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var reading = new LedgerReading(options.TimeProvider.GetTimestamp(), LedgerPeriod.At(options.TimeProvider.GetUtcNow(), options.TimeZone));
        var fold = new LedgerFold(options.DailyBudgets.Keys, options.LedgerGaugeUsers);
        var kept = (await store.KeepsAsync(cancellationToken).ConfigureAwait(false))?.Dimensions ?? options.Dimensions;
        LedgerCut[] cuts = [.. LedgerCut.All.Where(cut => cut == LedgerCut.Users || cut.By.IsSubsetOf(kept))];
        foreach (var period in reading._periods)
        {
            foreach (var together in ReadTogether(period.Grain, cuts))
            {
                foreach (var (cut, rows) in await RowsAsync(store, period, together, cancellationToken).ConfigureAwait(false))
                {
                    reading[cut].Add(period.Name, fold.Fold(cut, rows));
                }
            }
        }

        return reading;
    }

    // Stores keep sums of days and months without the users, which answer the other cuts for next to nothing; of hours there are rows alone, to be read once.
    private static IEnumerable<LedgerCut[]> ReadTogether(SpendGrain grain, LedgerCut[] cuts) => grain == SpendGrain.Hour
        ? [cuts]
        : cuts.GroupBy(cut => cut.By.Contains(SpendDimension.User)).Select(group => group.ToArray());

    private static async Task<Dictionary<LedgerCut, Dictionary<SpendKey, SpendMeasures>>> RowsAsync(
        ISpendStore store, LedgerPeriod period, LedgerCut[] cuts, CancellationToken cancellationToken)
    {
        var rows = cuts.ToDictionary(cut => cut, _ => new Dictionary<SpendKey, SpendMeasures>());
        var reads = await CorrectedReads.BeginAsync(store, cancellationToken).ConfigureAwait(false);
        var read = new SpendRead(period.Grain, period.Start, period.Start, cuts.SelectMany(cut => cut.By).ToHashSet());
        await foreach (var part in reads.ReadAsync(read, cancellationToken).ConfigureAwait(false))
        {
            foreach (var (cut, sums) in rows)
            {
                // The users' rows are nearly as many as the parts: each of those is kept for them, and nothing made for it.
                if (cut != LedgerCut.Users || !sums.TryAdd(cut.KeyOf(part.Key), part.Measures))
                {
                    LedgerFold.Add(sums, cut.KeyOf(part.Key), part.Measures);
                }
            }
        }

        return rows;
    }
}
