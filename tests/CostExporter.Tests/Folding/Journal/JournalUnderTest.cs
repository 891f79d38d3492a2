using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>
/// A folder of journals and a store that outlive the exporters that use them. Killing one is: nothing it sends arrives any more, and what is in its
/// files at that moment stands in another folder, where nobody holds its lock.
/// </summary>
internal sealed class JournalUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("llmtelemetry-journal-");
    private readonly List<CostExporterHost> _started = [];
    private int _folders;

    public JournalUnderTest() => Folder = Path.Combine(_root.FullName, "0");

    /// <summary>Where the next exporter keeps its journal.</summary>
    public string Folder { get; private set; }

    public string Root => _root.FullName;

    public FlakySpendStore Store { get; } = new();

    public ManualTime Time { get; } = new(Calls.Noon);

    public ListLogger<CostExporterHost> Log { get; } = new();

    /// <summary>What was recorded.</summary>
    public Int128 Tokens { get; private set; }

    public async Task<KillableExporter> StartAsync(Action<CostExporterOptions>? configure = null)
    {
        var options = new CostExporterOptions { Hub = new UsageHub(), TimeProvider = Time, Journal = Folder, Interval = Timeout.InfiniteTimeSpan };
        configure?.Invoke(options);
        var store = new MortalStore(Store);
        var host = new CostExporterHost(options, Log, store, new Random(1));
        _started.Add(host);
        await host.StartAsync(subscribe: true, TestContext.Current.CancellationToken);
        return new KillableExporter(host, options.Hub, store);
    }

    public void Call(KillableExporter exporter, string user = "alice", string? tenant = null, long input = 100)
    {
        var call = Calls.Make(user: user, tenant: tenant, input: input, output: 0);
        exporter.Hub.Publish(in call);
        Tokens += input;
    }

    public void Kill(KillableExporter exporter)
    {
        exporter.Store.IsDead = true;
        var to = Path.Combine(Root, (++_folders).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Copy(Folder, to);
        Folder = to;
    }

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);

            // Not File.Copy, which respects the lock.
            File.WriteAllBytes(target, file.EndsWith(".lock", StringComparison.Ordinal) ? [] : File.ReadAllBytes(file));
        }
    }

    /// <summary>Starts an exporter, flushes, ends it, and says what is in the store then.</summary>
    public async Task<Int128> RecoverAsync()
    {
        await using (var next = await StartAsync())
        {
            Assert.Equal((0, null), await next.Host.FlushAsync(TestContext.Current.CancellationToken) is var result ? (result.PendingRows, result.Error) : default);
        }

        return Store.Sum(32);
    }

    public async ValueTask DisposeAsync()
    {
        // Also those that a failed test left: their gauges are the process's.
        foreach (var host in _started)
        {
            var ending = host.DisposeAsync().AsTask();
            await Eventually.HoldsAsync(
                () =>
                {
                    Time.Advance(TimeSpan.FromSeconds(1));
                    return Task.FromResult(ending.IsCompleted);
                },
                "an exporter's threads end");
        }

        _root.Delete(recursive: true);
    }
}

internal sealed record KillableExporter(CostExporterHost Host, UsageHub Hub, MortalStore Store) : IAsyncDisposable
{
    public Task<FlushResult> FlushAsync() => Host.FlushAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>The way to a store, of a process that may be dead.</summary>
internal sealed class MortalStore(ISpendStore store) : ISpendStore
{
    public volatile bool IsDead;

    public TimeSpan NumbersKept => store.NumbersKept;

    public Task OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public string PartitionOf(in SpendKey key) => store.PartitionOf(in key);

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) =>
        IsDead ? throw new IOException("The process is dead.") : store.ApplyAsync(batch, cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken) =>
        IsDead ? throw new IOException("The process is dead.") : store.BeatAsync(beat, cancellationToken);

    public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) => store.ReadAsync(read, cancellationToken);

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) => store.ReadSessionsAsync(read, cancellationToken);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) => store.HourRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
