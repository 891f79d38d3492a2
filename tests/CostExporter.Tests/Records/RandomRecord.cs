using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>Records of which every field may be there or not, and be hostile.</summary>
internal static class RandomRecord
{
    private static readonly string[] Hostile =
        ["", " ", "\"", "\\", "\n", "\r\n", "\0", "\u2028", "{\"id\":1}", "=1+1", "a,b;c", "</script>", "🎉", "e\u0301", "\uFEFF", "名前", "'--", "\u007f", "%s", "null", new('x', 300)];

    public static UsageRecord Make(Random random)
    {
        var requestModel = Maybe(random, Text);
        var saved = MaybePico(random);
        var user = Maybe(random, Text);
        return new UsageRecord
        {
            Id = new Guid(Bytes(random, 16)),
            EndedAt = new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks), TimeSpan.Zero),
            Duration = TimeSpan.FromTicks(Long(random)),
            TimeToFirstChunk = random.Next(2) == 0 ? null : TimeSpan.FromTicks(-Long(random)),
            Operation = Text(random),
            Provider = Maybe(random, Text),
            Model = Maybe(random, Text) ?? requestModel,
            RequestModel = requestModel,
            ResponseId = Maybe(random, Text),
            ServiceTier = Maybe(random, Text),
            Region = Maybe(random, Text),
            Attribution = new(
                user, Maybe(random, Text), Maybe(random, Text), Maybe(random, Text), Maybe(random, Text), Maybe(random, Text), Tags(random), Maybe(random, Text), Maybe(random, Text), user is not null && random.Next(2) == 0),
            Outcome = (CallOutcome)random.Next(4),
            ErrorType = Maybe(random, Text),
            ErrorText = Maybe(random, Text),
            Calls = Long(random),
            IsCacheHit = saved is not null || random.Next(2) == 0,
            UsageInconsistent = random.Next(2) == 0,
            Quality = (CostQuality)random.Next(5),
            Usage = random.Next(3) == 0 ? null : Usage(random),
            Cost = random.Next(3) == 0 ? null : Cost(random),
            ChargePico = MaybePico(random),
            SavedPico = saved,
        };
    }

    private static CallUsage Usage(Random random)
    {
        var usage = default(CallUsage);
        for (var n = random.Next(6); n > 0; n--)
        {
            usage[(UsageBucket)random.Next(UsageBucketExtensions.Count)] = Long(random) / 2;
        }

        for (var n = random.Next(3); n > 0; n--)
        {
            usage.Add((UsageBucket)random.Next(UsageBucketExtensions.Count), $"kind {random.Next(3)}", random.Next(1_000));
        }

        return usage;
    }

    private static Cost Cost(Random random) =>
        Calls.Cost([.. Enumerable.Range(0, random.Next(6)).Select(_ => ((UsageBucket)random.Next(UsageBucketExtensions.Count), Pico(random) / 64))]);

    private static Dictionary<string, string>? Tags(Random random)
    {
        var tags = new Dictionary<string, string>();
        for (var n = random.Next(4); n > 0; n--)
        {
            tags[Text(random)] = Text(random);
        }

        return tags.Count == 0 ? null : tags;
    }

    private static Int128? MaybePico(Random random) => random.Next(2) == 0 ? null : Pico(random);

    private static Int128 Pico(Random random) => (Int128)(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) >> random.Next(1, 128)) & Int128.MaxValue;

    private static long Long(Random random) => random.NextInt64() >> random.Next(63);

    private static string? Maybe(Random random, Func<Random, string> make) => random.Next(2) == 0 ? null : make(random);

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Hostile[random.Next(Hostile.Length)]));

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
