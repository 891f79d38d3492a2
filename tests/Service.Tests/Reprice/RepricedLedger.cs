using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>Calls of four models at old and at new prices: one model has a price in the new ones alone.</summary>
internal static class RepricedLedger
{
    public const string Old = """
        {"schema":1,"date":"2026-10-01","currency":"USD","source":"x","providers":[{"id":"acme","models":[
          {"id":"acme-big","match":["acme-big"],"prices":[{"input":10,"cache_read":1,"output":20}]},
          {"id":"acme-small","match":["acme-small"],"prices":[{"input":1,"output":2}]},
          {"id":"acme-free","match":["acme-free"],"prices":[{"input":0.5,"output":0.5}]}]}]}
        """;

    public const string New = """
        {"schema":1,"date":"2026-11-01","currency":"USD","source":"x","providers":[{"id":"acme","models":[
          {"id":"acme-big","match":["acme-big"],"prices":[{"input":9.5,"cache_read":2,"output":30}]},
          {"id":"acme-small","match":["acme-small"],"prices":[{"input":1,"output":2}]},
          {"id":"acme-free","match":["acme-free"],"prices":[{}]},
          {"id":"acme-late","match":["acme-late"],"prices":[{"input":7,"output":0.123456}]}]}]}
        """;

    private static readonly string[] Models = ["acme-big", "acme-small", "acme-free", "acme-late", "acme-unknown"];

    public static PriceBook Book(string prices) => PriceBook.Embedded.With(PriceBook.Parse(System.Text.Encoding.UTF8.GetBytes(prices)));

    /// <summary>The same calls for the same seed, whatever their prices: of seven weeks, of which hours are kept for the last 8 days.</summary>
    public static UsageEvent[] Calls(int seed, PriceBook book, DateTimeOffset now)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 150).Select(_ => Call(random, book, now))];
    }

    /// <summary>Every report of the range as JSON.</summary>
    public static async Task<string[]> ReportsAsync(string store, DateTimeOffset now)
    {
        await using var reports = await UsageReports.OpenAsync(store, options => options.TimeProvider = new ManualTime(now), TestContext.Current.CancellationToken);
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        SpendDimension[][] all = [[], [SpendDimension.Day], [SpendDimension.User], [SpendDimension.Model], [SpendDimension.Feature], [SpendDimension.User, SpendDimension.Model], [SpendDimension.Tenant, SpendDimension.Day]];
        List<string> texts = [];
        foreach (var by in all)
        {
            texts.Add((await reports.QueryAsync(new() { From = today.AddDays(-60), To = today, By = by }, TestContext.Current.CancellationToken)).ToJson());
        }

        // Hours alone know sessions.
        texts.Add((await reports.QueryAsync(new() { From = today.AddDays(-6), To = today, By = [SpendDimension.Session, SpendDimension.Model] }, TestContext.Current.CancellationToken)).ToJson());
        texts.Add((await reports.QueryAsync(new() { From = today.AddDays(-60), To = today, By = [SpendDimension.Feature], ByTags = ["plan"] }, TestContext.Current.CancellationToken)).ToJson());
        texts.Add((await reports.QueryMetricsAsync(new() { From = today.AddDays(-60), To = today }, cancellationToken: TestContext.Current.CancellationToken)).ToJson());
        return [.. texts];
    }

    private static UsageEvent Call(Random random, PriceBook book, DateTimeOffset last)
    {
        var at = last.AddMinutes(-random.Next(50 * 24 * 60));
        var whose = new Attribution("u" + random.Next(4), random.Next(2) == 0 ? null : "t" + random.Next(2), "f" + random.Next(3), Session: random.Next(2) == 0 ? null : "s" + random.Next(3), Tags: new Dictionary<string, string> { ["plan"] = "p" + random.Next(2) });
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = at,
            Duration = TimeSpan.FromSeconds(random.Next(1, 5)),
            Operation = "chat",
            Provider = "acme",
            ResponseModel = Models[random.Next(Models.Length)],
            Attribution = whose,
            Outcome = random.Next(5) == 0 ? CallOutcome.Failed : CallOutcome.Completed,
        };
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = random.NextInt64(1, 100_000);
        usage[UsageBucket.Output] = random.NextInt64(1, 10_000);
        if (random.Next(3) == 0)
        {
            usage[UsageBucket.CacheRead] = random.NextInt64(1, 50_000);
        }

        if (random.Next(10) == 0)
        {
            return call; // Unmeasured.
        }

        call.SetUsage(in usage);
        if (book.TryQuote("acme", call.Model, in usage, at, null, null, out var cost))
        {
            call.SetCost(in cost);
        }

        return call;
    }
}
