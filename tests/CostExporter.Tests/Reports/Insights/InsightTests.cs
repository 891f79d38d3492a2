using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class InsightTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Prompts_that_grow_are_found_with_both_sides()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync([
            .. Enumerable.Repeat(KeptLedger.Usd(1, Now, "chat", 2_000), 20), .. Enumerable.Repeat(KeptLedger.Usd(1, Now.AddDays(-7), "chat", 1_000), 25),
            .. Enumerable.Repeat(KeptLedger.Usd(1, Now, "steady", 1_200), 20), .. Enumerable.Repeat(KeptLedger.Usd(1, Now.AddDays(-7), "steady", 1_000), 25),
            .. Enumerable.Repeat(KeptLedger.Usd(1, Now, "rare", 9_000), 19), .. Enumerable.Repeat(KeptLedger.Usd(1, Now.AddDays(-7), "rare", 1_000), 25)]);

        var insight = Assert.Single(await InsightsAsync(ledger));

        Assert.Equal(("prompt_growth", "chat"), (insight.Rule, insight.Of.Single().Value));
        Assert.Equal("Prompts of the feature chat grew by 100 %: from 1,000 to 2,000 input tokens a call.", insight.Text);
        Assert.Equal([2_000m, 1_000m, 1m, 20m, 25m], insight.Figures.Select(figure => figure.Value));
    }

    [Fact]
    public async Task Calls_without_a_price_are_found_with_their_share()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(KeptLedger.Usd(1, Now), Calls.Make(at: Now, model: "secret", input: 70, output: 5, quality: CostQuality.Unpriced));

        var insight = Assert.Single(await InsightsAsync(ledger));

        Assert.Equal(("unpriced", null, 0.5m), (insight.Rule, insight.Usd, insight.Figures.Single(figure => figure.Key == "share_of_all_calls").Value));
        Assert.Contains("1 of 1 calls of anthropic/secret", insight.Text);
        Assert.Contains("75 tokens", insight.Text);
    }

    [Fact]
    public async Task Reasoning_is_found_where_it_is_most_of_what_was_generated()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync([.. Enumerable.Repeat(Reasoned("deep", 60, 40), 20), .. Enumerable.Repeat(Reasoned("quick", 40, 60), 20)]);

        var insight = Assert.Single(await InsightsAsync(ledger));

        Assert.Equal(("reasoning", "deep", 20 * 60 * 0.000002m), (insight.Rule, insight.Of[1].Value, insight.Usd));
        Assert.StartsWith("60 % of what anthropic/deep generated was reasoning", insight.Text);
    }

    [Fact]
    public async Task Failures_that_were_billed_are_found_by_how_they_ended()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(
            KeptLedger.Usd(9, Now), Calls.Make(at: Now, input: 1_000, output: 0, picoPerInput: 2_000_000, outcome: CallOutcome.Failed),
            Calls.Make(at: Now, input: 0, output: 0, outcome: CallOutcome.Cancelled));

        var insight = Assert.Single(await InsightsAsync(ledger));

        Assert.Equal(("failures", "failed", 0.002m), (insight.Rule, insight.Of[2].Value, insight.Usd));
        Assert.Equal("1 call of anthropic/claude-sonnet-4-5 that ended as failed cost 0.002000 USD.", insight.Text);
    }

    private static UsageEvent Reasoned(string model, long reasoning, long output)
    {
        var call = Calls.Make(at: Now, model: model);
        var usage = default(CallUsage);
        usage[UsageBucket.Reasoning] = reasoning;
        usage[UsageBucket.Output] = output;
        call.SetUsage(in usage);
        call.SetCost(Calls.Cost((UsageBucket.Reasoning, reasoning * 2_000_000), (UsageBucket.Output, output * 2_000_000)));
        return call;
    }

    // Of a week, beside the week before it.
    private static Task<IReadOnlyList<UsageInsight>> InsightsAsync(KeptLedger ledger) =>
        ledger.Reports.InsightsAsync(new() { From = Today.AddDays(-7), To = Today.AddDays(-1) }, TestContext.Current.CancellationToken);
}
