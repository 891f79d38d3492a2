namespace LlmTelemetry.Usage.Tests;

/// <summary>Every settled case of Data/price-vectors.jsonl, exactly.</summary>
public sealed class PriceVectorTests
{
    private static readonly PriceBook Book = PriceBook.Embedded;

    [Fact]
    public void Vectors_are_all_there()
    {
        Assert.Equal(469, PriceVector.All.Count);
        Assert.Equal(447, PriceVector.All.Count(v => v.IsSettled));
        Assert.Equal(8, PriceVector.All.Count(v => v.IsSettled && v.IsInvalid));
    }

    [Fact]
    public void Price_of_every_settled_case_is_exact_to_the_last_digit() =>
        AssertNone(PriceVector.All.Where(v => v.IsSettled && !v.IsInvalid && !v.MayBeResolved), Difference);

    [Fact]
    public void Usage_that_contradicts_itself_is_never_priced_unnoticed() =>
        AssertNone(PriceVector.All.Where(v => v.IsInvalid), v => IsNoticed(v) ? null : "no issue reported");

    [Fact]
    public void Usage_that_agrees_has_no_issue() =>
        AssertNone(PriceVector.All.Where(v => v.Amount("cost_usd_exact") is not null), v => IsNoticed(v) ? "an issue was reported" : null);

    // The oracle does not know these names. A price is fine if it is that of the model named, not of a sibling.
    [Fact]
    public void Name_that_the_oracle_does_not_know_gets_no_price_or_that_of_the_model_it_names() =>
        AssertNone(PriceVector.All.Where(v => v.MayBeResolved), v => Quote(v) is { } cost && !IsNamed(cost.Model, v.Model) ? $"priced as {cost.Model}" : null);

    private static void AssertNone(IEnumerable<PriceVector> vectors, Func<PriceVector, string?> fault)
    {
        var faults = vectors.Select(v => (Vector: v, Fault: fault(v))).Where(f => f.Fault is not null).Select(f => $"{f.Vector}: {f.Fault}").ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static string? Difference(PriceVector vector)
    {
        if (Quote(vector) is not { } cost)
        {
            return vector.Amount("cost_usd_exact") is { } missed ? $"no price instead of {missed}" : null;
        }

        var want = (vector.Amount("cost_usd_exact"), vector.Amount("input_cost_exact"), vector.Amount("output_cost_exact"));
        var have = ((decimal?)cost.Amount, (decimal?)Sum(cost, IsInput), (decimal?)Sum(cost, b => b.IsOutputTokens()));
        var entry = (vector.Text("matched_provider"), vector.Text("matched_model"));
        return want == have && entry == (cost.Provider, cost.Model) ? null : $"{have} of {cost.Provider}/{cost.Model} instead of {want} of {entry}";
    }

    private static Cost? Quote(PriceVector vector)
    {
        vector.Inclusive.ToDisjoint(out var usage);
        if (vector.Count("web_searches") is { } searches)
        {
            usage[UsageBucket.WebSearch] = searches;
        }

        return Book.Quote(vector.Provider, vector.Model, in usage, vector.When);
    }

    // An overlap that was not reported matters only where the book would price it apart.
    private static bool IsNoticed(PriceVector vector) => vector.Inclusive.ToDisjoint(out _) switch
    {
        UsageIssue.None => false,
        UsageIssue.UnknownOverlap => IsApart(vector, vector.Inclusive.InputAudio, UsageBucket.CacheAudioRead)
            || IsApart(vector, vector.Inclusive.InputImage, UsageBucket.CacheImageRead),
        _ => true,
    };

    private static bool IsApart(PriceVector vector, long? count, UsageBucket cached) => count > 0 && Book.PricesApart(vector.Provider, vector.Model, cached);

    private static decimal Sum(Cost cost, Func<UsageBucket, bool> which)
    {
        var sum = 0m;
        foreach (var bucket in cost)
        {
            sum += which(bucket) ? cost[bucket] : 0;
        }

        return sum;
    }

    // Searches and requests are in the total only. The vectors have no other counts that are not tokens.
    private static bool IsInput(UsageBucket bucket) => bucket.IsInputTokens();

    private static bool IsNamed(string entry, string name) => Plain(name).Contains(Plain(entry), StringComparison.Ordinal);

    private static string Plain(string name) => new([.. name.ToLowerInvariant().Where(char.IsLetterOrDigit)]);
}
