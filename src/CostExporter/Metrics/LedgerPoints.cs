using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The points of a cut's three gauges.</summary>
/// <param name="cut">The cut.</param>
internal sealed class LedgerPoints(LedgerCut cut)
{
    /// <summary>In USD; nothing where no price is known.</summary>
    public List<Measurement<double>> Spend { get; } = [];

    /// <summary>Finished calls.</summary>
    public List<Measurement<long>> Calls { get; } = [];

    /// <summary>Input and output together.</summary>
    public List<Measurement<long>> Tokens { get; } = [];

    /// <summary>Adds a period's rows, cut and folded.</summary>
    public void Add(string period, Dictionary<SpendKey, SpendMeasures> rows)
    {
        foreach (var (key, measures) in rows)
        {
            var row = new UsageReportRow(in key, null, measures);
            var tags = cut.TagsOf(period, in key);
            Calls.Add(new(Clamp(measures[SpendMeasure.Calls]), tags));
            Tokens.Add(new(Clamp(row.Tokens), tags));
            if (row.CostPico is { } pico)
            {
                Spend.Add(new((double)Cost.ToUsd(pico), tags));
            }
        }
    }

    // A gauge has no more than Int64; better its highest value than none.
    private static long Clamp(Int128 value) => (long)Int128.Min(value, long.MaxValue);
}
