using System.Buffers.Binary;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>Records as the tests need them, and what makes two the same.</summary>
internal static class RecordCases
{
    /// <summary>One that carries a number, in an id that is spread over all of its bytes.</summary>
    public static UsageRecord Make(int number, DateTimeOffset at)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(id, number * 0x3779B1);
        BinaryPrimitives.WriteInt32LittleEndian(id[12..], number);
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = number;
        return new UsageRecord { Id = new Guid(id, bigEndian: true), EndedAt = at.ToUniversalTime(), Operation = "chat", Model = "m", Usage = usage, Quality = CostQuality.Unpriced };
    }

    public static int Number(UsageRecord record) => BinaryPrimitives.ReadInt32LittleEndian(record.Id.ToByteArray(bigEndian: true).AsSpan(12));

    /// <summary>Everything that a record can say, said.</summary>
    public static UsageRecord Full(DateTimeOffset at)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = long.MaxValue;
        usage[UsageBucket.CacheRead] = 0;
        usage.Add(UsageBucket.ToolCall, "web_fetch", 3);
        usage.Add(UsageBucket.ToolCall, "browser", 0);
        return new UsageRecord
        {
            Id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
            EndedAt = at.ToUniversalTime(),
            Duration = TimeSpan.FromTicks(12_345_678_901),
            TimeToFirstChunk = TimeSpan.FromTicks(1),
            Operation = "chat",
            Provider = "anthropic",
            Model = "claude-sonnet-4-5",
            RequestModel = "claude-sonnet-4-5-latest",
            ResponseId = "msg_1",
            ServiceTier = "priority",
            Region = "eu",
            Attribution = new("ada \"Lovelace\" 🎉 <b>", "acme", "search", "c1", "s1", "gold", new Dictionary<string, string> { ["plan"] = "pro", ["empty"] = "" }, "web", "production", IsUserHashed: true),
            Outcome = CallOutcome.Failed,
            ErrorType = "429",
            ErrorText = "too\tmany",
            Calls = 7,
            IsCacheHit = true,
            UsageInconsistent = true,
            Quality = CostQuality.Partial,
            Usage = usage,
            Cost = Calls.Cost((UsageBucket.Input, 1), (UsageBucket.ToolCall, Int128.MaxValue / 2), (UsageBucket.CacheRead, 1_000_000_000_000)),
            ChargePico = Int128.MaxValue,
            SavedPico = 0,
        };
    }

    public static void AssertSame(UsageRecord expected, UsageRecord actual)
    {
        Assert.Equal(expected with { Attribution = default, Usage = null, Cost = null }, actual with { Attribution = default, Usage = null, Cost = null });
        Assert.Equal(expected.Attribution with { Tags = null }, actual.Attribution with { Tags = null });
        Assert.Equal(Tags(expected), Tags(actual));
        Assert.Equal(expected.Usage, actual.Usage);
        Assert.Equal(Text(expected.Cost), Text(actual.Cost));
    }

    private static IEnumerable<(string, string)> Tags(UsageRecord record) => (record.Attribution.Tags ?? new Dictionary<string, string>()).Select(tag => (tag.Key, tag.Value)).Order();

    // A bucket that costs 0 is as one that is not there.
    private static string? Text(Cost? cost) => cost is not { } known ? null
        : $"{known.Provider}|{known.Model}|{known.PriceVersion}|{string.Join(',', Enumerable.Range(0, UsageBucketExtensions.Count).Select(n => known.Pico((UsageBucket)n)))}";
}
