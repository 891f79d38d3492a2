using System.Globalization;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>Calls of all kinds through the real tracker. What is not said of money here, the ledger says.</summary>
internal sealed class ApplicationTraffic(IServiceProvider services, string folder) : IAsyncDisposable
{
    /// <summary>A round of everything that works, or fails as calls do.</summary>
    public const string Round = "round";

    /// <summary>A few calls of one user.</summary>
    public const string Few = "few";

    /// <summary>Things that break: stores, receivers, prices.</summary>
    public const string Break = "break";

    /// <summary>The end of what is broken: what it holds is lost, and counted.</summary>
    public const string Lose = "lose";

    public const string PriceFile = "prices.json";
    public const string User = "alice";
    public const string Feature = "watching";
    public const string Tenant = "acme";

    /// <summary>More than the ledger's gauges name here.</summary>
    private static readonly string[] Users = [User, "bob", "carol", "dave", "erin", "frank", "grace", "heidi (ops)"];

    private readonly BudgetTraffic _budgets = new(services);
    private readonly BrokenThings _broken = new();

    public static string Prices(DateOnly date) => $$"""
        {"schema": 1, "date": "{{date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}}", "currency": "USD", "source": "our contract", "providers": [
          {"id": "acme", "models": [{"id": "acme-1", "match": ["acme-1"], "prices": [{"input": 1, "output": 4}]}]}
        ]}
        """;

    public Task DoAsync(string command, CancellationToken cancellationToken) => command switch
    {
        Round => RoundAsync(cancellationToken),
        Few => FewAsync(cancellationToken),
        Break => BreakAsync(cancellationToken),
        Lose => _broken.LoseAsync(),
        _ => throw new ArgumentException(command, nameof(command)),
    };

    public async ValueTask DisposeAsync()
    {
        await _broken.LoseAsync();
        await _budgets.DisposeAsync();
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        for (var n = 0; n < Users.Length; n++)
        {
            using var scope = UsageScope.Begin(user: Users[n], tenant: n % 2 == 0 ? Tenant : "globex", feature: n % 3 == 0 ? Feature : "search");
            for (var calls = 0; calls <= n; calls++)
            {
                await AskAllAsync(cancellationToken);
            }
        }

        using (UsageScope.Begin(user: User, tenant: Tenant, feature: Feature))
        {
            await OddCallsAsync(cancellationToken);
            await FailuresAsync(cancellationToken);
            await CacheAsync(cancellationToken);
            Session();
        }

        await ManyFeaturesAsync(cancellationToken);
        await _budgets.RunAsync(cancellationToken);
    }

    private async Task FewAsync(CancellationToken cancellationToken)
    {
        using var scope = UsageScope.Begin(user: User, tenant: Tenant, feature: Feature);
        await AskAllAsync(cancellationToken);
    }

    private async Task BreakAsync(CancellationToken cancellationToken)
    {
        _broken.Start();
        await FewAsync(cancellationToken);
        await _broken.FailAsync(cancellationToken);
        var file = Path.Combine(folder, PriceFile);
        await PriceReloads.FollowAsync(file, Prices(new DateOnly(2026, 11, 2)), "ok");
        await PriceReloads.FollowAsync(file, "{", "failed");
    }

    private async Task AskAllAsync(CancellationToken cancellationToken)
    {
        foreach (var (provider, asked, answers) in ScriptedModels.All)
        {
            var client = Tracked(ScriptedModels.Answering(provider, answers, ScriptedModels.Usage));
            await client.GetResponseAsync("Hi", new ChatOptions { ModelId = asked }, cancellationToken);
            await client.GetStreamingResponseAsync("Hi", new ChatOptions { ModelId = asked }, cancellationToken).LastAsync(cancellationToken);
        }
    }

    // Without a price, without usage, guessed, contradictory, left in the middle; and one that names nobody.
    private async Task OddCallsAsync(CancellationToken cancellationToken)
    {
        var asked = new ChatOptions { ModelId = "claude-sonnet-4-5" };
        await Tracked(ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Unpriced, ScriptedModels.Usage)).GetResponseAsync("Hi", new ChatOptions { ModelId = ScriptedModels.Unpriced }, cancellationToken);
        await Tracked(ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, usage: null)).GetResponseAsync("Hi", asked, cancellationToken);
        await Tracked(ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, usage: null), o => o.EstimateUsage = true).GetResponseAsync("Hi", asked, cancellationToken);
        await Tracked(ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, ScriptedModels.Contradictory)).GetResponseAsync("Hi", asked, cancellationToken);
        await Tracked(ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, ScriptedModels.Usage)).GetStreamingResponseAsync("Hi", asked, cancellationToken).FirstAsync(cancellationToken);
        using var around = UsageScope.Begin(feature: new string('x', 5_000));
        await Tracked(ScriptedModels.Answering("acme", "acme-1", ScriptedModels.Usage)).GetResponseAsync("Hi", new ChatOptions { ModelId = "acme-1" }, cancellationToken);
    }

    private async Task FailuresAsync(CancellationToken cancellationToken)
    {
        // Of one kind so many that it is no accident any more.
        foreach (var failure in new Exception[] { ScriptedModels.Status(529), ScriptedModels.Status(429), new TimeoutException() }.Concat(Enumerable.Repeat(ScriptedModels.Status(400), 6)))
        {
            var client = Tracked(ScriptedModels.Failing(ScriptedModels.Anthropic, failure));
            await Assert.ThrowsAnyAsync<Exception>(() => client.GetResponseAsync("Hi", new ChatOptions { ModelId = "claude-sonnet-4-5" }, cancellationToken));
        }
    }

    private async Task CacheAsync(CancellationToken cancellationToken)
    {
        var client = Tracked(new RememberedAnswers(Tracked(ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, ScriptedModels.Usage))), o => o.SavedCost = true);
        for (var asked = 0; asked < 3; asked++)
        {
            await client.GetResponseAsync("Hi", new ChatOptions { ModelId = "claude-sonnet-4-5" }, cancellationToken);
        }
    }

    private void Session()
    {
        using var session = UsageSession.Start(services, "openai", "gpt-realtime");
        session.AddTokens(new CallUsage { [UsageBucket.InputAudio] = 200, [UsageBucket.OutputAudio] = 80 });
        session.AddToolCall("lookup");
        session.End();

        // Too late: an error of the telemetry, which harms nobody.
        session.AddToolCall("lookup");
    }

    // More than the meters and the ledger's gauges tell apart.
    private async Task ManyFeaturesAsync(CancellationToken cancellationToken)
    {
        var client = Tracked(ScriptedModels.Answering("openai", "gpt-4o-mini-2024-07-18", new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10 }));
        for (var n = 0; n < 210; n++)
        {
            using var scope = UsageScope.Begin(user: "crowd", feature: $"feature-{n}");
            await client.GetResponseAsync("Hi", new ChatOptions { ModelId = "gpt-4o-mini" }, cancellationToken);
        }
    }

    private IChatClient Tracked(IChatClient model, Action<UsageTrackingOptions>? configure = null) => model.UseUsageTracking(services, configure);
}
