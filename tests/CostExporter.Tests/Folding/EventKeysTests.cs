using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class EventKeysTests
{
    private static readonly SpendDimension[] Everything = [.. SpendDimensions.KeptByDefault];

    [Fact]
    public void Call_that_says_no_more_than_a_user_has_the_key_that_it_always_had() =>
        Assert.Equal(new SpendKey("anthropic", "m", "ada", null, "search"), Keys().Of(Call(new Attribution("ada", Feature: "search"))));

    [Fact]
    public void Everything_that_is_said_and_kept_is_in_the_key()
    {
        var key = Keys(Everything, "plan", "absent").Of(Call(
            new Attribution("ada", "acme", "search", "talk", "s1", "gold", new Dictionary<string, string> { ["plan"] = "pro", ["other"] = "x" }, "app1", "staging"), "embeddings"));

        Assert.Equal(new SpendKey("anthropic", "m", "ada", "acme", "search", SpendKeyMore.Of(new("gold", "app1", "staging", "embeddings", "talk", "s1"), new KeyValuePair<string, string>("plan", "pro"))), key);
    }

    [Theory]
    [InlineData(SpendDimension.Provider)]
    [InlineData(SpendDimension.Model)]
    [InlineData(SpendDimension.User)]
    [InlineData(SpendDimension.Tenant)]
    [InlineData(SpendDimension.Feature)]
    [InlineData(SpendDimension.Conversation)]
    [InlineData(SpendDimension.Session)]
    [InlineData(SpendDimension.Tier)]
    [InlineData(SpendDimension.Operation)]
    [InlineData(SpendDimension.Client)]
    [InlineData(SpendDimension.Environment)]
    public void Dimension_that_is_not_kept_is_nowhere_and_the_others_stay(SpendDimension without)
    {
        var attribution = new Attribution("ada", "acme", "search", "talk", "s1", "gold", null, "app1", "staging");
        var whole = Keys().Of(Call(attribution, "embeddings"));
        var kept = Everything.Where(dimension => dimension != without).ToArray();

        var key = Keys(kept).Of(Call(attribution, "embeddings"));

        Assert.Equal(without == SpendDimension.Operation ? "chat" : null, without.Of(in key));
        Assert.All(kept, dimension => Assert.Equal(dimension.Of(in whole), dimension.Of(in key)));
    }

    [Theory]
    [InlineData(CallOutcome.Completed, CostQuality.Reported, null, null)]
    [InlineData(CallOutcome.Failed, CostQuality.Unmeasured, "failed", "unmeasured")]
    [InlineData(CallOutcome.Cancelled, CostQuality.Partial, "cancelled", "partial")]
    [InlineData(CallOutcome.Abandoned, CostQuality.Estimated, "abandoned", "estimated")]
    [InlineData(CallOutcome.Completed, CostQuality.Unpriced, null, "unpriced")]
    public void Outcome_and_quality_are_in_the_key_unless_they_are_the_usual(CallOutcome outcome, CostQuality quality, string? outcomeText, string? qualityText)
    {
        var call = Calls.Make(outcome: outcome, quality: quality);
        var key = Keys().Of(in call);

        Assert.Equal((outcomeText, qualityText), (key.More?.Parts.Outcome, key.More?.Parts.Quality));
        Assert.Equal((outcomeText ?? "completed", qualityText ?? "reported"), (SpendDimension.Outcome.Of(in key), SpendDimension.Quality.Of(in key)));
        Assert.Null(Keys([SpendDimension.User]).Of(in call).More);
    }

    [Fact]
    public void Price_version_is_in_the_key_only_where_it_is_kept_and_there_is_a_price()
    {
        Assert.Equal("test", Keys([SpendDimension.PriceVersion]).Of(Calls.Make()).More!.Parts.PriceVersion);
        Assert.Null(Keys([SpendDimension.PriceVersion]).Of(Calls.Make(quality: CostQuality.Unpriced)).More);
        Assert.Null(Keys().Of(Calls.Make()).More);
        Assert.DoesNotContain(SpendDimension.PriceVersion, new CostExporterOptions().Dimensions);
    }

    [Fact]
    public void Answers_of_a_cache_and_further_figures_have_neither_outcome_nor_quality()
    {
        var hit = Calls.Make(outcome: CallOutcome.Failed, quality: CostQuality.Unmeasured) with { SavedPico = 1 };

        Assert.Null(Keys().Of(in hit).More);
        Assert.Equal(new SpendKeyParts(Metric: "=rating|"), Keys().Of("=rating|", new Attribution("ada")).More!.Parts);
    }

    [Fact]
    public void Quality_in_the_key_is_the_one_that_is_counted_whatever_the_events_maker_calls_it()
    {
        var beyond = Calls.Make();
        beyond.SetCost(Calls.Cost((UsageBucket.Input, Int128.MaxValue)));
        var measures = new SpendMeasures();
        measures.Add(in beyond);

        Assert.Equal(("unpriced", 1), (Keys().Of(in beyond).More!.Parts.Quality, (int)measures[SpendMeasure.Unpriced]));
    }

    [Fact]
    public void Calls_of_other_values_never_share_a_key()
    {
        var keys = Keys(Everything, "plan");
        for (var round = 0; round < 2; round++)
        {
            for (var n = 0; n < 2_000; n++)
            {
                var name = n.ToString(CultureInfo.InvariantCulture);
                var tags = n % 3 == 0 ? new Dictionary<string, string> { ["plan"] = name } : null;
                var key = keys.Of(Call(new Attribution("ada", Session: n % 2 == 0 ? name : null, Conversation: name, Tags: tags)));
                Assert.Equal(
                    SpendKeyMore.Of(new(Session: n % 2 == 0 ? name : null, Conversation: name), tags is null ? [] : [new("plan", name)]), key.More);
            }
        }
    }

    [Fact]
    public void Values_are_made_fit_for_a_store()
    {
        var key = Keys(Everything, "plan").Of(Call(new Attribution(Tier: "go\nld", Session: new string('x', 300), Tags: new Dictionary<string, string> { ["plan"] = "p\0ro" })));

        Assert.Equal(("gold", 256, "pro"), (key.More!.Parts.Tier, key.More.Parts.Session!.Length, key.More.Tag("plan")));
    }

    [Fact]
    public void Nothing_is_allocated_for_what_was_said_before()
    {
        var keys = Keys(Everything, "plan");
        var tags = new Dictionary<string, string> { ["plan"] = "pro" };
        UsageEvent[] calls =
        [
            Call(new Attribution("ada", Feature: "search")),
            Call(new Attribution("ada", Tier: "gold", Client: "app1", Environment: "production", Session: "s1", Tags: tags), "embeddings"),
            Call(new Attribution("ada", Tier: "free", Client: "app1")),
        ];
        foreach (var call in calls)
        {
            _ = keys.Of(in call);
        }

        // The least of many rounds, for as long as the compiler needs to see what is called most: its first code boxes what its second does not.
        var least = long.MaxValue;
        var started = TimeProvider.System.GetTimestamp();
        for (var round = 0; least != 0 && (round < 12 || TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20)); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 300; i++)
            {
                _ = keys.Of(in calls[i % calls.Length]);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static EventKeys Keys() => Keys(Everything);

    private static EventKeys Keys(SpendDimension[] kept, params string[] tags) => new(new DimensionSet(kept, tags));

    private static UsageEvent Call(Attribution attribution, string operation = "chat") => Calls.Make(model: "m") with { Operation = operation, Attribution = attribution };
}
