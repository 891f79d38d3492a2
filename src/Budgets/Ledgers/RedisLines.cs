using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>Lines as the scripts read them: one packed text for all (lines_of in ledger.lua), and the keys that they name. Each line and each counter once.</summary>
/// <param name="keys">The keys.</param>
internal sealed class RedisLines(RedisBudgetKeys keys)
{
    private const int Size = 4 + (4 * sizeof(double));
    private const double Unlimited = -1;

    private readonly Dictionary<LedgerLine, ushort> _lines = [];
    private readonly Dictionary<CounterKey, ushort> _counters = [];
    private readonly List<RedisKey> _keys = [keys.Holds, keys.Overrides];

    /// <summary>What the scripts have in KEYS: the live holds, the overrides, the counters.</summary>
    public IReadOnlyList<RedisKey> Keys => _keys;

    public int Counters => _counters.Count;

    public static RedisLines Of(RedisBudgetKeys keys, IEnumerable<LedgerLine> lines)
    {
        var packed = new RedisLines(keys);
        foreach (var line in lines)
        {
            packed.Add(line);
        }

        return packed;
    }

    /// <summary>The line's number. Its amount is not told.</summary>
    public ushort Add(LedgerLine line)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_lines, line with { Amount = 0 }, out var isThere);
        if (!isThere)
        {
            number = checked((ushort)(_lines.Count - 1));
            if (_counters.TryAdd(line.Counter, (ushort)_counters.Count))
            {
                _keys.Add(keys.Counter(line.Counter));
            }
        }

        return number;
    }

    // In the order they were added.
    public byte[] Pack()
    {
        var packed = new byte[_lines.Count * Size];
        foreach (var (line, number) in _lines)
        {
            var to = packed.AsSpan(number * Size);
            to[0] = (byte)line.Span.Kind;
            to[1] = line.IsShadow ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt16LittleEndian(to[2..], _counters[line.Counter]);
            BinaryPrimitives.WriteDoubleLittleEndian(to[4..], line.Span.Start);
            BinaryPrimitives.WriteDoubleLittleEndian(to[12..], line.Span.End);
            BinaryPrimitives.WriteDoubleLittleEndian(to[20..], line.Span.Length);
            BinaryPrimitives.WriteDoubleLittleEndian(to[28..], line.Limit ?? Unlimited);
        }

        return packed;
    }
}
