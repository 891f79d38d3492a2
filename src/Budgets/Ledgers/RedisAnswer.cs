using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>Reads what <c>answer</c> in ledger.lua replies.</summary>
internal static class RedisAnswer
{
    private const int Head = 3;
    private const int Line = 8;

    public static LedgerAnswer Read(RedisResult result)
    {
        var reply = (RedisResult[])result!;
        var lines = new LineState[(reply.Length - Head) / Line];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = reply.AsSpan(Head + (i * Line), Line);
            lines[i] = new LineState(
                (long?)line[0], (long)line[1], (int)line[2], (long)line[3], (int)line[4], (int)line[5] == 1, (long?)line[6], (long?)line[7]);
        }

        return new LedgerAnswer((LedgerStatus)(int)reply[0], (long)reply[1], (int)reply[2], lines);
    }
}
