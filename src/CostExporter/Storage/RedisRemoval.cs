using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Deletes whole periods, or everything. What names the rest goes last, a period's list of users behind their rows, the list of partitions behind all
/// periods: so a removal that was cut short is done again and finds what is left.
/// </summary>
internal sealed class RedisRemoval(RedisConnection connection, Keys keys, SpendPeriods periods)
{
    private const int PeriodsAtOnce = 16;
    private const int UsersAtOnce = 500;

    public async Task<long> PruneAsync(SpendGrain grain, DateOnly before, CancellationToken cancellationToken)
    {
        var end = periods.FirstNotBefore(grain, before);
        var deleted = 0L;

        // First: so that reports say what they are short of, also where this does not come to its end.
        var name = StoreIdentity.PrunedName(grain);
        await connection.CallAsync(
            async redis =>
            {
                var known = await redis.HashGetAsync(keys.Settings, name).ConfigureAwait(false);
                return (known.IsNull || (long)known < end.ToUnixTimeSeconds()) && await redis.HashSetAsync(keys.Settings, name, end.ToUnixTimeSeconds()).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var partition in await RedisErasure.PartitionsAsync(connection, keys, cancellationToken).ConfigureAwait(false))
        {
            deleted += await DeleteAsync(partition, grain, periods.All(grain).TakeWhile(period => period < end), clears: false, cancellationToken).ConfigureAwait(false);
        }

        return deleted;
    }

    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        var senders = (await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(keys.Senders), cancellationToken).ConfigureAwait(false)).Select(sender => Keys.ReadSender(sender!)).ToArray();
        var partitions = await RedisErasure.PartitionsAsync(connection, keys, cancellationToken).ConfigureAwait(false);
        foreach (var partition in partitions.Union(senders.Select(sender => sender.Partition)))
        {
            foreach (var grain in SpendPeriods.Grains)
            {
                await DeleteAsync(partition, grain, periods.All(grain), clears: true, cancellationToken).ConfigureAwait(false);
            }

            await DeleteNamedAsync(keys.Received(partition), key => key, cancellationToken).ConfigureAwait(false);
        }

        await DeleteNamedAsync(keys.Sources, keys.Claims, cancellationToken).ConfigureAwait(false);
        await DeleteAsync([keys.Partitions, keys.Corrections, keys.Settings, keys.Beats], cancellationToken).ConfigureAwait(false);

        // Last: an exporter that runs finds its number gone, and announces anew what it writes from then on.
        await DeleteAsync(senders.Select(sender => keys.LastNumber(sender.Partition, sender.Instance)), cancellationToken).ConfigureAwait(false);
        await DeleteAsync([keys.Senders], cancellationToken).ConfigureAwait(false);
    }

    private async Task<long> DeleteAsync(string partition, SpendGrain grain, IEnumerable<DateTimeOffset> those, bool clears, CancellationToken cancellationToken)
    {
        var rows = 0L;
        foreach (var some in those.Chunk(PeriodsAtOnce))
        {
            rows += (await Task.WhenAll(some.Select(period => DeleteAsync(partition, grain, period, clears, cancellationToken))).ConfigureAwait(false)).Sum();
        }

        return rows;
    }

    private async Task<long> DeleteAsync(string partition, SpendGrain grain, DateTimeOffset period, bool clears, CancellationToken cancellationToken)
    {
        var figures = keys.FiguresByUser(partition, grain, period);
        var rows = await connection.CallAsync(redis => redis.HashLengthAsync(figures), cancellationToken).ConfigureAwait(false);
        var users = await UsersAsync(partition, grain, period, cancellationToken).ConfigureAwait(false);
        foreach (var some in users.Chunk(UsersAtOnce))
        {
            string[] hashes = [.. some.Select(user => keys.Rows(partition, grain, period, KeyText.Decode(user)))];
            rows += (await connection.CallAsync(redis => Task.WhenAll(hashes.Select(hash => redis.HashLengthAsync(hash))), cancellationToken).ConfigureAwait(false)).Sum();
            if (clears && grain == SpendGrain.Hour)
            {
                await DeleteAsync(await SessionsAsync(partition, hashes, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            await DeleteAsync(hashes, cancellationToken).ConfigureAwait(false);
        }

        await DeleteAsync([figures, .. RedisSums.Of(keys, partition, grain, period)], cancellationToken).ConfigureAwait(false);
        if (grain != SpendGrain.Hour)
        {
            await (clears || grain == SpendGrain.Month
                ? DeleteAsync([keys.ByUser(partition, grain, period)], cancellationToken)
                : DeleteNamesAsync(partition, period, users, cancellationToken)).ConfigureAwait(false);
        }

        return rows;
    }

    // Hours have no list of their own: who was there in an hour was there in its day.
    private async Task<IReadOnlyCollection<string>> UsersAsync(string partition, SpendGrain grain, DateTimeOffset period, CancellationToken cancellationToken)
    {
        var lists = grain == SpendGrain.Hour ? periods.DaysOf(period).Select(day => keys.ByUser(partition, SpendGrain.Day, day)) : [keys.ByUser(partition, grain, period)];
        var users = await Task.WhenAll(lists.Select(list => RedisHashes.FieldsAsync(connection, list, startsWith: "", cancellationToken))).ConfigureAwait(false);
        return [.. users.SelectMany(list => list).Distinct()];
    }

    private async Task<IEnumerable<string>> SessionsAsync(string partition, string[] hashes, CancellationToken cancellationToken)
    {
        var fields = await Task.WhenAll(hashes.Select(hash => RedisHashes.FieldsAsync(connection, hash, startsWith: "", cancellationToken))).ConfigureAwait(false);
        return fields.SelectMany(names => names).Select(name => SpendKeyText.SessionOf(name, SpendKeyText.RowParts)).OfType<string>().Distinct().Select(session => keys.Session(partition, session));
    }

    // A day's list of users stays as long as hours do that are found by it, with the names of those who have some.
    private async Task DeleteNamesAsync(string partition, DateTimeOffset day, IReadOnlyCollection<string> users, CancellationToken cancellationToken)
    {
        var list = keys.ByUser(partition, SpendGrain.Day, day);
        DateTimeOffset[] hours = [.. periods.HoursOf(day).Where(hour => hour >= periods.FirstKept(SpendGrain.Hour))];
        foreach (var some in users.Chunk(UsersAtOnce))
        {
            var rows = await connection.CallAsync(
                redis => Task.WhenAll(some.Select(async user => (await Task.WhenAll(hours.Select(hour => redis.KeyExistsAsync(keys.Rows(partition, SpendGrain.Hour, hour, KeyText.Decode(user))))).ConfigureAwait(false)).Any(there => there))),
                cancellationToken).ConfigureAwait(false);
            await RedisNames.BareAsync(connection, list, some.Zip(rows).Where(user => user.Second).Select(user => user.First), cancellationToken).ConfigureAwait(false);
            RedisValue[] gone = [.. some.Zip(rows).Where(user => !user.Second).Select(user => (RedisValue)user.First)];
            _ = gone.Length == 0 ? 0 : await connection.CallAsync(redis => redis.HashDeleteAsync(list, gone), cancellationToken).ConfigureAwait(false);
        }
    }

    // What a list names, and then the list.
    private async Task DeleteNamedAsync(string list, Func<string, string> keyOf, CancellationToken cancellationToken)
    {
        var names = await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(list), cancellationToken).ConfigureAwait(false);
        await DeleteAsync(names.Select(name => keyOf(((string?)name)!)), cancellationToken).ConfigureAwait(false);
        await DeleteAsync([list], cancellationToken).ConfigureAwait(false);
    }

    // One by one, since those of the whole store may be on different nodes. Not DEL, which keeps the server from others where a hash is large.
    private async Task DeleteAsync(IEnumerable<string> those, CancellationToken cancellationToken)
    {
        foreach (var some in those.Chunk(UsersAtOnce))
        {
            await connection.CallAsync(redis => Task.WhenAll(some.Select(key => redis.ExecuteAsync("UNLINK", (RedisKey)key))), cancellationToken).ConfigureAwait(false);
        }
    }
}
