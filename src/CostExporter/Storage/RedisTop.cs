using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the lists of what costs the most: one for each tenant and period, and the sums beside them, which say how much.</summary>
internal sealed class RedisTop(RedisConnection connection, Keys keys, SpendPeriods periods)
{
    // So much is asked for at once.
    private const int CallsAtOnce = 500;
    private const int FieldsAtOnce = 1000;

    // Names times lists: no more than that is quick in any case.
    private const int FewLookups = 20_000;

    /// <summary>See <see cref="ISpendStore.ReadTopAsync"/>.</summary>
    /// <param name="read">What to read.</param>
    /// <param name="since">The first day whose lists are whole.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<IReadOnlyList<SpendAggregate>?> ReadAsync(TopRead read, DateOnly since, CancellationToken cancellationToken)
    {
        if (!Keys.Listed.Contains(read.Dimension) || read.Count < 1 || read.Reads.Count == 0 || read.Reads.Any(one => one.Grain == SpendGrain.Hour || one.OfFigures))
        {
            return null;
        }

        var asked = read.Reads.SelectMany(one => periods.Between(one).Select(period => (one.Grain, Period: period))).ToArray();
        if (asked.Any(one => DateOnly.FromDateTime(one.Period.UtcDateTime) < since))
        {
            return null;
        }

        var partitions = await PartitionsAsync(read.Tenant, cancellationToken).ConfigureAwait(false);
        var lists = await SizesAsync([.. from one in asked from partition in partitions select new List(partition, one.Grain, one.Period, 0)], read, cancellationToken).ConfigureAwait(false);
        var search = new TopSearch(read.Count, lists.Length);
        while (search.Take > 0)
        {
            var beginnings = await ManyAsync(lists, (redis, list) => redis.SortedSetRangeByRankWithScoresAsync(TopOf(list, read), 0, search.Take - 1), cancellationToken).ConfigureAwait(false);
            var names = search.Read([.. beginnings.Select(entries => entries.Select(entry => new TopEntry((string?)entry.Element ?? "", -entry.Score)).ToArray())]);
            if ((long)names.Count * lists.Length > Math.Max(lists.Sum(list => list.Size), FewLookups))
            {
                // Many short lists: whoever adds up all of their sums reads less.
                return null;
            }

            search.Add(names, await SumsAsync(lists, read, names, cancellationToken).ConfigureAwait(false));
        }

        return search.Answer(read);
    }

    private async Task<string[]> PartitionsAsync(string? tenant, CancellationToken cancellationToken) => tenant is not null
        ? [Keys.Partition(tenant)]
        : [.. (await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(keys.Partitions), cancellationToken).ConfigureAwait(false)).Select(partition => ((string?)partition)!)];

    // Without those that are empty: most tenants have nothing in most periods.
    private async Task<List[]> SizesAsync(List[] lists, TopRead read, CancellationToken cancellationToken)
    {
        var sizes = await ManyAsync(lists, (redis, list) => redis.SortedSetLengthAsync(TopOf(list, read)), cancellationToken).ConfigureAwait(false);
        return [.. lists.Zip(sizes, (list, size) => list with { Size = size }).Where(list => list.Size > 0)];
    }

    private async Task<SpendMeasures[]> SumsAsync(List[] lists, TopRead read, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var sums = names.Select(_ => new SpendMeasures()).ToArray();
        for (var at = 0; at < names.Count; at += FieldsAtOnce)
        {
            RedisValue[] fields = [.. names.Skip(at).Take(FieldsAtOnce).Select(name => (RedisValue)name)];
            var parts = await ManyAsync(lists, (redis, list) => redis.HashGetAsync(keys.Sums(list.Partition, list.Grain, list.Period, read.Dimension), fields), cancellationToken).ConfigureAwait(false);
            foreach (var part in parts)
            {
                for (var i = 0; i < part.Length; i++)
                {
                    if (!part[i].IsNull)
                    {
                        PackedMeasures.AddTo(sums[at + i], (byte[]?)part[i]);
                    }
                }
            }
        }

        return sums;
    }

    private string TopOf(List list, TopRead read) => keys.Top(list.Partition, list.Grain, list.Period, read.Dimension);

    private async Task<List<T>> ManyAsync<T>(List[] lists, Func<IDatabase, List, Task<T>> call, CancellationToken cancellationToken)
    {
        var answers = new List<T>(lists.Length);
        foreach (var some in lists.Chunk(CallsAtOnce))
        {
            answers.AddRange(await connection.CallAsync(redis => Task.WhenAll(some.Select(list => call(redis, list))), cancellationToken).ConfigureAwait(false));
        }

        return answers;
    }

    private readonly record struct List(string Partition, SpendGrain Grain, DateTimeOffset Period, long Size);
}
