using System.Buffers.Binary;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Records in Redis, by a connection of their own: whatever happens to them, the ledger goes on. All tenants' together in one slot: so the cap is one of all, what
/// they take is known before, and a page is read in the order of time without merging tenants.
/// </summary>
internal sealed class RedisRecordStore : IRecordStore
{
    private const int RowsAtOnce = 500;
    private const int WrittenAtOnce = 200;

    private static readonly string WriteScript = StoreScript.Read("records_write.lua");
    private static readonly string DropScript = StoreScript.Read("records_drop.lua");

    private readonly RedisConnection _connection;
    private readonly RedisUpkeep _upkeep;
    private readonly StoreSettings _settings;
    private readonly RedisKey[] _keys;
    private readonly int _maxRecords;
    private readonly TimeSpan _retention;

    public RedisRecordStore(RedisAddress address, StoreSettings settings, int maxRecords, TimeSpan retention)
    {
        var keys = new Keys(settings.KeyPrefix);
        _connection = new RedisConnection(address, settings);
        _upkeep = new RedisUpkeep(_connection, keys, settings);
        _settings = settings;
        _keys = [keys.RecordsByTime, keys.Records];
        _maxRecords = maxRecords;
        _retention = retention;
    }

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await (_settings.ReadOnly ? _upkeep.CheckAsync(cancellationToken) : _upkeep.IdentifyAsync(cancellationToken)).ConfigureAwait(false);
    }

    public async Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        var added = 0;
        foreach (var some in records.Chunk(WrittenAtOnce))
        {
            var values = new List<RedisValue>((some.Length * 2) + 3) { _maxRecords, FirstKept(), Math.Max(1, (long)Math.Min(_retention.TotalSeconds, int.MaxValue)) };
            foreach (var record in some)
            {
                values.Add(RecordKey.Of(record).ToBytes());
                values.Add(UsageRecordJson.Line(record));
            }

            added += (int)await _connection.RunAsync(WriteScript, _keys, [.. values], cancellationToken).ConfigureAwait(false);
        }

        return added;
    }

    public async Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var there = await _connection.CallAsync(
            redis => Task.WhenAll(ids.Select(id => redis.HashExistsAsync(_keys[1], id.ToByteArray(bigEndian: true)))), cancellationToken).ConfigureAwait(false);
        return ids.Zip(there).Where(pair => pair.Second).Select(pair => pair.First).ToHashSet();
    }

    public async Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        var line = await _connection.CallAsync(redis => redis.HashGetAsync(_keys[1], id.ToByteArray(bigEndian: true)), cancellationToken).ConfigureAwait(false);
        return (byte[]?)line is { } found ? UsageRecordReader.Read(found) : null;
    }

    public async Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken)
    {
        var scan = new RecordScan(query);
        RecordKey[] keys;
        do
        {
            keys = await KeysAsync(scan, cancellationToken).ConfigureAwait(false);
            var fields = Array.ConvertAll(keys, key => (RedisValue)key.Id.ToByteArray(bigEndian: true));
            var lines = keys.Length == 0 ? [] : await _connection.CallAsync(redis => redis.HashGetAsync(_keys[1], fields), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < keys.Length && !scan.IsFull; i++)
            {
                // Gone since: dropped for a newer one, or erased.
                scan.Take(keys[i], (byte[]?)lines[i] is { } line ? UsageRecordReader.Read(line) : null);
            }
        }
        while (keys.Length == RowsAtOnce && !scan.IsFull);
        return scan.ToPage();
    }

    public async Task<long> EraseUserAsync(string user, CancellationToken cancellationToken)
    {
        var query = new UsageRecordQuery { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = user }, PageSize = RowsAtOnce, OldestFirst = true };
        long all = 0;
        while (true)
        {
            var page = await ReadAsync(query, cancellationToken).ConfigureAwait(false);
            all += await DropAsync([.. page.Records.Select(RecordKey.Of)], cancellationToken).ConfigureAwait(false);
            if (page.Next is not { } next)
            {
                return all;
            }

            query = query with { After = next };
        }
    }

    public async Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken)
    {
        long all = 0;
        RecordKey[] keys;
        do
        {
            // From the beginning each time: what was there is gone.
            keys = await KeysAsync(new RecordScan(new UsageRecordQuery { To = before, OldestFirst = true }), cancellationToken).ConfigureAwait(false);
            all += await DropAsync(keys, cancellationToken).ConfigureAwait(false);
        }
        while (keys.Length == RowsAtOnce);
        return all;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<RecordKey[]> KeysAsync(RecordScan scan, CancellationToken cancellationToken)
    {
        var lowest = scan.Lowest is { } low ? Bound(low.Inclusive ? '[' : '(', low.Key) : "-"u8.ToArray();
        var highest = scan.Highest is { } high ? Bound('(', high) : "+"u8.ToArray();
        var (command, from, to) = scan.OldestFirst ? ("ZRANGEBYLEX", lowest, highest) : ("ZREVRANGEBYLEX", highest, lowest);
        var reply = await _connection.CallAsync(redis => redis.ExecuteAsync(command, _keys[0], from, to, "LIMIT", 0, RowsAtOnce), cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(((RedisValue[]?)reply)!, key => RecordKey.Read((byte[])key!));
    }

    private async Task<long> DropAsync(RecordKey[] keys, CancellationToken cancellationToken) =>
        keys.Length == 0 ? 0 : (long)await _connection.RunAsync(DropScript, _keys, Array.ConvertAll(keys, key => (RedisValue)key.ToBytes()), cancellationToken).ConfigureAwait(false);

    private byte[] FirstKept()
    {
        var now = _settings.Time.GetUtcNow();
        var ticks = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(ticks, _retention < now - DateTimeOffset.MinValue ? (now - _retention).UtcTicks : 0);
        return ticks;
    }

    private static byte[] Bound(char kind, RecordKey key) => [(byte)kind, .. key.ToBytes()];
}
