using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What may stand in a <see cref="MeteredCall"/>: the rules, each with the message that says them.</summary>
internal static class MeteredValues
{
    /// <summary>No call costs more, and what is added up of such still fits in every store.</summary>
    public const decimal MostUsd = 1_000_000_000;

    /// <summary>A petabyte, a thousand million million requests: more is a mistake.</summary>
    public const long MostUnits = 1_000_000_000_000_000;

    private const int MostErrorText = 1_024;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Without the blanks around it; an empty text is not said.</summary>
    public static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>Cut where it is too long to be a sentence or two, and never in the middle of a surrogate pair.</summary>
    public static string? Short(string? text) => text is not { Length: > MostErrorText } ? text
        : text[..(char.IsHighSurrogate(text[MostErrorText - 1]) ? MostErrorText - 1 : MostErrorText)];

    public static bool IsMoney(decimal? usd) => usd is >= 0 and <= MostUsd;

    public static decimal? Money(decimal? usd, string name) =>
        usd is null || IsMoney(usd) ? usd : throw new ArgumentOutOfRangeException(name, usd, "Must be from 0 to a billion USD; null is not known.");

    public static long? Units(long? count, long least, string name) =>
        count is null || (count >= least && count <= MostUnits) ? count : throw new ArgumentOutOfRangeException(name, count, $"Must be from {least} to {MostUnits}.");

    public static TimeSpan? Period(TimeSpan? period, string name) => period is null || (period >= TimeSpan.Zero && period <= Longest)
        ? period : throw new ArgumentOutOfRangeException(name, period, $"Must be from 0 to {Longest.Days} days; null is not known.");

    public static DateTimeOffset? Time(DateTimeOffset? time, string name) => time is null || time >= Earliest
        ? time : throw new ArgumentOutOfRangeException(name, time, "Must not be before the year 2000; null is now.");

    public static CallOutcome? Outcome(CallOutcome? outcome, string name) => outcome is null or (>= CallOutcome.Completed and <= CallOutcome.Abandoned)
        ? outcome : throw new ArgumentOutOfRangeException(name, outcome, "There is no such outcome.");

    public static InclusiveUsage? NotNegative(InclusiveUsage? tokens)
    {
        if (tokens is not { } t)
        {
            return null;
        }

        ReadOnlySpan<(string Name, long? Count)> counts =
        [
            (nameof(t.Input), t.Input), (nameof(t.CacheRead), t.CacheRead), (nameof(t.CacheWrite), t.CacheWrite), (nameof(t.CacheWrite1h), t.CacheWrite1h),
            (nameof(t.InputAudio), t.InputAudio), (nameof(t.CacheAudioRead), t.CacheAudioRead), (nameof(t.InputImage), t.InputImage),
            (nameof(t.CacheImageRead), t.CacheImageRead), (nameof(t.InputVideo), t.InputVideo), (nameof(t.CacheVideoRead), t.CacheVideoRead),
            (nameof(t.Output), t.Output), (nameof(t.Reasoning), t.Reasoning), (nameof(t.Citation), t.Citation), (nameof(t.OutputAudio), t.OutputAudio),
            (nameof(t.OutputImage), t.OutputImage), (nameof(t.OutputVideo), t.OutputVideo), (nameof(t.Total), t.Total),
        ];
        foreach (var (name, count) in counts)
        {
            if (count < 0)
            {
                throw new ArgumentOutOfRangeException($"{nameof(MeteredCall.Tokens)}.{name}", count, "Must not be negative; null is not reported.");
            }
        }

        return tokens;
    }

    public static bool HasTokens(in CallUsage usage) => usage.HasInputTokens() || usage.HasOutputTokens();

    /// <exception cref="ArgumentException">It is not so.</exception>
    public static void Require(bool condition, string name, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message, name);
        }
    }
}
