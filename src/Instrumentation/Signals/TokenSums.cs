using System.Numerics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The counters that the newest conventions have for tokens.</summary>
internal enum TokenCounter
{
    Input,
    Output,
    CacheRead,
    CacheWrite,
    Reasoning,
}

/// <summary>The sums of one series of these counters, by modality: added to by calls without a lock, read when somebody collects.</summary>
internal sealed class TokenSums(KeyValuePair<string, object?>[] series, PointCount points)
{
    private const int Counters = 5;

    // By TokenModality's number.
    private static readonly string[] ModalityNames =
        [GenAiLatest.ModalityUnknown, GenAiLatest.ModalityAudio, GenAiLatest.ModalityImage, GenAiLatest.ModalityVideo];

    private readonly long[] _sums = new long[Counters * ModalityNames.Length];
    private readonly KeyValuePair<string, object?>[]?[] _tags = new KeyValuePair<string, object?>[]?[ModalityNames.Length];
    private int _added; // A bit for each sum: something was added to it, be it 0.

    /// <summary>What a counter says of the series: a sum for each modality that was seen.</summary>
    public IEnumerable<(long Sum, KeyValuePair<string, object?>[] Tags)> Of(TokenCounter counter)
    {
        for (var modality = 0; modality < ModalityNames.Length; modality++)
        {
            var index = IndexOf(counter, (TokenModality)modality);
            if ((Volatile.Read(ref _added) >> index & 1) != 0)
            {
                yield return (Volatile.Read(ref _sums[index]), _tags[modality] ??= [.. series, new(GenAiLatest.TokenModality, ModalityNames[modality])]);
            }
        }
    }

    /// <summary>Adds what was used. A counter of which the call says nothing gets 0 of an unknown modality, as the conventions want of every call.</summary>
    /// <param name="usage">The counts; none where the provider reported none.</param>
    /// <param name="isCall">False for what is booked for a call that was counted before.</param>
    public void Add(in CallUsage usage, bool isCall)
    {
        var added = 0;
        foreach (var bucket in usage)
        {
            // Beyond belief: the sums of ours leave it out, too, and say so.
            if (usage[bucket] is var count and > 0 and <= Series.MaxCount)
            {
                var modality = TokenModalities.Of(bucket);
                added |= bucket.IsInputTokens() ? Add(TokenCounter.Input, modality, count) : bucket.IsOutputTokens() ? Add(TokenCounter.Output, modality, count) : 0;
                added |= bucket switch
                {
                    UsageBucket.CacheRead or UsageBucket.CacheAudioRead or UsageBucket.CacheImageRead or UsageBucket.CacheVideoRead => Add(TokenCounter.CacheRead, modality, count),
                    UsageBucket.CacheWrite5m or UsageBucket.CacheWrite1h => Add(TokenCounter.CacheWrite, modality, count),
                    UsageBucket.Reasoning => Add(TokenCounter.Reasoning, modality, count),
                    _ => 0,
                };
            }
        }

        for (var counter = TokenCounter.Input; isCall && counter <= TokenCounter.Reasoning; counter++)
        {
            if ((added >> IndexOf(counter, 0) & ((1 << ModalityNames.Length) - 1)) == 0)
            {
                added |= Bit(counter, TokenModality.Unknown);
            }
        }

        Mark(added);
    }

    private int Add(TokenCounter counter, TokenModality modality, long count)
    {
        Interlocked.Add(ref _sums[IndexOf(counter, modality)], count);
        return Bit(counter, modality);
    }

    private void Mark(int added)
    {
        if ((Volatile.Read(ref _added) & added) == added)
        {
            return;
        }

        var before = Interlocked.Or(ref _added, added);
        for (var rest = added & ~before; rest != 0; rest &= rest - 1)
        {
            points.AddTokens((TokenCounter)(BitOperations.TrailingZeroCount(rest) / ModalityNames.Length));
        }
    }

    private static int IndexOf(TokenCounter counter, TokenModality modality) => ((int)counter * ModalityNames.Length) + (int)modality;

    private static int Bit(TokenCounter counter, TokenModality modality) => 1 << IndexOf(counter, modality);
}
