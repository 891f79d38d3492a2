using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>What <see cref="DailyTokenTracker"/> logs, beside failures of the store.</summary>
internal static partial class DailyTokenLog
{
    [LoggerMessage(1, LogLevel.Debug, "Tokens of {Date:O}: {Usage} of {Limit} (stale: {IsStale}).")]
    public static partial void Read(ILogger logger, DateOnly date, long usage, long limit, bool isStale);

    [LoggerMessage(2, LogLevel.Debug, "Added {Tokens} tokens to today's: {Usage} of {Limit}.")]
    public static partial void Incremented(ILogger logger, long tokens, long usage, long limit);

    [LoggerMessage(3, LogLevel.Debug, "Checked {Estimate} more tokens against {Usage} of {Limit}: within the limit {IsWithin}.")]
    public static partial void Checked(ILogger logger, long estimate, long usage, long limit, bool isWithin);

    [LoggerMessage(4, LogLevel.Warning, "Today's tokens passed {Percent} % of the limit: {Usage} of {Limit}.")]
    public static partial void Milestone(ILogger logger, int percent, long usage, long limit);

    [LoggerMessage(5, LogLevel.Debug, "Kept {Tokens} tokens, to add them when the store answers.")]
    public static partial void Kept(ILogger logger, long tokens);
}
