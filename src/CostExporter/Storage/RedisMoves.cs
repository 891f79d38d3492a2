using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>A row that gets another name.</summary>
/// <param name="From">The hash that it is in.</param>
/// <param name="Field">Its field there.</param>
/// <param name="To">The hash that it goes to.</param>
/// <param name="Becomes">Its field there.</param>
/// <param name="Deletes">A key that is deleted with it; null for none.</param>
/// <param name="IsSum">Whether it is a sum of rows that are moved as well.</param>
/// <param name="List">The list of what costs the most of the hash that it stays in; null for none.</param>
internal readonly record struct RedisMove(string From, string Field, string To, string Becomes, string? Deletes = null, bool IsSum = false, string? List = null);

/// <summary>Moves of one partition as the arguments of move.lua.</summary>
internal sealed class RedisMoves
{
    public RedisMoves(IReadOnlyCollection<RedisMove> moves)
    {
        string[] named = [.. moves.Select(move => move.From).Concat(moves.Select(move => move.To)).Concat(moves.Select(move => move.List).OfType<string>()).Distinct()];
        string[] deleted = [.. moves.Select(move => move.Deletes).OfType<string>().Distinct()];
        var values = new List<RedisValue> { deleted.Length };
        foreach (var group in moves.GroupBy(move => (move.From, move.To, move.IsSum, move.List)))
        {
            values.AddRange([Array.IndexOf(named, group.Key.From) + 1, Array.IndexOf(named, group.Key.To) + 1, group.Key.IsSum ? 0 : 1, Array.IndexOf(named, group.Key.List) + 1, group.Count()]);
            foreach (var move in group)
            {
                values.AddRange([move.Field, move.Becomes]);
            }
        }

        Keys = [.. named.Concat(deleted).Select(key => (RedisKey)key)];
        Values = [.. values];
    }

    public RedisKey[] Keys { get; }

    public RedisValue[] Values { get; }
}
