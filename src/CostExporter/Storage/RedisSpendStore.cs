using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>The store for production: Redis or a Redis Cluster. A batch is one run of apply.lua in one slot, a receipt one of receive.lua.</summary>
internal sealed class RedisSpendStore : ISpendStore, IReceiptStore
{
    private static readonly string ApplyScript = StoreScript.ReadBooking("apply.lua");

    private readonly RedisConnection _connection;
    private readonly Keys _keys;
    private readonly SpendPeriods _periods;
    private readonly RedisUpkeep _upkeep;
    private readonly StoreSettings _settings;
    private readonly RedisReceipts _receipts;
    private readonly string _applyScript;

    /// <param name="address">Where it is.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="applyScript">Another script than apply.lua: only a test that shows what happens without one of its checks.</param>
    /// <param name="receiveScript">The same of receive.lua.</param>
    public RedisSpendStore(RedisAddress address, StoreSettings settings, string? applyScript = null, string? receiveScript = null)
    {
        _applyScript = applyScript ?? ApplyScript;
        _connection = new RedisConnection(address, settings);
        _keys = new Keys(settings.KeyPrefix);
        _periods = new SpendPeriods(settings);
        _upkeep = new RedisUpkeep(_connection, _keys, settings);
        _receipts = new RedisReceipts(_connection, _keys, _periods, _upkeep, settings, receiveScript);
        _settings = settings;
    }

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await (_settings.ReadOnly ? _upkeep.CheckAsync(cancellationToken) : _upkeep.IdentifyAsync(cancellationToken)).ConfigureAwait(false);
    }

    public TimeSpan NumbersKept => RedisBatch.NumberKept;

    public string PartitionOf(in SpendKey key) => Keys.Partition(key.Tenant);

    public async Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        var (keys, values) = RedisBatch.Arrange(batch, _keys, _periods, _settings);
        if (batch.Number == 1)
        {
            // An emptied store takes it, sent again, without a gap: that the partition was announced says nothing then.
            _upkeep.Forget(batch.Partition);
        }

        await _upkeep.BeforeAsync(batch, cancellationToken).ConfigureAwait(false);
        var answer = ((RedisResult[]?)await _connection.RunAsync(_applyScript, keys, values, cancellationToken).ConfigureAwait(false))!;
        if ((string?)answer[3] != (string?)keys[0])
        {
            throw new InvalidDataException($"{_connection.Name} answered a batch of '{(string?)answer[3]}' where '{(string?)keys[0]}' had sent one.");
        }

        var status = (long)answer[0] switch
        {
            1 => BatchStatus.Applied,
            0 => BatchStatus.AlreadyApplied,
            _ => BatchStatus.Gap,
        };
        if (status == BatchStatus.Gap)
        {
            // The numbers are gone: so the list of partitions may be.
            _upkeep.Forget();
        }

        return new BatchReply(status, (long)answer[1], (int)answer[2]);
    }

    public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) =>
        new RedisReader(_connection, _keys, _periods, _upkeep).ReadAsync(read, cancellationToken);

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) =>
        RedisSessions.ReadAsync(_connection, _keys, read, cancellationToken);

    public async Task<IReadOnlyList<SpendAggregate>?> ReadTopAsync(TopRead read, CancellationToken cancellationToken)
    {
        var since = await _upkeep.ListsSinceAsync(cancellationToken).ConfigureAwait(false);
        return await new RedisTop(_connection, _keys, _periods).ReadAsync(read, since, cancellationToken).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken) => _upkeep.BeatAsync(beat, cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => RedisBeats.ReadAsync(_connection, _keys.Beats, cancellationToken);

    public Task<StoreStatus?> StatusAsync(CancellationToken cancellationToken) => RedisStatus.ReadAsync(_connection, _keys, cancellationToken);

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => RedisErasure.EraseUserAsync(_connection, _keys, _periods, user, cancellationToken);

    public Task ClearAsync(CancellationToken cancellationToken) => RedisErasure.ClearAsync(_connection, _keys, _periods, cancellationToken);

    public Task<long> PruneAsync(SpendGrain grain, DateOnly before, CancellationToken cancellationToken) =>
        RedisErasure.PruneAsync(_connection, _keys, _periods, grain, before, cancellationToken);

    public Task<IReadOnlyList<SpendCorrection>> CorrectionsAsync(CancellationToken cancellationToken) => RedisCorrections.ReadAsync(_connection, _keys, cancellationToken);

    public Task<bool> SetCorrectionAsync(SpendCorrection correction, bool inForce, CancellationToken cancellationToken) =>
        RedisCorrections.SetAsync(_connection, _keys, correction, inForce, _upkeep.Kept, cancellationToken);

    public Task<StoreKeeps?> KeepsAsync(CancellationToken cancellationToken) => _upkeep.KeepsAsync(cancellationToken);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) => _upkeep.HourRetentionAsync(cancellationToken);

    public TimeSpan IdsKept => RedisReceipts.IdsKept;

    public TimeSpan StatesKept => RedisReceipts.StatesKept;

    public TimeSpan DurableAfter => RedisReceipts.DurableAfter;

    public Task<IReadOnlyList<ReceiptReply>> BookAsync(IReadOnlyList<SpendReceipt> receipts, CancellationToken cancellationToken) => _receipts.BookAsync(receipts, cancellationToken);

    public Task<IReadOnlyList<StoredState>> ReadStatesAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        _receipts.ReadStatesAsync(partition, keys, cancellationToken);

    public Task<UsageSourceKind> ClaimAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken) =>
        _receipts.ClaimAsync(source, hour, kind, cancellationToken);

    public Task<string> LifeAsync(string partition, CancellationToken cancellationToken) => _receipts.LifeAsync(partition, cancellationToken);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
