using System.Buffers.Binary;
using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>Reads what decide.lua replies.</summary>
internal static class RedisAnswer
{
    private const int LineSize = (7 * sizeof(double)) + 1;
    private const int IsOver = 5 * sizeof(double);
    private const int Problems = 3;
    private const int Failed = 4;
    private const int Unwritten = 5;

    /// <summary>Answers each decision of a batch.</summary>
    public static void Tell(RedisResult result, RedisBudgetKeys keys, IReadOnlyList<RedisDecision> decisions)
    {
        var reply = (RedisResult[])result!;
        var (now, expired) = ((long)reply[0], Expired((RedisResult[])reply[1]!, keys));
        ReadOnlySpan<byte> rest = (byte[])reply[2]!;
        for (var i = 0; i < decisions.Count; i++)
        {
            var status = rest[0];
            rest = rest[1..];
            if (status is Failed or Unwritten)
            {
                decisions[i].Fail(status == Failed ? new LedgerKeyException(Problem(reply, i)) : new IOException(Problem(reply, i)));
                continue;
            }

            var lines = new LineState[(LedgerStatus)status == LedgerStatus.OtherPeriod ? 0 : decisions[i].Lines.Count];
            for (var j = 0; j < lines.Length; j++)
            {
                lines[j] = Line(rest[..LineSize]);
                rest = rest[LineSize..];
            }

            decisions[i].Set(new LedgerAnswer((LedgerStatus)status, now, expired, lines));

            // Told to one of them: each hold is counted once.
            expired = [];
        }
    }

    private static ExpiredHolds[] Expired(RedisResult[] told, RedisBudgetKeys keys) =>
        [.. told.Chunk(2).Select(pair => new ExpiredHolds(keys.ReadCounter((string)pair[0]!), (int)pair[1])).Where(static held => held.Holds > 0)];

    private static LineState Line(ReadOnlySpan<byte> line) => new(
        Known(line), (long)Number(line[8..]), (int)Number(line[16..]), (long)Number(line[24..]), (int)Number(line[32..]), line[IsOver] != 0, Known(line[(IsOver + 1)..]), Known(line[(IsOver + 9)..]));

    // Below 0: there is none.
    private static long? Known(ReadOnlySpan<byte> number) => Number(number) is >= 0 and var known ? (long)known : null;

    private static double Number(ReadOnlySpan<byte> number) => BinaryPrimitives.ReadDoubleLittleEndian(number);

    private static string Problem(RedisResult[] reply, int decision)
    {
        for (var i = Problems; i < reply.Length; i += 2)
        {
            if ((int)reply[i] == decision)
            {
                return (string)reply[i + 1]!;
            }
        }

        return "the script does not say why";
    }
}
