using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Reads aggregates without ever looking for keys: the list of partitions, the periods asked for and the users in a period's sum by user
/// name them all. What a sum beside the rows can answer is read from there alone.
/// </summary>
internal sealed class RedisReader(RedisConnection connection, Keys keys, SpendPeriods periods, RedisUpkeep upkeep)
{
    // So much is asked for at once: enough to hide the round trips, too little to keep the server from others.
    private const int PeriodsAtOnce = 64;
    private const int UsersAtOnce = 500;
    private const int FieldsAtOnce = 1000;

    // Hours have a sum by user alone, and those of earlier versions have none.
    private DateOnly _sumsSince;

    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _sumsSince = read.Grain == SpendGrain.Hour ? await upkeep.ListsSinceAsync(cancellationToken).ConfigureAwait(false) : DateOnly.MinValue;
        var partitions = (await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(keys.Partitions), cancellationToken).ConfigureAwait(false))
            .Select(partition => ((string?)partition)!).ToArray();
        var slices =
            from period in periods.Between(read)
            from partition in partitions
            select new Slice(partition, period, HasSums(read.Grain, period));
        foreach (var some in slices.Chunk(PeriodsAtOnce))
        {
            await foreach (var row in ReadAsync(read, some, cancellationToken).ConfigureAwait(false))
            {
                yield return row;
            }
        }
    }

    private IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, Slice[] slices, CancellationToken cancellationToken)
    {
        if (read.OfFigures)
        {
            return ReadFiguresAsync(read, slices, cancellationToken);
        }

        var users = read.By.Contains(SpendDimension.User);
        var models = read.Tags.Count != 0 || read.By.Any(dimension => dimension is not (SpendDimension.User or SpendDimension.Tenant));
        return (models && (users || read.Grain == SpendGrain.Hour)) || !slices.All(slice => slice.HasSums)
            ? ReadRowsAsync(read, slices, cancellationToken)
            : users || read.Grain == SpendGrain.Hour ? ReadUsersAsync(read, slices, cancellationToken) : ReadSumsAsync(read, slices, cancellationToken);
    }

    private async IAsyncEnumerable<SpendAggregate> ReadUsersAsync(SpendRead read, Slice[] slices, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sums = await Task.WhenAll(slices.Select(slice => ReadHashAsync(keys.ByUser(slice.Partition, read.Grain, slice.Period), cancellationToken))).ConfigureAwait(false);
        var merge = new SpendMerge(read);
        foreach (var (slice, users) in slices.Zip(sums))
        {
            foreach (var (field, measures) in users)
            {
                merge.Add(new SpendKey(null, null, UserOf(field, out var day), slice.Tenant, null), day, measures);
            }

            foreach (var row in merge.Take(slice.Period))
            {
                yield return row;
            }
        }
    }

    private async IAsyncEnumerable<SpendAggregate> ReadSumsAsync(SpendRead read, Slice[] slices, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sums = await Task.WhenAll(slices.Select(slice => ReadFieldsAsync(keys.ByModel(slice.Partition, read.Grain, slice.Period), cancellationToken))).ConfigureAwait(false);
        var merge = new RowMerge(read);
        foreach (var (slice, fields) in slices.Zip(sums))
        {
            foreach (var (field, measures) in fields)
            {
                merge.Add(field, measures);
            }

            foreach (var row in merge.Take(slice.Period, slice.Tenant, user: null))
            {
                yield return row;
            }
        }
    }

    private async IAsyncEnumerable<SpendAggregate> ReadFiguresAsync(SpendRead read, Slice[] slices, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var users = read.Grain == SpendGrain.Hour || read.By.Contains(SpendDimension.User);
        var hashes = await Task.WhenAll(slices.Select(slice => ReadHashAsync(
            users ? keys.FiguresByUser(slice.Partition, read.Grain, slice.Period) : keys.Figures(slice.Partition, read.Grain, slice.Period),
            cancellationToken))).ConfigureAwait(false);
        var merge = new SpendMerge(read);
        foreach (var (slice, figures) in slices.Zip(hashes))
        {
            foreach (var (field, measures) in figures)
            {
                merge.Add(slice.FigureKey(field, out var day), day, measures);
            }

            foreach (var row in merge.Take(slice.Period))
            {
                yield return row;
            }
        }
    }

    private async IAsyncEnumerable<SpendAggregate> ReadRowsAsync(
        SpendRead read, Slice[] slices, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lists = await Task.WhenAll(slices.Select(slice => UsersAsync(read.Grain, slice, cancellationToken))).ConfigureAwait(false);
        var chunks = slices.Zip(lists).SelectMany(list => list.Second.Select(user => (Slice: list.First, User: user))).Chunk(UsersAtOnce).ToArray();
        var merge = new RowMerge(read);
        var userByUser = read.By.Contains(SpendDimension.User);
        Slice? last = null;

        // The next ones are on their way while these are added up.
        var next = RowsAsync(read.Grain, chunks.FirstOrDefault() ?? [], cancellationToken);
        for (var i = 0; i < chunks.Length; i++)
        {
            var hashes = await next.ConfigureAwait(false);
            next = RowsAsync(read.Grain, i + 1 < chunks.Length ? chunks[i + 1] : [], cancellationToken);
            foreach (var ((slice, user), rows) in chunks[i].Zip(hashes))
            {
                foreach (var row in last is { } before && before != slice ? merge.Take(before.Period, before.Tenant, user: null) : [])
                {
                    yield return row;
                }

                last = slice;
                foreach (var row in rows)
                {
                    merge.Add(((byte[]?)row.Name)!, (byte[]?)row.Value);
                }

                foreach (var row in userByUser ? merge.Take(slice.Period, slice.Tenant, user) : [])
                {
                    yield return row;
                }
            }
        }

        foreach (var row in last is { } end ? merge.Take(end.Period, end.Tenant, user: null) : [])
        {
            yield return row;
        }
    }

    private Task<HashEntry[][]> RowsAsync(SpendGrain grain, (Slice Slice, string? User)[] users, CancellationToken cancellationToken) => users.Length == 0
        ? Task.FromResult<HashEntry[][]>([])
        : connection.CallAsync(
            redis => Task.WhenAll(users.Select(one => redis.HashGetAllAsync(keys.Rows(one.Slice.Partition, grain, one.Slice.Period, one.User)))), cancellationToken);

    // Hours of earlier versions have no sum by user: who was there in an hour was there in its day.
    private async Task<IEnumerable<string?>> UsersAsync(SpendGrain grain, Slice slice, CancellationToken cancellationToken)
    {
        var lists = slice.HasSums
            ? [keys.ByUser(slice.Partition, grain, slice.Period)]
            : periods.DaysOf(slice.Period).Select(day => keys.ByUser(slice.Partition, SpendGrain.Day, day));
        var users = await Task.WhenAll(lists.Select(list => ReadHashAsync(list, cancellationToken))).ConfigureAwait(false);
        return users.SelectMany(list => list.Keys).Select(field => UserOf(field, out _)).Distinct();
    }

    private bool HasSums(SpendGrain grain, DateTimeOffset period) =>
        grain != SpendGrain.Hour || _sumsSince == DateOnly.MinValue || periods.DaysOf(period).All(day => DateOnly.FromDateTime(day.UtcDateTime) >= _sumsSince);

    // Of an hour that lies in two days, with the later of them behind it.
    private static string? UserOf(string field, out DateOnly? day)
    {
        day = null;
        if (!field.Contains(KeyText.Separator, StringComparison.Ordinal))
        {
            return KeyText.Decode(field);
        }

        Span<string?> user = new string?[1];
        _ = SpendKeyText.Read(KeyText.Split(field, user), out day);
        return user[0];
    }

    private async Task<Dictionary<string, byte[]>> ReadHashAsync(string key, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await ScanAsync(key, (field, value) => fields[((string?)field)!] = value, cancellationToken).ConfigureAwait(false);
        return fields;
    }

    private async Task<Dictionary<byte[], byte[]>> ReadFieldsAsync(string key, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<byte[], byte[]>(RowMerge.ByContent);
        await ScanAsync(key, (field, value) => fields[((byte[]?)field)!] = value, cancellationToken).ConfigureAwait(false);
        return fields;
    }

    // In steps, because reading a large hash at once keeps the server from everybody else. A field may come twice while the hash grows.
    private async Task ScanAsync(string key, Action<RedisValue, byte[]> take, CancellationToken cancellationToken)
    {
        var cursor = "0";
        do
        {
            var reply = await connection.CallAsync(
                redis => redis.ExecuteAsync("HSCAN", (RedisKey)key, cursor, "COUNT", FieldsAtOnce), cancellationToken).ConfigureAwait(false);
            var page = ((RedisResult[]?)reply)!;
            cursor = ((string?)page[0])!;
            var pairs = ((RedisValue[]?)page[1])!;
            for (var i = 0; i + 1 < pairs.Length; i += 2)
            {
                take(pairs[i], ((byte[]?)pairs[i + 1])!);
            }
        }
        while (cursor != "0");
    }

    /// <param name="Partition">The partition.</param>
    /// <param name="Period">The period.</param>
    /// <param name="HasSums">Whether there are sums beside its rows.</param>
    private readonly record struct Slice(string Partition, DateTimeOffset Period, bool HasSums)
    {
        public string? Tenant { get; } = Keys.Tenant(Partition);

        public SpendKey FigureKey(string text, out DateOnly? day)
        {
            Span<string?> parts = new string?[4];
            var more = SpendKeyText.Read(KeyText.Split(text, parts), out day);
            return new SpendKey(parts[1], parts[2], parts[0], Tenant, parts[3], more);
        }
    }
}
