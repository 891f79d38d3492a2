using System.Collections.Concurrent;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Sees to it that what a partition's rows rely on is there before a batch is sent, and outlives them: with every flush the store's settings, which also say
/// whether a newer version has taken the store over, and once a day the partition in the list that readers start from.
/// </summary>
internal sealed class RedisUpkeep
{
    private static readonly string OpenScript = StoreScript.Read("open.lua");
    private static readonly string UpgradeScript = StoreScript.Read("upgrade.lua");
    private static readonly string AnnounceScript = StoreScript.Read("announce.lua");

    // A month, the day until the next upkeep, and one to spare.
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(31 + 2);

    // A flush of many batches does so once or twice, and the next flush again.
    private static readonly TimeSpan IdentifyAfter = TimeSpan.FromSeconds(0.1);

    private readonly RedisConnection _connection;
    private readonly Keys _keys;
    private readonly StoreSettings _settings;
    private readonly long _kept;

    // The partitions seen to on this day (UTC), those that this exporter sends batches to apart from those that receipts are booked in.
    private readonly ConcurrentDictionary<(string Partition, bool Sends), bool> _done = [];
    private DateTime _day;
    private long _identifiedAt;

    public RedisUpkeep(RedisConnection connection, Keys keys, StoreSettings settings)
    {
        _connection = connection;
        _keys = keys;
        _settings = settings;
        TimeSpan[] retentions = [settings.HourRetention, settings.DayRetention, settings.MonthRetention, RedisReceipts.StatesKept];
        _kept = (long)(retentions.Max().TotalSeconds + LongestPeriod.TotalSeconds);
        connection.Reconnected += Forget;
    }

    /// <summary>Longer than anything that is there now is kept.</summary>
    // What is kept for ever, and a period more, is no span of time.
    public TimeSpan Kept => TimeSpan.FromSeconds(Math.Min(_kept, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond));

    /// <summary>Another server, or an emptied one, may answer from now on.</summary>
    public void Forget() => _done.Clear();

    /// <summary>The same, where only this partition is in doubt.</summary>
    public void Forget(string partition)
    {
        _done.TryRemove((partition, true), out _);
        _done.TryRemove((partition, false), out _);
    }

    /// <summary>Writes the store's settings where there are none, renews and checks them.</summary>
    public async Task IdentifyAsync(CancellationToken cancellationToken)
    {
        var stored = await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (stored[0] == StoreIdentity.EarlierSchema)
        {
            var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(_settings.Time.GetUtcNow(), _settings.TimeZone).DateTime);
            await _connection.RunAsync(
                UpgradeScript, [_keys.Settings], [StoreIdentity.EarlierSchema, StoreIdentity.Schema, StoreIdentity.ListsSince(today)], cancellationToken).ConfigureAwait(false);
            stored = await OpenAsync(cancellationToken).ConfigureAwait(false);
        }

        Check(stored[0], stored[1]);
        Volatile.Write(ref _identifiedAt, _settings.Time.GetTimestamp());
    }

    /// <summary>Checks the store's settings without a write: a replica and a user who may only read do for a report.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var stored = await _connection.CallAsync(
            redis => redis.HashGetAsync(_keys.Settings, new RedisValue[] { StoreIdentity.SchemaName, StoreIdentity.TimeZoneName }), cancellationToken).ConfigureAwait(false);
        if (stored[0].IsNull)
        {
            throw new KeyNotFoundException($"There is no ledger with the key prefix '{_settings.KeyPrefix}' in {_connection.Name}, database {_connection.Database}: nothing was recorded there yet.");
        }

        Check(stored[0], stored[1]);
    }

    /// <summary>The first day whose sums and lists are whole; read anew each time, since the store may be another one by now.</summary>
    public async Task<DateOnly> ListsSinceAsync(CancellationToken cancellationToken)
    {
        var stored = await _connection.CallAsync(
            redis => redis.HashGetAsync(_keys.Settings, new RedisValue[] { StoreIdentity.SchemaName, StoreIdentity.ListsSinceName }), cancellationToken).ConfigureAwait(false);
        return StoreIdentity.ListsSince(stored[0], stored[1]);
    }

    /// <summary>See <see cref="ISpendStore.HourRetentionAsync"/>.</summary>
    public async Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) =>
        StoreIdentity.HourRetention(await _connection.CallAsync(redis => redis.HashGetAsync(_keys.Settings, StoreIdentity.HourRetentionName), cancellationToken).ConfigureAwait(false));

    /// <summary>See <see cref="ISpendStore.KeepsAsync"/>.</summary>
    public async Task<StoreKeeps?> KeepsAsync(CancellationToken cancellationToken)
    {
        var names = Array.ConvertAll(StoreIdentity.KeepsNames, name => (RedisValue)name);
        return StoreIdentity.Keeps(Array.ConvertAll(await _connection.CallAsync(redis => redis.HashGetAsync(_keys.Settings, names), cancellationToken).ConfigureAwait(false), value => (string?)value));
    }

    /// <summary>See <see cref="ISpendStore.BeatAsync"/>.</summary>
    public async Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken)
    {
        await IdentifyAsync(cancellationToken).ConfigureAwait(false);
        return await RedisBeats.BeatAsync(_connection, _keys.Beats, beat, _kept, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>To call before a batch.</summary>
    public Task BeforeAsync(SpendBatch batch, CancellationToken cancellationToken) => BeforeAsync(batch.Partition, batch.Instance, cancellationToken);

    /// <summary>To call before something is added to a partition that is in no batch.</summary>
    public Task BeforeAsync(string partition, CancellationToken cancellationToken) => BeforeAsync(partition, instance: null, cancellationToken);

    /// <summary>Puts a name on a list by which what is cleared is found without looking for keys, or keeps it there.</summary>
    public Task AnnounceAsync(string list, string name, TimeSpan kept, CancellationToken cancellationToken) =>
        _connection.RunAsync(AnnounceScript, [list], [name, (long)kept.TotalSeconds], cancellationToken);

    private async Task BeforeAsync(string partition, string? instance, CancellationToken cancellationToken)
    {
        var day = _settings.Time.GetUtcNow().UtcDateTime.Date;
        if (day != _day)
        {
            // Two batches may both do so: then something is done twice.
            _day = day;
            _done.Clear();
        }

        var isNew = !_done.ContainsKey((partition, instance is not null));
        if (isNew || _settings.Time.GetElapsedTime(Volatile.Read(ref _identifiedAt)) >= IdentifyAfter)
        {
            await IdentifyAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!isNew)
        {
            return;
        }

        await AnnounceAsync(_keys.Partitions, partition, Kept, cancellationToken).ConfigureAwait(false);
        if (instance is not null)
        {
            await AnnounceAsync(_keys.Senders, Keys.Sender(partition, instance), RedisBatch.NumberKept, cancellationToken).ConfigureAwait(false);
        }

        _done.TryAdd((partition, instance is not null), true);
    }

    private async Task<string?[]> OpenAsync(CancellationToken cancellationToken)
    {
        var said = StoreIdentity.KeepsNames.Zip(StoreIdentity.Said(_settings.Keeps)).SelectMany(one => new RedisValue[] { one.First, one.Second });
        return ((string?[]?)await _connection.RunAsync(
            OpenScript, [_keys.Settings], [StoreIdentity.Schema, _settings.TimeZone.Id, _kept, .. said], cancellationToken).ConfigureAwait(false))!;
    }

    private void Check(string? schema, string? timeZone) =>
        StoreIdentity.Check($"The spend store in {_connection.Name} with the key prefix '{_settings.KeyPrefix}'", schema, timeZone, _settings.TimeZone, _settings.ReadOnly);
}
