using BenchmarkDotNet.Attributes;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.Benchmarks;

/// <summary>One finished call into the pending map: what the exporter adds on the caller's thread. The baseline only makes the event.</summary>
public class FoldOneCall
{
    private readonly SpendFolder _folder = new(TimeZoneInfo.Utc, TimeProvider.System);
    private readonly DirectoryInfo _disk = Directory.CreateTempSubdirectory("llmtelemetry-fold-");
    private readonly RecordRing _records = new(capacity: 8_192, onHalf: static () => { });
    private SpendJournal _journal = null!;
    private SpendFolder _journaled = null!;
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

        var folder = JournalFolder.Create(_disk.FullName, Guid.NewGuid().ToString("N"), Guid.Empty);
        _journal = new SpendJournal(folder, Guid.Empty, 256L << 20, TimeProvider.System, new JournalHealth(NullLogger.Instance, folder.Path));
        _journaled = new SpendFolder(TimeZoneInfo.Utc, TimeProvider.System, journal: _journal);
        for (var i = 0; i < Rows; i++)
        {
            _journaled.Record(_load.Next());
        }
    }

    [GlobalCleanup]
    public void Delete()
    {
        _journaled.Close();
        _journal.End(isEmpty: true);
        _disk.Delete(recursive: true);
    }

    [Benchmark(Baseline = true, Description = "make the event")]
    public UsageEvent Make() => _load.Next();

    [Benchmark(Description = "make and fold it")]
    public void Fold() => _folder.Record(_load.Next());

    [Benchmark(Description = "make it, fold it and write it to the journal")]
    public void FoldAndWrite() => _journaled.Record(_load.Next());

    [Benchmark(Description = "make it and keep it for its record")]
    public void KeepRecord() => _records.Record(_load.Next());
}
