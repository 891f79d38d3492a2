using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Reads aggregates without ever looking for keys: the list of partitions, the periods asked for and the users in a period's sum by user
/// name them all. What a sum beside the rows can answer is read from there alone.
/// </summary>
internal sealed class RedisReader(RedisConnection connection, Keys keys, SpendPeriods periods)
{
    // So much is asked for at once: enough to hide the round trips, too little to keep the server from others.
    private const int PeriodsAtOnce = 64;
    private const int UsersAtOnce = 500;
    private const int FieldsAtOnce = 1000;

    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var partitions = (await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(keys.Partitions), cancellationToken).ConfigureAwait(false))
            .Select(partition => ((string?)partition)!).ToArray();
        var slices =
            from period in periods.Between(read)
            from partition in partitions
            select new Slice(partition, period);
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
        return read.Grain == SpendGrain.Hour || (users && models)
            ? ReadRowsAsync(read, slices, cancellationToken)
            : ReadSumsAsync(read, slices, users, cancellationToken);
    }

    private async IAsyncEnumerable<SpendAggregate> ReadSumsAsync(
        SpendRead read, Slice[] slices, bool users, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sums = await Task.WhenAll(slices.Select(slice => ReadHashAsync(
            users ? keys.ByUser(slice.Partition, read.Grain, slice.Period) : keys.ByModel(slice.Partition, read.Grain, slice.Period),
            cancellationToken))).ConfigureAwait(false);
        var merge = new SpendMerge(read);
        foreach (var (slice, sum) in slices.Zip(sums))
        {
            foreach (var (field, measures) in sum)
            {
                DateOnly? day = null;
                merge.Add(users ? new SpendKey(null, null, KeyText.Decode(field), slice.Tenant, null) : slice.Key(user: null, field, out day), day, measures);
            }

            foreach (var row in merge.Take(slice.Period))
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
        var merge = new SpendMerge(read);
        var userByUser = read.By.Contains(SpendDimension.User);
        foreach (var slice in slices)
        {
            foreach (var users in (await UsersAsync(read.Grain, slice, cancellationToken).ConfigureAwait(false)).Chunk(UsersAtOnce))
            {
                var hashes = await connection.CallAsync(
                    redis => Task.WhenAll(users.Select(user => redis.HashGetAllAsync(keys.Rows(slice.Partition, read.Grain, slice.Period, user)))),
                    cancellationToken).ConfigureAwait(false);
                foreach (var (user, rows) in users.Zip(hashes))
                {
                    foreach (var row in rows)
                    {
                        merge.Add(slice.Key(user, ((string?)row.Name)!, out var day), day, (byte[]?)row.Value);
                    }
                }

                foreach (var row in userByUser ? merge.Take(slice.Period) : [])
                {
                    yield return row;
                }
            }

            foreach (var row in merge.Take(slice.Period))
            {
                yield return row;
            }
        }
    }

    // Hours have no sum by user: who was there in an hour was there in its day.
    private async Task<IEnumerable<string?>> UsersAsync(SpendGrain grain, Slice slice, CancellationToken cancellationToken)
    {
        var lists = grain == SpendGrain.Hour
            ? periods.DaysOf(slice.Period).Select(day => keys.ByUser(slice.Partition, SpendGrain.Day, day))
            : [keys.ByUser(slice.Partition, grain, slice.Period)];
        var users = await Task.WhenAll(lists.Select(list => ReadHashAsync(list, cancellationToken))).ConfigureAwait(false);
        return users.SelectMany(list => list.Keys).Distinct().Select(user => KeyText.Decode(user));
    }

    // In steps, because reading a large hash at once keeps the server from everybody else. A field may come twice while the hash grows.
    private async Task<Dictionary<string, byte[]>> ReadHashAsync(string key, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, byte[]>(StringComparer.Ordinal);
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
                fields[((string?)pairs[i])!] = ((byte[]?)pairs[i + 1])!;
            }
        }
        while (cursor != "0");

        return fields;
    }

    private readonly record struct Slice(string Partition, DateTimeOffset Period)
    {
        public string? Tenant { get; } = Keys.Tenant(Partition);

        public SpendKey Key(string? user, string text, out DateOnly? day)
        {
            Span<string?> parts = new string?[3];
            var more = SpendKeyText.Read(KeyText.Split(text, parts), out day);
            return new SpendKey(parts[0], parts[1], user, Tenant, parts[2], more);
        }

        public SpendKey FigureKey(string text, out DateOnly? day)
        {
            Span<string?> user = new string?[1];
            var rest = KeyText.Split(text, user);
            return Key(user[0], rest.ToString(), out day);
        }
    }
}
