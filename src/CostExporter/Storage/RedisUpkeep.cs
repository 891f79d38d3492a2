using System.Collections.Concurrent;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Sees to it that what a batch relies on is there before it is sent, and stays: the store's settings, the partition in the list that
/// readers start from, and the numbers of partitions that are quiet for longer than Redis keeps them.
/// </summary>
internal sealed class RedisUpkeep
{
    private static readonly string OpenScript = StoreScript.Read("open.lua");
    private static readonly string AnnounceScript = StoreScript.Read("announce.lua");
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    // A month, and what the daily upkeep may be late.
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(31 + 2);

    private readonly RedisConnection _connection;
    private readonly Keys _keys;
    private readonly StoreSettings _settings;
    private readonly long _kept;

    // When each partition of each instance was seen to last.
    private readonly ConcurrentDictionary<(string Partition, string Instance), DateTimeOffset> _done = [];

    public RedisUpkeep(RedisConnection connection, Keys keys, StoreSettings settings)
    {
        _connection = connection;
        _keys = keys;
        _settings = settings;
        TimeSpan[] retentions = [settings.HourRetention, settings.DayRetention, settings.MonthRetention, RedisBatch.NumberKept];
        _kept = (long)(retentions.Max().TotalSeconds + LongestPeriod.TotalSeconds);
        connection.Reconnected += Forget;
    }

    /// <summary>Another server, or an emptied one, may answer from now on.</summary>
    public void Forget()
    {
        foreach (var known in _done.Keys)
        {
            _done[known] = DateTimeOffset.MinValue;
        }
    }

    /// <summary>Writes the store's settings where there are none, renews and checks them.</summary>
    public async Task IdentifyAsync(CancellationToken cancellationToken)
    {
        var stored = ((string?[]?)await _connection.RunAsync(
            OpenScript, [_keys.Settings], [StoreIdentity.Schema, _settings.TimeZone.Id, _kept], cancellationToken).ConfigureAwait(false))!;
        StoreIdentity.Check($"The spend store in {_connection.Name} with the key prefix of {_keys.Settings}", stored[0], stored[1], _settings.TimeZone);
    }

    public async Task BeforeAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        var now = _settings.Time.GetUtcNow();
        var due = now - Every;
        if (_done.TryGetValue((batch.Partition, batch.Instance), out var done) && done > due)
        {
            return;
        }

        await IdentifyAsync(cancellationToken).ConfigureAwait(false);
        _done.TryAdd((batch.Partition, batch.Instance), DateTimeOffset.MinValue);
        foreach (var (known, at) in _done)
        {
            if (at <= due)
            {
                await RenewAsync(known.Partition, known.Instance, cancellationToken).ConfigureAwait(false);
                _done[known] = now;
            }
        }
    }

    private async Task RenewAsync(string partition, string instance, CancellationToken cancellationToken)
    {
        await _connection.RunAsync(AnnounceScript, [_keys.Partitions], [partition, _kept], cancellationToken).ConfigureAwait(false);
        await _connection.CallAsync(redis => redis.KeyExpireAsync(_keys.LastNumber(partition, instance), RedisBatch.NumberKept), cancellationToken).ConfigureAwait(false);
    }
}
