using BenchmarkDotNet.Attributes;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>One finished call into the pending map: what the exporter adds on the caller's thread. The baseline only makes the event.</summary>
public class FoldOneCall
{
    private readonly SpendFolder _folder = new(TimeZoneInfo.Utc, TimeProvider.System);
    private Load _load = null!;

    [Params(10, 10_000, 100_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _load = new Load(users: Rows / 10, models: 10, DateTimeOffset.UnixEpoch.AddDays(20_000));
        for (var i = 0; i < Rows; i++)
        {
            _folder.Record(_load.Next());
        }
    }

    [Benchmark(Baseline = true, Description = "make the event")]
    public UsageEvent Make() => _load.Next();

    [Benchmark(Description = "make and fold it")]
    public void Fold() => _folder.Record(_load.Next());
}
