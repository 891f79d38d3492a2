using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What the ledger held at one moment, as measurements. Not changed any more once it is taken.</summary>
internal sealed class LedgerReading
{
    private static readonly HashSet<SpendDimension> By = [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User];
    private static readonly DimensionSet Apart = new(By, []);

    private LedgerReading(long at) => At = at;

    /// <summary>Timestamp of the moment.</summary>
    public long At { get; }

    /// <summary>In USD; nothing where no price is known.</summary>
    public List<Measurement<double>> Spend { get; } = [];

    /// <summary>Finished calls.</summary>
    public List<Measurement<long>> Calls { get; } = [];

    /// <summary>Input and output together.</summary>
    public List<Measurement<long>> Tokens { get; } = [];

    public static async Task<LedgerReading> TakeAsync(ISpendStore store, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var reading = new LedgerReading(options.TimeProvider.GetTimestamp());
        var local = TimeZoneInfo.ConvertTime(options.TimeProvider.GetUtcNow(), options.TimeZone);
        var fold = new LedgerFold(options.DailyBudgets.Keys, options.LedgerGaugeUsers);
        var today = new DateTimeOffset(local.Year, local.Month, local.Day, 0, 0, 0, TimeSpan.Zero);
        foreach (var (grain, period, start) in new[] { (SpendGrain.Day, Periods.Day, today), (SpendGrain.Month, Periods.Month, today.AddDays(1 - today.Day)) })
        {
            var rows = await RowsAsync(store, new SpendRead(grain, start, start, By), cancellationToken).ConfigureAwait(false);
            reading.Add(period, fold.Fold(rows));
        }

        return reading;
    }

    private static async Task<Dictionary<SpendKey, SpendMeasures>> RowsAsync(ISpendStore store, SpendRead read, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<SpendKey, SpendMeasures>();
        var reads = await CorrectedReads.BeginAsync(store, cancellationToken).ConfigureAwait(false);
        await foreach (var part in reads.ReadAsync(read, cancellationToken).ConfigureAwait(false))
        {
            LedgerFold.Add(rows, Said(Apart.Of(part.Key)), part.Measures);
        }

        return rows;
    }

    // To Prometheus a label without text is no label: what differs in that alone must be one point, or one of two is lost.
    private static SpendKey Said(SpendKey key) => key with { Provider = Said(key.Provider), Model = Said(key.Model), User = Said(key.User) };

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private void Add(string period, Dictionary<SpendKey, SpendMeasures> rows)
    {
        foreach (var (key, measures) in rows)
        {
            var row = new UsageReportRow(in key, null, measures);
            var tags = Tags(period, in key);
            Calls.Add(new(Clamp(measures[SpendMeasure.Calls]), tags));
            Tokens.Add(new(Clamp(row.Sum(UsageBucketExtensions.IsInputTokens) + row.Sum(UsageBucketExtensions.IsOutputTokens)), tags));
            if (row.CostPico is { } pico)
            {
                Spend.Add(new((double)Cost.ToUsd(pico), tags));
            }
        }
    }

    // A gauge has no more than Int64; better its highest value than none.
    private static long Clamp(Int128 value) => (long)Int128.Min(value, long.MaxValue);

    // Absent where the calls did not say: never a tag without a value.
    private static KeyValuePair<string, object?>[] Tags(string period, in SpendKey key)
    {
        List<KeyValuePair<string, object?>> tags = [new(Attributes.LedgerPeriod, period)];
        foreach (var (name, value) in new[] { (GenAi.ProviderName, key.Provider), (GenAi.ResponseModel, key.Model), (Attributes.UserId, key.User) })
        {
            if (value is not null)
            {
                tags.Add(new(name, value));
            }
        }

        return [.. tags];
    }
}
