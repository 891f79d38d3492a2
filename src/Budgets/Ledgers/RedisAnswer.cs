using System.Buffers.Binary;
using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>Reads what <c>answer</c> in ledger.lua replies.</summary>
internal static class RedisAnswer
{
    private const int LineSize = (7 * sizeof(double)) + 1;
    private const int IsOver = 5 * sizeof(double);

    public static LedgerAnswer Read(RedisResult result)
    {
        var reply = (RedisResult[])result!;
        ReadOnlySpan<byte> packed = reply.Length > 3 ? (byte[])reply[3]! : [];
        var lines = new LineState[packed.Length / LineSize];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = Line(packed.Slice(i * LineSize, LineSize));
        }

        return new LedgerAnswer((LedgerStatus)(int)reply[0], (long)reply[1], (int)reply[2], lines);
    }

    private static LineState Line(ReadOnlySpan<byte> line) => new(
        Known(line), (long)Number(line[8..]), (int)Number(line[16..]), (long)Number(line[24..]), (int)Number(line[32..]), line[IsOver] != 0, Known(line[(IsOver + 1)..]), Known(line[(IsOver + 9)..]));

    // Below 0: there is none.
    private static long? Known(ReadOnlySpan<byte> number) => Number(number) is >= 0 and var known ? (long)known : null;

    private static double Number(ReadOnlySpan<byte> number) => BinaryPrimitives.ReadDoubleLittleEndian(number);
}
