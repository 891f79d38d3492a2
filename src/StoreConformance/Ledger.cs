using System.Globalization;

namespace LlmTelemetry.StoreConformance;

/// <summary>A case's own ledger: opens the store under test, sends it batches, and compares what is read with what was sent.</summary>
internal sealed class Ledger(StoreUnderTest under, CancellationToken stop) : IAsyncDisposable
{
    public const string Instance = "first-1";

    private const int MostAttempts = 100;

    /// <summary>Longer than any case reaches back, for those that do.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromDays(8 * 366);

    private static readonly SpendDimension[][] Choices =
        [[], [SpendDimension.User], [SpendDimension.Model], [SpendDimension.Tenant, SpendDimension.Tier], [SpendDimension.Provider, SpendDimension.Feature], [.. Rows.Dimensions]];

    private readonly Dictionary<(string Instance, string Partition), long> _numbers = [];
    private readonly List<ISpendStore> _open = [];
    private FrozenTime _time = new();

    public CancellationToken Stop => stop;

    public bool IsOpen => _open.Count > 0;

    public Tally Tally { get; } = new();

    public FrozenTime Time => _time;

    public StoreSettings Settings { get; set; } = null!;

    // The last full UTC hour, so that nothing here is in the future.
    public DateTimeOffset Hour { get; private set; }

    /// <summary>Opens the ledger in UTC, or again as it was opened before.</summary>
    public Task<ISpendStore> OpenAsync() => OpenAsync(Settings ?? MakeSettings(TimeZoneInfo.Utc));

    public Task<ISpendStore> OpenAsync(string zone, TimeSpan kept) =>
        OpenAsync(MakeSettings(TimeZoneInfo.FindSystemTimeZoneById(zone)) with { HourRetention = kept, DayRetention = kept, MonthRetention = kept });

    public async Task<ISpendStore> OpenAsync(StoreSettings settings)
    {
        Settings ??= settings;
        var store = under.Create(settings) ?? throw new StoreCaseException("expected a store, found that null was made.");
        _open.Add(store);
        await store.OpenAsync(stop).ConfigureAwait(false);
        return store;
    }

    public StoreSettings MakeSettings(TimeZoneInfo zone)
    {
        _time = new FrozenTime();
        Hour = DateTimeOffset.FromUnixTimeSeconds(((Time.GetUtcNow().ToUnixTimeSeconds() / 3600) - 1) * 3600);
        return new StoreSettings(
            string.Create(CultureInfo.InvariantCulture, $"case-{Guid.NewGuid():N}"), zone, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), under.Timeout, Time);
    }

    public async Task CloseAsync(ISpendStore store)
    {
        _open.Remove(store);
        await store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A row of calls that ended then.</summary>
    public SpendRow RowAt(DateTimeOffset at, SpendKey key, params (byte Measure, Int128 Value)[] values)
    {
        var hour = (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerHour;
        return new SpendRow(hour, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Settings.TimeZone).DateTime), key, Rows.Measures(values));
    }

    /// <summary>A row of the last full hour.</summary>
    public SpendRow Row(SpendKey key, params (byte Measure, Int128 Value)[] values) => RowAt(Hour, key, values);

    /// <summary>Sends one batch, whose rows are of one partition, and does not account for it.</summary>
    public Task<BatchReply> ApplyAsync(ISpendStore store, long number, SpendRow[] rows, string instance = Instance) =>
        store.ApplyAsync(new SpendBatch(instance, store.PartitionOf(rows[0].Key), number, rows), stop);

    /// <summary>Sends one batch until the store answers: what is thrown may or may not have had its effect.</summary>
    public async Task<BatchReply> PersistAsync(ISpendStore store, long number, SpendRow[] rows, string instance = Instance)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ApplyAsync(store, number, rows, instance).ConfigureAwait(false);
            }
            catch (Exception) when (attempt < MostAttempts && !stop.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Sends rows as an exporter does: in numbered batches by partition, each of which must be applied.</summary>
    public async Task SendAsync(ISpendStore store, params SpendRow[] rows)
    {
        foreach (var partition in rows.GroupBy(row => store.PartitionOf(row.Key)))
        {
            foreach (var some in partition.Chunk(SpendBatch.MaxRows))
            {
                var number = _numbers[(Instance, partition.Key)] = _numbers.GetValueOrDefault((Instance, partition.Key)) + 1;
                var reply = await store.ApplyAsync(new SpendBatch(Instance, partition.Key, number, some), stop).ConfigureAwait(false);
                Expect.Equal($"reply to batch {number}", new BatchReply(BatchStatus.Applied, number, Tally.Add(some, Settings)), reply);
            }
        }
    }

    /// <summary>Compares all that can be read with what was accounted for.</summary>
    public async Task CheckAsync(ISpendStore store, string when = "", params SpendDimension[][] choices)
    {
        foreach (var grain in Tally.Grains)
        {
            foreach (var by in choices.Length > 0 ? choices : Choices)
            {
                await CheckAsync(store, ReadOf(grain, by), when).ConfigureAwait(false);
            }

            foreach (var by in Tally.HasFigures ? Choices : [[]])
            {
                await CheckAsync(store, ReadOf(grain, by) with { OfFigures = true }, when).ConfigureAwait(false);
            }
        }
    }

    public async Task CheckAsync(ISpendStore store, SpendRead read, string when = "", Tally? expected = null)
    {
        var what = $"{when}{(when.Length > 0 ? ", " : "")}{(read.OfFigures ? "figures by " : "by ")}{read.Grain}{string.Concat(read.By.Select(d => $" and {d}"))}";
        Expect.Same(what, (expected ?? Tally).Expected(read, Settings), Line.Of(read, await ReadAsync(store, read).ConfigureAwait(false), Settings.TimeZone));
    }

    public async Task<List<SpendAggregate>> ReadAsync(ISpendStore store, SpendRead read)
    {
        var rows = new List<SpendAggregate>();
        await foreach (var row in store.ReadAsync(read, stop).ConfigureAwait(false))
        {
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>A reading of all that there is, and of the periods beside it.</summary>
    public SpendRead ReadOf(SpendGrain grain, params SpendDimension[] by)
    {
        var (from, to) = Tally.Range(grain) ?? (DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        if (Tally.Range(grain) is not null)
        {
            (from, to) = grain switch
            {
                SpendGrain.Hour => (from.AddHours(-2), to.AddHours(2)),
                SpendGrain.Day => (from.AddDays(-2), to.AddDays(2)),
                _ => (from.AddMonths(-2), to.AddMonths(2)),
            };
        }

        return new SpendRead(grain, from, to, by.ToHashSet());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _open)
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }
    }
}
