using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>Finished calls of users on models that the price book knows, each a row with eight measures: calls, duration, three token counts, three costs.</summary>
internal sealed class Load
{
    private static readonly string[] Anthropic =
    [
        "claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1", "claude-opus-4-0", "claude-sonnet-4-0", "claude-3-7-sonnet", "claude-3-5-sonnet",
        "claude-3-5-haiku", "claude-3-haiku",
    ];

    // The last ten are dated names of the first ten: other names, so other rows.
    private static readonly string[] Models = [.. Anthropic, .. Anthropic.Select(model => model + "-20251101")];

    private readonly string[] _users;
    private readonly UsageEvent[] _templates;
    private int _next;

    public Load(int users, int models, DateTimeOffset endedAt)
    {
        _users = [.. Enumerable.Range(0, users).Select(n => string.Create(CultureInfo.InvariantCulture, $"user-{n:D6}"))];
        _templates = [.. Models.Take(models).Select(model => Call(model, endedAt))];
    }

    /// <summary>How many different rows the calls make.</summary>
    public int Keys => _users.Length * _templates.Length;

    /// <summary>The next call: every user on one model, then every user on the next.</summary>
    public UsageEvent Next()
    {
        var number = _next;
        _next = number + 1 == Keys ? 0 : number + 1;
        return _templates[number / _users.Length] with { Attribution = new Attribution(User: _users[number % _users.Length]) };
    }

    private static UsageEvent Call(string model, DateTimeOffset endedAt)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_200;
        usage[UsageBucket.CacheRead] = 800;
        usage[UsageBucket.Output] = 350;
        if (!PriceBook.Embedded.TryQuote("anthropic", model, in usage, endedAt, null, null, out var cost))
        {
            throw new InvalidOperationException($"The price book does not know {model}.");
        }

        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = endedAt,
            Duration = TimeSpan.FromSeconds(1.25),
            Operation = "chat",
            Provider = "anthropic",
            RequestModel = model,
            ResponseModel = model,
        };
        call.SetUsage(in usage);
        call.SetCost(in cost);
        return call;
    }
}
