using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>An empty store for each round, and an exporter on it that flushes only when told.</summary>
internal sealed class StoreUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo? _folder;
    private int _round;

    private StoreUnderTest(string name, RedisServer? redis, DirectoryInfo? folder)
    {
        Name = name;
        Redis = redis;
        _folder = folder;
    }

    public string Name { get; }

    /// <summary>The server; null for SQLite.</summary>
    public RedisServer? Redis { get; }

    public static async Task<StoreUnderTest> RedisAsync(string name, params string[] arguments) => new(name, await RedisServer.StartAsync(arguments), null);

    public static StoreUnderTest SqliteFile(string name) => new(name, null, Directory.CreateTempSubdirectory("llmtelemetry-benchmarks-"));

    /// <summary>The address of a store that holds nothing.</summary>
    public async Task<string> EmptyAsync()
    {
        _round++;
        if (Redis is null)
        {
            return $"sqlite:{Path.Combine(_folder!.FullName, $"round-{_round}.db")}";
        }

        await Redis.CommandAsync("FLUSHALL");
        return Redis.Address;
    }

    /// <summary>Starts an exporter.</summary>
    /// <param name="address">The store's.</param>
    /// <param name="hub">Where it takes events from.</param>
    /// <param name="interval">Infinite: only when told.</param>
    /// <param name="records">Where records of single calls are kept.</param>
    public static CostExporterHost Export(string address, UsageHub hub, TimeSpan interval, RecordKeeping records = RecordKeeping.None) => CostExporterHost.Start(options =>
    {
        options.Store = address;
        options.Hub = hub;
        options.Interval = interval;
        options.Records.Keep = records;
    });

    public async ValueTask DisposeAsync()
    {
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }

        _folder?.Delete(recursive: true);
    }
}
