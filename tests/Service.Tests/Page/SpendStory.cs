using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>Forty days of calls of a small company: always the same.</summary>
internal static class SpendStory
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly string?[] Users =
        ["ada", "bob", "carla", "dmitri", "eve", null, "françois-léon.de-la-very-long-name@example.com", "grace", "heidi", "ivan", "judy", "mallory", "niaj"];

    private static readonly string[] Features = ["search", "chat", "summaries", "agents/research"];

    private static readonly (string Provider, string Model, int Share)[] Models =
        [("anthropic", "claude-sonnet-4-5", 35), ("openai", "gpt-5.4", 25), ("anthropic", "claude-haiku-4-5", 22), ("gcp.gemini", "gemini-2.5-flash", 14), ("acme", "acme-large-v2", 4)];

    public static Task FillAsync(string store)
    {
        var random = new Random(3);
        return Ledger.FillAsync(store, null, [.. Enumerable.Range(0, 1_500).Select(_ => Call(random))]);
    }

    private static UsageEvent Call(Random random)
    {
        var (provider, model) = ModelAt(random.Next(100));
        var day = random.Next(40);
        var at = Noon.AddDays(-day).AddHours(-random.Next(day == 0 ? 5 : 12)).AddMinutes(-random.Next(60));
        at = at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday && random.Next(3) > 0 ? at.AddDays(-2) : at;
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = random.Next(500, 60_000);
        usage[UsageBucket.Output] = random.Next(20, 4_000);
        var isPriced = PriceBook.Embedded.TryQuote(provider, model, in usage, at, null, null, out var cost);
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = at,
            Duration = TimeSpan.FromSeconds(1),
            Operation = "chat",
            Provider = provider,
            ResponseModel = model,
            Outcome = random.Next(60) == 0 ? CallOutcome.Failed : CallOutcome.Completed,
            Attribution = new Attribution(Users[(int)(Users.Length * Math.Pow(random.NextDouble(), 2))], Feature: Features[random.Next(Features.Length)]),
            Quality = isPriced ? CostQuality.Reported : CostQuality.Unpriced,
        };
        call.SetUsage(in usage);
        if (isPriced)
        {
            call.SetCost(in cost);
        }

        return call;
    }

    private static (string Provider, string Model) ModelAt(int share)
    {
        foreach (var (provider, model, part) in Models)
        {
            if ((share -= part) < 0)
            {
                return (provider, model);
            }
        }

        throw new InvalidOperationException("The shares do not add up to 100.");
    }
}
