using System.Buffers.Binary;
using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>Decisions of several callers as decide.lua reads them: counters and lines that several name are told once.</summary>
internal sealed class RedisBatch
{
    private const int HeadSize = 4 + (3 * sizeof(double)) + 2;
    private const int AskSize = 2 + sizeof(double) + 2;

    private readonly RedisBudgetKeys _keys;
    private readonly RedisLines _lines;
    private readonly List<RedisKey> _holds = [];

    /// <param name="keys">The keys.</param>
    /// <param name="decisions">What is asked, in the order it is to be decided.</param>
    public RedisBatch(RedisBudgetKeys keys, IReadOnlyList<RedisDecision> decisions)
    {
        _keys = keys;
        _lines = new RedisLines(keys);
        var packed = new byte[decisions.Sum(decision => HeadSize + (AskSize * decision.Lines.Count))];
        var rest = packed.AsSpan();
        foreach (var decision in decisions)
        {
            Write(ref rest, decision);
        }

        Keys = [.. _lines.Keys, .. _holds];
        Arguments = [_lines.Pack(), _lines.Counters, decisions.Count(decision => decision.Kind == RedisDecisionKind.Settle), packed];
    }

    public RedisKey[] Keys { get; }

    public RedisValue[] Arguments { get; }

    private void Write(ref Span<byte> to, RedisDecision decision)
    {
        if (decision.Kind != RedisDecisionKind.Read)
        {
            _holds.Add(_keys.Hold(decision.Id));
        }

        to[0] = (byte)decision.Kind;
        to[1] = decision.Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], checked((ushort)_holds.Count));
        BinaryPrimitives.WriteDoubleLittleEndian(to[4..], decision.Numbers.First);
        BinaryPrimitives.WriteDoubleLittleEndian(to[12..], decision.Numbers.Second);
        BinaryPrimitives.WriteDoubleLittleEndian(to[20..], decision.Numbers.Third);
        BinaryPrimitives.WriteUInt16LittleEndian(to[28..], checked((ushort)decision.Lines.Count));
        to = to[HeadSize..];
        for (var i = 0; i < decision.Lines.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to, _lines.Add(decision.Lines[i]));
            BinaryPrimitives.WriteDoubleLittleEndian(to[2..], decision.Lines[i].Amount);
            BinaryPrimitives.WriteUInt16LittleEndian(to[10..], (ushort)decision.Pico(i));
            to = to[AskSize..];
        }
    }
}
